-- The sessions of all owners by the time of their latest message.

CREATE INDEX ON {session} (updated);
