-- KEYS: ledger, sessions. Returns the head, and the names of all sessions.
return {redis.call('HGET', KEYS[1], 'head'), redis.call('ZRANGE', KEYS[2], 0, -1)}
