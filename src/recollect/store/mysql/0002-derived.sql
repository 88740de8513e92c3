-- What was made of a ledger, and can be made again: search indexes, in parts. position is where the ledger ended when it was made.
-- Whatever removes something of the ledger removes it too.

CREATE TABLE IF NOT EXISTS {derived} (
    owner BINARY(16) NOT NULL,
    name VARBINARY(512) NOT NULL,
    part BIGINT NOT NULL,
    position BIGINT NOT NULL,
    body LONGBLOB NOT NULL,
    PRIMARY KEY (owner, name, part)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
