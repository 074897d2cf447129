-- +goose Up

-- Who gave somebody their permissions: nobody holds more than their giver does, whatever is stored.
-- NULL: for an admin, the operator; for a subuser, the account.
ALTER TABLE admins ADD COLUMN giver_id BIGINT REFERENCES admins (id);
ALTER TABLE subusers ADD COLUMN giver_id BIGINT REFERENCES subusers (id);
CREATE INDEX admins_giver ON admins (giver_id) WHERE giver_id IS NOT NULL;
CREATE INDEX subusers_giver ON subusers (giver_id) WHERE giver_id IS NOT NULL;

CREATE TABLE new_tokens (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    hash       BLOB    NOT NULL UNIQUE,        -- SHA-256 of the secret, which is kept nowhere
    kind       TEXT    NOT NULL CHECK (kind IN ('admin', 'reseller', 'client', 'subuser')),
    login_id   BIGINT  REFERENCES logins (id) ON DELETE CASCADE, -- whom it acts for; NULL: the operator
    name       TEXT    NOT NULL,
    sso        BOOLEAN NOT NULL,
    probe      BOOLEAN NOT NULL,
    strict     BOOLEAN NOT NULL,               -- true HTTP statuses without being asked
    masked     BOOLEAN NOT NULL,               -- answers hide the credentials of websites
    actions    TEXT    NOT NULL,               -- patterns, one a line; '': every action
    addresses  TEXT    NOT NULL,               -- ranges that it may be used from, one a line; '': any
    not_before BIGINT,
    expires_at BIGINT,
    uses_left  BIGINT  CHECK (uses_left >= 0), -- NULL: any number
    uses_of    BIGINT  REFERENCES new_tokens (id) ON DELETE CASCADE, -- the token whose uses_left counts, in place of its own
    per_minute BIGINT,                         -- calls; NULL: the server's own limit
    created_at BIGINT  NOT NULL,
    revoked_at BIGINT,
    CHECK (kind = 'admin' OR login_id IS NOT NULL)
);
-- IDs stand in logs and beside suspensions: none is given twice.
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_tokens', seq FROM sqlite_sequence WHERE name = 'tokens';
INSERT INTO new_tokens (id, hash, kind, login_id, name, sso, probe, strict, masked, actions, addresses, created_at, revoked_at)
SELECT id, hash, kind, account_id, name, sso, probe, FALSE, FALSE, '', '', created_at, revoked_at FROM tokens;
DROP TABLE tokens;
ALTER TABLE new_tokens RENAME TO tokens;
CREATE INDEX tokens_login ON tokens (login_id) WHERE login_id IS NOT NULL;
CREATE INDEX tokens_uses ON tokens (uses_of) WHERE uses_of IS NOT NULL;

-- Written every few seconds, for all the tokens that were used meanwhile.
CREATE TABLE token_last_uses (
    token_id BIGINT PRIMARY KEY REFERENCES tokens (id) ON DELETE CASCADE,
    used_at  BIGINT NOT NULL,
    address  TEXT   NOT NULL                   -- '': not known
) WITHOUT ROWID;

-- +goose Down
DROP TABLE token_last_uses;
CREATE TABLE old_tokens (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    hash       BLOB    NOT NULL UNIQUE,
    kind       TEXT    NOT NULL CHECK (kind IN ('admin', 'client')),
    account_id BIGINT  REFERENCES accounts (id) ON DELETE CASCADE,
    name       TEXT    NOT NULL,
    sso        BOOLEAN NOT NULL,
    created_at BIGINT  NOT NULL,
    revoked_at BIGINT,
    probe      BOOLEAN NOT NULL DEFAULT FALSE,
    CHECK ((kind = 'client') = (account_id IS NOT NULL))
);
-- Only tokens whose every restriction can be kept.
INSERT INTO old_tokens (id, hash, kind, account_id, name, sso, created_at, revoked_at, probe)
SELECT id, hash, kind, login_id, name, sso, created_at, revoked_at, probe FROM tokens
WHERE ((kind = 'admin' AND login_id IS NULL) OR kind = 'client')
  AND NOT masked AND actions = '' AND addresses = '' AND not_before IS NULL AND expires_at IS NULL AND uses_left IS NULL
  AND uses_of IS NULL AND per_minute IS NULL;
DROP TABLE tokens;
ALTER TABLE old_tokens RENAME TO tokens;
CREATE INDEX tokens_account ON tokens (account_id) WHERE account_id IS NOT NULL;
DROP INDEX subusers_giver;
DROP INDEX admins_giver;
ALTER TABLE subusers DROP COLUMN giver_id;
ALTER TABLE admins DROP COLUMN giver_id;
