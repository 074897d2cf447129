-- +goose Up

-- A login is a name that may sign on. Accounts and subusers share one name space, because
-- base/sso takes a bare username; administrators have their own, because it takes the role too.
CREATE TABLE logins (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    kind          TEXT    NOT NULL CHECK (kind IN ('account', 'subuser', 'admin')),
    name          TEXT    NOT NULL,            -- as it was sent
    key           TEXT    NOT NULL,            -- in lower case: names are unique without regard to case
    password_hash TEXT    NOT NULL DEFAULT '', -- bcrypt; '' signs nobody on
    created_at    BIGINT  NOT NULL,            -- milliseconds since 1970
    updated_at    BIGINT  NOT NULL
);

CREATE UNIQUE INDEX logins_key ON logins (key, (kind = 'admin'));

CREATE TABLE accounts (
    id          INTEGER PRIMARY KEY REFERENCES logins (id) ON DELETE CASCADE,
    parent_id   BIGINT  REFERENCES accounts (id) ON DELETE RESTRICT, -- NULL: the main administrative user
    type        TEXT    NOT NULL CHECK (type IN ('user', 'reseller')),
    email       TEXT    NOT NULL,
    language    TEXT    NOT NULL,
    package     TEXT    NOT NULL,
    suspended   BOOLEAN NOT NULL,
    permissions TEXT    NOT NULL               -- a grant over the user catalogue, as JSON
);
CREATE INDEX accounts_parent ON accounts (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE subusers (
    id          INTEGER PRIMARY KEY REFERENCES logins (id) ON DELETE CASCADE,
    account_id  BIGINT  NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    permissions TEXT    NOT NULL
);
CREATE INDEX subusers_account ON subusers (account_id, id);

-- Websites and what hangs on them are numbered within their account, in the order of the wire.
CREATE TABLE websites (
    account_id BIGINT  NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    path       BLOB    NOT NULL,               -- sealed: the URI holds credentials
    label      TEXT    NOT NULL,
    server     TEXT    NOT NULL,
    parent     TEXT    NOT NULL,               -- '': the account's parent
    email      TEXT    NOT NULL,
    language   TEXT    NOT NULL,
    vhost_ip   TEXT    NOT NULL,
    suspended  BOOLEAN NOT NULL,
    uid        BIGINT,
    gid        BIGINT,
    PRIMARY KEY (account_id, position)
) WITHOUT ROWID;
CREATE UNIQUE INDEX websites_label ON websites (account_id, label) WHERE label <> '';

CREATE TABLE website_vhosts (
    account_id BIGINT  NOT NULL,
    website    INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    origin     TEXT    NOT NULL,               -- scheme://host
    docroot    TEXT    NOT NULL,               -- below the website's path
    PRIMARY KEY (account_id, website, position),
    FOREIGN KEY (account_id, website) REFERENCES websites (account_id, position) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE website_databases (
    account_id BIGINT  NOT NULL,
    website    INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    type       TEXT    NOT NULL CHECK (type = 'mysql'),
    host       TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    user       TEXT    NOT NULL,
    pass       BLOB    NOT NULL,               -- sealed
    PRIMARY KEY (account_id, website, position),
    FOREIGN KEY (account_id, website) REFERENCES websites (account_id, position) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE tokens (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    hash       BLOB    NOT NULL UNIQUE,        -- SHA-256 of the secret, which is kept nowhere
    kind       TEXT    NOT NULL CHECK (kind IN ('admin', 'client')),
    account_id BIGINT  REFERENCES accounts (id) ON DELETE CASCADE,
    name       TEXT    NOT NULL,
    sso        BOOLEAN NOT NULL,
    created_at BIGINT  NOT NULL,
    revoked_at BIGINT,
    CHECK ((kind = 'client') = (account_id IS NOT NULL))
);
CREATE INDEX tokens_account ON tokens (account_id) WHERE account_id IS NOT NULL;

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
);

-- +goose Down
DROP TABLE settings;
DROP TABLE tokens;
DROP TABLE website_databases;
DROP TABLE website_vhosts;
DROP TABLE websites;
DROP TABLE subusers;
DROP TABLE accounts;
DROP TABLE logins;
