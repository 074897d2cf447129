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

-- +goose Down
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
