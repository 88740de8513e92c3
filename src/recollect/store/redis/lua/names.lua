-- KEYS: ledger, sessions. Returns the head, the names of all sessions, and whether there may be readable copies.
local known = redis.call('HMGET', KEYS[1], 'head', 'readable')
return {known[1], redis.call('ZRANGE', KEYS[2], 0, -1), known[2]}
