-- KEYS: ledger, documents. ARGV: name, settings. Returns the row and the settings' document; nil where there is none.
return {redis.call('HGET', KEYS[1], 's' .. ARGV[1]), redis.call('HGET', KEYS[2], ARGV[2])}
