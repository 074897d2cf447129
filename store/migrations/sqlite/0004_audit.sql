-- +goose Up

-- What was done and what was refused, one chain of rows a node: each hash covers the row and the hash before it.
CREATE TABLE audit (
    node        TEXT   NOT NULL,
    seq         BIGINT NOT NULL,             -- from 1, without gaps
    time        BIGINT NOT NULL,             -- milliseconds since 1970
    token_id    BIGINT NOT NULL,             -- 0: the command line
    actor       TEXT   NOT NULL,
    address     TEXT   NOT NULL,
    request_id  TEXT   NOT NULL,
    action      TEXT   NOT NULL,
    target      TEXT   NOT NULL,
    account     TEXT   NOT NULL,             -- whose trail the row is in, in lower case; '': the operator's only
    before      TEXT   NOT NULL,             -- changed fields as a JSON object, secrets masked; '': none
    after       TEXT   NOT NULL,
    result      TEXT   NOT NULL,
    code        TEXT   NOT NULL,
    duration_us BIGINT NOT NULL,
    prev_hash   BLOB   NOT NULL,
    hash        BLOB   NOT NULL,
    PRIMARY KEY (node, seq)
);
CREATE INDEX audit_time ON audit (time, node, seq);
CREATE INDEX audit_account ON audit (account, time, node, seq) WHERE account <> '';

-- Where each node's chain begins and ends.
CREATE TABLE audit_chains (
    id   INTEGER PRIMARY KEY,
    node TEXT    NOT NULL UNIQUE,
    ends BLOB    NOT NULL                    -- sealed: SQL alone can neither cut the chain nor write it anew
);

-- +goose Down
DROP TABLE audit_chains;
DROP TABLE audit;
