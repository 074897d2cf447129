-- +goose Up

-- Where an account's own trail begins, of accounts whose name has rows of a later time than their creation: the clock was
-- set back between the account that had the name before and this one.
CREATE TABLE account_trails (
    account_id BIGINT PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    node       TEXT   NOT NULL,
    seq        BIGINT NOT NULL              -- the last row of that node that is not the account's
);

-- +goose Down
DROP TABLE account_trails;
