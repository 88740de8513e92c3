-- Names, ids and keys are the bytes of their UTF-8: these take NUL, and sort by code point. Times are microseconds since 1970 (UTC).
-- The column `owner` is in every key: 16 bytes that stand for tenant, kind and name.
-- A CREATE commits by itself, so each statement may be run again after a crash in the middle. Every table has a primary key, as clusters ask for.

CREATE TABLE IF NOT EXISTS {owner} (
    owner BINARY(16) NOT NULL,
    tenant VARBINARY(512) NOT NULL,
    kind VARCHAR(16) NOT NULL,
    name VARBINARY(512) NOT NULL,
    head BIGINT NOT NULL,
    PRIMARY KEY (owner),
    KEY by_name (tenant, kind, name)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS {session} (
    owner BINARY(16) NOT NULL,
    number BIGINT NOT NULL,
    name VARBINARY(512) NOT NULL,
    count BIGINT NOT NULL,
    tokens BIGINT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    activity BIGINT NOT NULL,
    ttl BIGINT,
    expires BIGINT,
    PRIMARY KEY (owner, number),
    UNIQUE KEY by_name (owner, name),
    KEY by_activity (owner, activity),
    KEY by_expiry (expires)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS {entry} (
    owner BINARY(16) NOT NULL,
    session BIGINT NOT NULL,
    position BIGINT NOT NULL,
    id VARBINARY(512) NOT NULL,
    role VARCHAR(64) NOT NULL,
    created BIGINT NOT NULL,
    tokens BIGINT,
    digest VARBINARY(64) NOT NULL,
    body LONGBLOB NOT NULL,
    PRIMARY KEY (owner, session, position),
    UNIQUE KEY by_id (owner, session, id),
    KEY by_position (owner, position)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- by_position is not unique: then a row that is replaced can only be the one under the same key
CREATE TABLE IF NOT EXISTS {document} (
    owner BINARY(16) NOT NULL,
    collection VARBINARY(512) NOT NULL,
    name VARBINARY(512) NOT NULL,
    position BIGINT NOT NULL,
    body LONGBLOB,
    PRIMARY KEY (owner, collection, name),
    KEY by_position (owner, position)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- the highest position that any erased owner has had: new owners start beyond it
CREATE TABLE IF NOT EXISTS {watermark} (
    number TINYINT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (number)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;
INSERT INTO {watermark} (number, position) VALUES (1, 0) ON DUPLICATE KEY UPDATE number = number;

-- For people: query your own conversations with SQL. Content is null where it is sealed. Times are in UTC.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW {messages} AS
SELECT
    CONVERT(o.tenant USING utf8mb4) COLLATE utf8mb4_bin AS tenant,
    CASE WHEN o.kind = 'user' THEN CONVERT(o.name USING utf8mb4) COLLATE utf8mb4_bin END AS user,
    CONVERT(s.name USING utf8mb4) COLLATE utf8mb4_bin AS session,
    e.position AS position,
    CONVERT(e.id USING utf8mb4) COLLATE utf8mb4_bin AS id,
    e.role AS role,
    CASE WHEN SUBSTRING(e.body, 1, 1) = X'20' AND JSON_VALID(CONVERT(e.body USING utf8mb4)) THEN
        JSON_UNQUOTE(JSON_EXTRACT(CONVERT(e.body USING utf8mb4), '$.content')) END AS content,
    TIMESTAMP '1970-01-01 00:00:00' + INTERVAL e.created MICROSECOND AS created,
    e.tokens AS tokens
FROM {entry} AS e
JOIN {session} AS s ON s.owner = e.owner AND s.number = e.session
JOIN {owner} AS o ON o.owner = e.owner;
