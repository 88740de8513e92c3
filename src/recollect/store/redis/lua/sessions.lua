-- KEYS: ledger, sessions, documents. ARGV: below which activity, now, limit, how the settings' fields begin.
-- Returns name, row and settings of each session.
local below, now, limit, start = ARGV[1], ARGV[2], tonumber(ARGV[3]), 0
local found = {}
while #found < 3 * limit do
  local names = redis.call('ZREVRANGEBYSCORE', KEYS[2], below, '-inf', 'LIMIT', start, math.min(limit, 1000))
  if #names == 0 then break end
  start = start + #names
  local rows, fields = {}, {}
  for i, name in ipairs(names) do
    rows[i], fields[i] = 's' .. name, ARGV[4] .. name
  end
  rows, fields = redis.call('HMGET', KEYS[1], unpack(rows)), redis.call('HMGET', KEYS[3], unpack(fields))
  for i, name in ipairs(names) do
    if #found < 3 * limit and not expired(read_row(rows[i]), now) then
      found[#found + 1], found[#found + 2], found[#found + 3] = name, rows[i], fields[i] or ''
    end
  end
end
return found
