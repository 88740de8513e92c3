-- What was made of a ledger, and can be made again: search indexes, in parts. position tells up to where the ledger was read for it.
-- Whatever removes something of the ledger removes it too, and leaves in floor how far one must have read to be kept: the position
-- of the latest notice.

ALTER TABLE {owner} ADD COLUMN floor bigint NOT NULL DEFAULT 0;

CREATE TABLE {derived} (
    owner uuid NOT NULL,
    name bytea NOT NULL,
    part bigint NOT NULL,
    position bigint NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (owner, name, part)
);
ALTER TABLE {derived} ALTER COLUMN body SET STORAGE EXTERNAL;
