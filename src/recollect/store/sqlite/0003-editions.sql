-- How often entries of a session have been rewritten where they stand: a reader that keeps some knows by it that they may be stale.

ALTER TABLE recollect_session ADD COLUMN edition INTEGER NOT NULL DEFAULT 0;
