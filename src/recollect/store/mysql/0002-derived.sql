-- What was made of a ledger, and can be made again: search indexes, in parts. position tells up to where the ledger was read for it.
-- Whatever removes something of the ledger removes it too, and leaves in floor how far one must have read to be kept: the position
-- of the latest notice.

-- MySQL has no ADD COLUMN IF NOT EXISTS
SET @recollect_step = (
    SELECT CASE WHEN COUNT(*) = 0 THEN 'ALTER TABLE {owner} ADD COLUMN floor BIGINT NOT NULL DEFAULT 0' ELSE 'DO 0' END
    FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = '{prefix}owner' AND column_name = 'floor'
);
PREPARE recollect_step FROM @recollect_step;
EXECUTE recollect_step;
DEALLOCATE PREPARE recollect_step;

CREATE TABLE IF NOT EXISTS {derived} (
    owner BINARY(16) NOT NULL,
    name VARBINARY(512) NOT NULL,
    part BIGINT NOT NULL,
    position BIGINT NOT NULL,
    body LONGBLOB NOT NULL,
    PRIMARY KEY (owner, name, part)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
