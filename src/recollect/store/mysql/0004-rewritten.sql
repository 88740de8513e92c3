-- How often entries of a session have been rewritten in place.

-- MySQL has no ADD COLUMN IF NOT EXISTS
SET @recollect_step = (
    SELECT CASE WHEN COUNT(*) = 0 THEN 'ALTER TABLE {session} ADD COLUMN edition BIGINT NOT NULL DEFAULT 0' ELSE 'DO 0' END
    FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = '{prefix}session' AND column_name = 'edition'
);
PREPARE recollect_step FROM @recollect_step;
EXECUTE recollect_step;
DEALLOCATE PREPARE recollect_step;
