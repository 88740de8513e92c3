-- KEYS: the whole ledger's, and the session's. ARGV: name, now, place, '', settings, notice, alarm, proof. Returns whether there was such a session.
local known = redis.call('HMGET', ledger, 'head', 's' .. ARGV[1], 'readable')
local row = known[2] and read_row(known[2])
if not row or expired(row, ARGV[2]) then
  if known[1] then redis.call('HSET', ledger, 'head', known[1]) end -- see append
  return 0
end
if lacks_copies(known[3], row, ARGV[8]) then return 'again' end
remove_entries(known[3], row)
local position = tonumber(known[1]) + 1
write_document(ARGV[6], position, '1')
forget_derived(position)
row.count, row.high, row.low, row.first, row.activity = 0, 0, 0, 0, position
redis.call('HSET', ledger, 'head', text(position), 's' .. ARGV[1], write_row(row))
redis.call('ZADD', sessions, text(position), ARGV[1])
return 1
