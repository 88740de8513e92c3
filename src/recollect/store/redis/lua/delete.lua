-- KEYS: the whole ledger's, and the session's. ARGV: name, now, place, whether only an expired one, settings, notice, alarm, proof, expect.
-- Returns whether there was a session, whether it had expired, and where it stands if that is not as expected, else -1.
local known = redis.call('HMGET', ledger, 'head', 's' .. ARGV[1], 'readable')
local row = known[2] and read_row(known[2])
if not row then
  if ARGV[4] == '1' then redis.call('ZREM', expiring, ARGV[7]) end
  if known[1] then redis.call('HSET', ledger, 'head', known[1]) end -- see append
  return {0, 0, -1}
end
local over = expired(row, ARGV[2])
if ARGV[4] == '1' and not over then
  if row.expires == '' then redis.call('ZREM', expiring, ARGV[7]) else redis.call('ZADD', expiring, score(row.expires), ARGV[7]) end
  return {1, 0, -1}
end
local position = row.count > 0 and row.activity or 0
if not over and ARGV[9] ~= '' and ARGV[9] ~= text(position) then return {1, 0, position} end
if lacks_copies(known[3], row, ARGV[8]) then return 'again' end
remove_session(ARGV[1], tonumber(known[1]), ARGV[3], ARGV[5], ARGV[6], ARGV[7], known[3], row)
return {1, over and 1 or 0, -1}
