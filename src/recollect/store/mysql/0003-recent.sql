-- The sessions of all owners by the time of their latest message.

-- MySQL has no ADD INDEX IF NOT EXISTS
SET @recollect_step = (
    SELECT CASE WHEN COUNT(*) = 0 THEN 'ALTER TABLE {session} ADD INDEX by_updated (updated)' ELSE 'DO 0' END
    FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = '{prefix}session' AND index_name = 'by_updated'
);
PREPARE recollect_step FROM @recollect_step;
EXECUTE recollect_step;
DEALLOCATE PREPARE recollect_step;
