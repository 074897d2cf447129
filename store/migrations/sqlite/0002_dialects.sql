-- +goose Up

-- What accounts/* keeps of an account. A limit that is NULL is unlimited.
ALTER TABLE accounts ADD COLUMN domain         TEXT    NOT NULL DEFAULT ''; -- main domain, lower case
ALTER TABLE accounts ADD COLUMN quota          BIGINT;                      -- MB
ALTER TABLE accounts ADD COLUMN inodes         BIGINT;
ALTER TABLE accounts ADD COLUMN domains        BIGINT;                      -- besides the main one
ALTER TABLE accounts ADD COLUMN emails         BIGINT;
ALTER TABLE accounts ADD COLUMN databases      BIGINT;
ALTER TABLE accounts ADD COLUMN disk_used      BIGINT  NOT NULL DEFAULT 0;  -- MB
ALTER TABLE accounts ADD COLUMN inodes_used    BIGINT  NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN ssh            BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE accounts ADD COLUMN suspended_at   BIGINT;
ALTER TABLE accounts ADD COLUMN suspended_by   TEXT    NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN suspend_reason TEXT    NOT NULL DEFAULT '';
CREATE UNIQUE INDEX accounts_domain ON accounts (domain) WHERE domain <> '';
CREATE INDEX accounts_package ON accounts (LOWER(package)) WHERE package <> ''; -- packages are matched without regard to case

-- Accounts copy the limits of the package they are put on; modifypackage changes theirs too.
CREATE TABLE packages (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT    NOT NULL,
    key         TEXT    NOT NULL UNIQUE,     -- in lower case
    quota       BIGINT,
    inodes      BIGINT,
    domains     BIGINT,
    emails      BIGINT,
    databases   BIGINT,
    permissions TEXT    NOT NULL             -- what an account gets that is put on it
);

CREATE TABLE admins (
    id          INTEGER PRIMARY KEY REFERENCES logins (id) ON DELETE CASCADE,
    permissions TEXT    NOT NULL             -- a grant over the admin catalogue
);

-- A probe makes the server connect to wherever the caller says.
ALTER TABLE tokens ADD COLUMN probe BOOLEAN NOT NULL DEFAULT FALSE;

-- A ticket is a sign-on link that was not opened yet.
CREATE TABLE tickets (
    hash       BLOB    PRIMARY KEY,          -- SHA-256 of what the link holds
    login_id   BIGINT  NOT NULL REFERENCES logins (id) ON DELETE CASCADE,
    ip         TEXT    NOT NULL,             -- '': from anywhere
    page       TEXT    NOT NULL,             -- category/page to land on; '': the index
    expires_at BIGINT  NOT NULL
);
CREATE INDEX tickets_expiry ON tickets (expires_at);
CREATE INDEX tickets_login ON tickets (login_id);

CREATE TABLE sessions (
    hash       BLOB    PRIMARY KEY,          -- SHA-256 of the cookie
    login_id   BIGINT  NOT NULL REFERENCES logins (id) ON DELETE CASCADE,
    expires_at BIGINT  NOT NULL
);
CREATE INDEX sessions_expiry ON sessions (expires_at);
CREATE INDEX sessions_login ON sessions (login_id);

-- +goose Down
DROP TABLE sessions;
DROP TABLE tickets;
ALTER TABLE tokens DROP COLUMN probe;
DROP TABLE admins;
DROP TABLE packages;
DROP INDEX accounts_package;
DROP INDEX accounts_domain;
ALTER TABLE accounts DROP COLUMN suspend_reason;
ALTER TABLE accounts DROP COLUMN suspended_by;
ALTER TABLE accounts DROP COLUMN suspended_at;
ALTER TABLE accounts DROP COLUMN ssh;
ALTER TABLE accounts DROP COLUMN inodes_used;
ALTER TABLE accounts DROP COLUMN disk_used;
ALTER TABLE accounts DROP COLUMN databases;
ALTER TABLE accounts DROP COLUMN emails;
ALTER TABLE accounts DROP COLUMN domains;
ALTER TABLE accounts DROP COLUMN inodes;
ALTER TABLE accounts DROP COLUMN quota;
ALTER TABLE accounts DROP COLUMN domain;
