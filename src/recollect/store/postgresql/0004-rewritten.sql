-- How often entries of a session have been rewritten in place.

ALTER TABLE {session} ADD COLUMN edition bigint NOT NULL DEFAULT 0;
