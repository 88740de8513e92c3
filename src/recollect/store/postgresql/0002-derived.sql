-- What was made of a ledger, and can be made again: search indexes, in parts. position is where the ledger ended when it was made.
-- Whatever removes something of the ledger removes it too.

CREATE TABLE {derived} (
    owner uuid NOT NULL,
    name bytea NOT NULL,
    part bigint NOT NULL,
    position bigint NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (owner, name, part)
);
ALTER TABLE {derived} ALTER COLUMN body SET STORAGE EXTERNAL;
