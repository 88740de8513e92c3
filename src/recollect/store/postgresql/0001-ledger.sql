-- Names, ids and keys are the bytes of their UTF-8: these take NUL, and sort by code point. Times are microseconds since 1970 (UTC).
-- The column "owner" is in every key: a hash of tenant, kind and name. A cluster can distribute all four tables by it.

CREATE TABLE {owner} (
    owner uuid NOT NULL,
    tenant bytea NOT NULL,
    kind text COLLATE "C" NOT NULL,
    name bytea NOT NULL,
    head bigint NOT NULL,
    PRIMARY KEY (owner)
) WITH (fillfactor = 70);
CREATE INDEX ON {owner} (tenant, kind, name);

CREATE TABLE {session} (
    owner uuid NOT NULL,
    number bigint NOT NULL,
    name bytea NOT NULL,
    count bigint NOT NULL,
    tokens bigint NOT NULL,
    created bigint NOT NULL,
    updated bigint NOT NULL,
    activity bigint NOT NULL,
    ttl bigint,
    expires bigint,
    PRIMARY KEY (owner, number),
    UNIQUE (owner, name)
) WITH (fillfactor = 70);
CREATE INDEX ON {session} (owner, activity);
CREATE INDEX ON {session} (expires) WHERE expires IS NOT NULL;

CREATE TABLE {entry} (
    session bigint NOT NULL,
    position bigint NOT NULL,
    created bigint NOT NULL,
    tokens bigint,
    owner uuid NOT NULL,
    id bytea NOT NULL,
    role text COLLATE "C" NOT NULL,
    digest bytea NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (owner, session, position),
    UNIQUE (owner, session, id)
);
CREATE INDEX ON {entry} (owner, position);

CREATE TABLE {document} (
    owner uuid NOT NULL,
    collection bytea NOT NULL,
    name bytea NOT NULL,
    position bigint NOT NULL,
    body bytea,
    PRIMARY KEY (owner, collection, name)
);
CREATE UNIQUE INDEX ON {document} (owner, position);

-- the highest position that any erased owner has had: new owners start beyond it
CREATE TABLE {watermark} (position bigint NOT NULL);
INSERT INTO {watermark} VALUES (0);

-- For people: query your own conversations with SQL. Content is null where it is sealed. NUL, which text cannot hold, is shown as U+2400.
CREATE VIEW {messages} AS
SELECT
    CASE WHEN position('\x00'::bytea IN o.tenant) = 0 THEN convert_from(o.tenant, 'UTF8') ELSE convert_from(
        decode(replace(regexp_replace(encode(o.tenant, 'hex'), '(..)', '\1 ', 'g'), '00 ', 'e29080'), 'hex'), 'UTF8') END AS tenant,
    CASE WHEN o.kind <> 'user' THEN NULL WHEN position('\x00'::bytea IN o.name) = 0 THEN convert_from(o.name, 'UTF8') ELSE convert_from(
        decode(replace(regexp_replace(encode(o.name, 'hex'), '(..)', '\1 ', 'g'), '00 ', 'e29080'), 'hex'), 'UTF8') END AS "user",
    CASE WHEN position('\x00'::bytea IN s.name) = 0 THEN convert_from(s.name, 'UTF8') ELSE convert_from(
        decode(replace(regexp_replace(encode(s.name, 'hex'), '(..)', '\1 ', 'g'), '00 ', 'e29080'), 'hex'), 'UTF8') END AS session,
    e.position,
    CASE WHEN position('\x00'::bytea IN e.id) = 0 THEN convert_from(e.id, 'UTF8') ELSE convert_from(
        decode(replace(regexp_replace(encode(e.id, 'hex'), '(..)', '\1 ', 'g'), '00 ', 'e29080'), 'hex'), 'UTF8') END AS id,
    e.role,
    CASE WHEN substr(e.body, 1, 1) = '\x20'::bytea AND position('\x00'::bytea IN e.body) = 0 THEN
        regexp_replace(convert_from(e.body, 'UTF8'), '(?<!\\)((?:\\\\)*)\\u0000', '\1\\u2400', 'g')::json ->> 'content' END AS content,
    timestamptz 'epoch' + e.created * interval '1 microsecond' AS created,
    e.tokens
FROM {entry} AS e
JOIN {session} AS s ON s.owner = e.owner AND s.number = e.session
JOIN {owner} AS o ON o.owner = e.owner;
