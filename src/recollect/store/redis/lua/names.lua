-- KEYS: ledger, sessions. Returns the head, the names of all sessions, and whether there may be readable copies.
return {redis.call('HGET', KEYS[1], 'head'), redis.call('ZRANGE', KEYS[2], 0, -1), redis.call('HEXISTS', KEYS[1], 'readable')}
