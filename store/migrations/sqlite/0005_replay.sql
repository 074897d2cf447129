-- +goose Up

-- Successes that are given again to whoever repeats the call.
CREATE TABLE replays (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    token_id    BIGINT  NOT NULL,
    action      TEXT    NOT NULL,
    keyed       BOOLEAN NOT NULL,            -- the caller sent an Idempotency-Key
    key         BLOB    NOT NULL,            -- HMAC of that key, else of the fields
    fingerprint BLOB    NOT NULL,            -- HMAC of the fields, passwords left out
    answer      BLOB    NOT NULL,            -- sealed
    expires_at  BIGINT  NOT NULL,
    UNIQUE (token_id, action, keyed, key)
);
CREATE INDEX replays_expiry ON replays (expires_at);

-- The key of the HMACs, made when it is first needed.
CREATE TABLE replay_keys (
    id     INTEGER PRIMARY KEY,
    secret BLOB    NOT NULL                  -- sealed
);

-- +goose Down
DROP TABLE replay_keys;
DROP TABLE replays;
