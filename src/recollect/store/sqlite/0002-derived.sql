-- What was made of a ledger, and can be made again: search indexes, in parts. It has no position of its own: position tells up to where
-- the ledger was read for it. Whatever removes something of the ledger removes it too, and leaves in floor how far one must have read
-- to be kept: the position of the latest notice.

ALTER TABLE recollect_owner ADD COLUMN floor INTEGER NOT NULL DEFAULT 0;

CREATE TABLE recollect_derived (
    owner INTEGER NOT NULL,
    name TEXT NOT NULL,
    part INTEGER NOT NULL,
    position INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (owner, name, part)
);
