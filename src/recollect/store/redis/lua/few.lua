-- The keys of an append to a session that is there. What takes others is left to the call with all keys.
local ledger, sessions, recent, entries, ids = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
