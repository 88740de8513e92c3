-- Positions rise within an owner, over its entries and documents together. The next one is derived, not kept: beyond the
-- owner's base, its sessions' activity and its documents' positions. Removing leaves a notice among the documents, so it never falls.

CREATE TABLE recollect_watermark (position INTEGER NOT NULL);
INSERT INTO recollect_watermark VALUES (0);

CREATE TABLE recollect_owner (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    base INTEGER NOT NULL,
    UNIQUE (tenant, kind, name)
);

CREATE TABLE recollect_session (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    owner INTEGER NOT NULL,
    name TEXT NOT NULL,
    count INTEGER NOT NULL,
    tokens INTEGER NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    first INTEGER NOT NULL,
    activity INTEGER NOT NULL,
    ttl INTEGER,
    expires INTEGER,
    UNIQUE (owner, name)
);
CREATE INDEX recollect_session_activity ON recollect_session (owner, activity);
CREATE INDEX recollect_session_expires ON recollect_session (expires) WHERE expires IS NOT NULL;

-- place is session * 2^32 + position: the rows of a session lie together, in order, without an index of their own.
CREATE TABLE recollect_entry (
    place INTEGER PRIMARY KEY,
    session INTEGER NOT NULL,
    id TEXT NOT NULL,
    role TEXT NOT NULL,
    created INTEGER NOT NULL,
    tokens INTEGER,
    digest BLOB NOT NULL,
    body BLOB NOT NULL
);
CREATE UNIQUE INDEX recollect_entry_id ON recollect_entry (session, id);

CREATE TABLE recollect_document (
    owner INTEGER NOT NULL,
    collection TEXT NOT NULL,
    key TEXT NOT NULL,
    position INTEGER NOT NULL,
    body BLOB,
    PRIMARY KEY (owner, collection, key)
);
CREATE UNIQUE INDEX recollect_document_position ON recollect_document (owner, position);

-- For people: query your own conversations with SQL.
CREATE VIEW recollect_messages AS
SELECT
    o.tenant AS tenant,
    CASE o.kind WHEN 'user' THEN o.name END AS user,
    s.name AS session,
    e.place & 0xFFFFFFFF AS position,
    e.id AS id,
    e.role AS role,
    json_extract(CAST(e.body AS TEXT), '$.content') AS content,
    strftime('%Y-%m-%dT%H:%M:%fZ', e.created / 1e6, 'unixepoch') AS created,
    e.tokens AS tokens
FROM recollect_entry AS e
JOIN recollect_session AS s ON s.id = e.session
JOIN recollect_owner AS o ON o.id = s.owner;
