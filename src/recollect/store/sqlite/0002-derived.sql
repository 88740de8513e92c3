-- What was made of a ledger, and can be made again: search indexes, in parts. It has no position of its own: position is where the
-- ledger ended when it was made. Whatever removes something of the ledger removes it too.

CREATE TABLE recollect_derived (
    owner INTEGER NOT NULL,
    name TEXT NOT NULL,
    part INTEGER NOT NULL,
    position INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (owner, name, part)
);
