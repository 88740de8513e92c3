-- What was acknowledged while the primary was down, in order. It is for Recollect alone; see docs/failover.md.

-- range, next: which positions it gives out. departures: how often the operations of an owner have left, done.
-- primary_name: whose operations wait here; NULL where the primary has no URL.
CREATE TABLE recollect_spool (
    version INTEGER NOT NULL,
    range INTEGER NOT NULL,
    next INTEGER NOT NULL,
    opened INTEGER NOT NULL,
    departures INTEGER NOT NULL,
    primary_name TEXT
);

-- owner: NULL for what belongs to none. position: the first of those set aside for the operation. at: microseconds since 1970.
-- tried: it may have reached the primary already. done: it is on the primary, and waits for the owner's others.
CREATE TABLE recollect_operation (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT,
    kind TEXT,
    name TEXT,
    position INTEGER NOT NULL,
    at INTEGER NOT NULL,
    tried INTEGER NOT NULL DEFAULT 0,
    done INTEGER NOT NULL DEFAULT 0,
    work BLOB NOT NULL
);
CREATE INDEX recollect_operation_owner ON recollect_operation (tenant, kind, name, number);
CREATE INDEX recollect_operation_waiting ON recollect_operation (tenant, kind, name, number) WHERE NOT done;

CREATE TABLE recollect_refused (
    number INTEGER PRIMARY KEY,
    tenant TEXT,
    kind TEXT,
    name TEXT,
    at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    work BLOB NOT NULL
);
