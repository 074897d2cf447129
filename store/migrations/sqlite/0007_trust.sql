-- +goose Up

-- A token outlives whom it was for, as revoked: whoever still sends it is told so and is no guesser.
CREATE TABLE new_tokens (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    hash       BLOB    NOT NULL UNIQUE,        -- SHA-256 of the secret, which is kept nowhere
    kind       TEXT    NOT NULL CHECK (kind IN ('admin', 'reseller', 'client', 'subuser')),
    login_id   BIGINT  REFERENCES logins (id), -- whom it acts for; NULL: the operator, or nobody where was_for is set
    was_for    TEXT    NOT NULL DEFAULT '',    -- the name of the login that it acted for, once that is deleted
    root_id    BIGINT  REFERENCES new_tokens (id), -- the first of the tokens that were rotated into this one; NULL: itself
    name       TEXT    NOT NULL,
    sso        BOOLEAN NOT NULL,
    probe      BOOLEAN NOT NULL,
    strict     BOOLEAN NOT NULL,               -- true HTTP statuses without being asked
    masked     BOOLEAN NOT NULL,               -- answers hide the credentials of websites
    actions    TEXT    NOT NULL,               -- patterns, one a line; '': every action
    addresses  TEXT    NOT NULL,               -- ranges that it may be used from, one a line; '': any
    not_before BIGINT,
    expires_at BIGINT,
    uses_left  BIGINT  CHECK (uses_left >= 0), -- NULL: any number, or those of the root
    per_minute BIGINT,                         -- calls; NULL: the server's own limit
    created_at BIGINT  NOT NULL,
    revoked_at BIGINT,
    CHECK (kind = 'admin' OR login_id IS NOT NULL OR was_for <> ''),
    CHECK (was_for = '' OR login_id IS NULL AND revoked_at IS NOT NULL)
);
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_tokens', seq FROM sqlite_sequence WHERE name = 'tokens';
INSERT INTO new_tokens (id, hash, kind, login_id, root_id, name, sso, probe, strict, masked, actions, addresses, not_before,
    expires_at, uses_left, per_minute, created_at, revoked_at)
SELECT id, hash, kind, login_id, uses_of, name, sso, probe, strict, masked, actions, addresses, not_before,
    expires_at, uses_left, per_minute, created_at, revoked_at FROM tokens;
CREATE TABLE kept_uses AS SELECT * FROM token_last_uses; -- they would go with the table that they refer to
DROP TABLE tokens;
ALTER TABLE new_tokens RENAME TO tokens;
INSERT INTO token_last_uses SELECT * FROM kept_uses;
DROP TABLE kept_uses;
CREATE INDEX tokens_login ON tokens (login_id) WHERE login_id IS NOT NULL;
CREATE INDEX tokens_root ON tokens (root_id) WHERE root_id IS NOT NULL;

CREATE TABLE new_replays (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    token_id    BIGINT  NOT NULL,            -- of tokens that were rotated, the first
    action      TEXT    NOT NULL,
    keyed       BOOLEAN NOT NULL,            -- the caller sent an Idempotency-Key
    key         BLOB    NOT NULL,            -- HMAC of that key, else of the fields
    fingerprint BLOB    NOT NULL,            -- HMAC of the fields, passwords left out
    answer      BLOB,                        -- sealed; NULL once the login that it is about is deleted
    login_id    BIGINT,                      -- that login; NULL: none
    expires_at  BIGINT  NOT NULL,
    UNIQUE (token_id, key, keyed, action)    -- a key is looked for whatever the action
);
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_replays', seq FROM sqlite_sequence WHERE name = 'replays';
INSERT OR IGNORE INTO new_replays (id, token_id, action, keyed, key, fingerprint, answer, expires_at)
SELECT r.id, COALESCE(t.root_id, r.token_id), r.action, r.keyed, r.key, r.fingerprint, r.answer, r.expires_at
FROM replays r LEFT JOIN tokens t ON t.id = r.token_id;
DROP TABLE replays;
ALTER TABLE new_replays RENAME TO replays;
CREATE INDEX replays_expiry ON replays (expires_at);
CREATE INDEX replays_token ON replays (token_id); -- each token's in the order in which they came
CREATE INDEX replays_login ON replays (login_id) WHERE login_id IS NOT NULL;

-- Who may end a suspension: the reseller whose token suspended, and the operator. NULL: the operator alone.
ALTER TABLE accounts ADD COLUMN suspended_reseller BIGINT;
UPDATE accounts SET suspended_reseller = (SELECT t.login_id FROM tokens t WHERE 'token ' || t.id = accounts.suspended_by AND t.kind = 'reseller')
WHERE suspended;

-- How much is kept for each token, and for all under 0: what may be kept is bounded.
CREATE TABLE replay_sizes (
    token_id BIGINT PRIMARY KEY,
    count    BIGINT NOT NULL,
    bytes    BIGINT NOT NULL                 -- of answers
) WITHOUT ROWID;
INSERT INTO replay_sizes SELECT token_id, COUNT(*), SUM(LENGTH(answer)) FROM replays GROUP BY token_id;
INSERT INTO replay_sizes SELECT 0, COUNT(*), COALESCE(SUM(LENGTH(answer)), 0) FROM replays;
-- +goose StatementBegin
CREATE TRIGGER replays_insert AFTER INSERT ON replays BEGIN
    INSERT INTO replay_sizes VALUES (NEW.token_id, 0, 0) ON CONFLICT (token_id) DO NOTHING;
    UPDATE replay_sizes SET count = count + 1, bytes = bytes + COALESCE(LENGTH(NEW.answer), 0) WHERE token_id IN (0, NEW.token_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER replays_update AFTER UPDATE OF answer ON replays BEGIN
    UPDATE replay_sizes SET bytes = bytes + COALESCE(LENGTH(NEW.answer), 0) - COALESCE(LENGTH(OLD.answer), 0) WHERE token_id IN (0, NEW.token_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER replays_delete AFTER DELETE ON replays BEGIN
    UPDATE replay_sizes SET count = count - 1, bytes = bytes - COALESCE(LENGTH(OLD.answer), 0) WHERE token_id IN (0, OLD.token_id);
END;
-- +goose StatementEnd

-- +goose Down
ALTER TABLE accounts DROP COLUMN suspended_reseller;

CREATE TABLE old_replays (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    token_id    BIGINT  NOT NULL,
    action      TEXT    NOT NULL,
    keyed       BOOLEAN NOT NULL,
    key         BLOB    NOT NULL,
    fingerprint BLOB    NOT NULL,
    answer      BLOB    NOT NULL,
    expires_at  BIGINT  NOT NULL,
    UNIQUE (token_id, action, keyed, key)
);
INSERT INTO sqlite_sequence (name, seq) SELECT 'old_replays', seq FROM sqlite_sequence WHERE name = 'replays';
INSERT INTO old_replays SELECT id, token_id, action, keyed, key, fingerprint, answer, expires_at FROM replays WHERE answer IS NOT NULL;
DROP TABLE replays;
DROP TABLE replay_sizes;
ALTER TABLE old_replays RENAME TO replays;
CREATE INDEX replays_expiry ON replays (expires_at);

CREATE TABLE old_tokens (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    hash       BLOB    NOT NULL UNIQUE,
    kind       TEXT    NOT NULL CHECK (kind IN ('admin', 'reseller', 'client', 'subuser')),
    login_id   BIGINT  REFERENCES logins (id) ON DELETE CASCADE,
    name       TEXT    NOT NULL,
    sso        BOOLEAN NOT NULL,
    probe      BOOLEAN NOT NULL,
    strict     BOOLEAN NOT NULL,
    masked     BOOLEAN NOT NULL,
    actions    TEXT    NOT NULL,
    addresses  TEXT    NOT NULL,
    not_before BIGINT,
    expires_at BIGINT,
    uses_left  BIGINT  CHECK (uses_left >= 0),
    uses_of    BIGINT  REFERENCES old_tokens (id) ON DELETE CASCADE,
    per_minute BIGINT,
    created_at BIGINT  NOT NULL,
    revoked_at BIGINT,
    CHECK (kind = 'admin' OR login_id IS NOT NULL)
);
INSERT INTO sqlite_sequence (name, seq) SELECT 'old_tokens', seq FROM sqlite_sequence WHERE name = 'tokens';
INSERT INTO old_tokens (id, hash, kind, login_id, name, sso, probe, strict, masked, actions, addresses, not_before,
    expires_at, uses_left, uses_of, per_minute, created_at, revoked_at)
SELECT t.id, t.hash, t.kind, t.login_id, t.name, t.sso, t.probe, t.strict, t.masked, t.actions, t.addresses, t.not_before,
    t.expires_at, t.uses_left, CASE WHEN r.uses_left IS NOT NULL THEN r.id END, t.per_minute, t.created_at, t.revoked_at
FROM tokens t LEFT JOIN tokens r ON r.id = t.root_id WHERE t.was_for = '';
CREATE TABLE kept_uses AS SELECT * FROM token_last_uses WHERE token_id IN (SELECT id FROM old_tokens);
DROP TABLE tokens;
ALTER TABLE old_tokens RENAME TO tokens;
INSERT INTO token_last_uses SELECT * FROM kept_uses;
DROP TABLE kept_uses;
CREATE INDEX tokens_login ON tokens (login_id) WHERE login_id IS NOT NULL;
CREATE INDEX tokens_uses ON tokens (uses_of) WHERE uses_of IS NOT NULL;
