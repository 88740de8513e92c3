-- KEYS: ledger, sessions, documents, positions. ARGV: after, limit, most bytes.
-- Returns {head, field and value of the first documents beyond a position, names of the sessions to look into, up to which position this tells all}.
local head = redis.call('HGET', KEYS[1], 'head')
local after, limit, most = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
if not head or tonumber(head) <= tonumber(after) then return {'0', {}, {}, '0'} end
local bound = tonumber(head)

local names = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. after, '+inf')
local rows = {}
for start = 1, #names, 1000 do
  local fields, stop = {}, math.min(start + 999, #names)
  for i = start, stop do fields[#fields + 1] = 's' .. names[i] end
  for i, packed in ipairs(redis.call('HMGET', KEYS[1], unpack(fields))) do
    rows[#rows + 1] = {names[start + i - 1], struct.unpack('>I4I8I8', packed)}
  end
end
-- Each of the first `limit` sessions by activity has an entry there: nothing beyond the last of these is asked for.
local counted = 0
for _, row in ipairs(rows) do
  if row[2] > 0 then
    counted = counted + 1
    if counted == limit then bound = math.min(bound, row[3]) break end
  end
end

local found, bytes, start = {}, 0, 0
while start < limit and bytes < most do
  local upper = string.format('%.0f', bound)
  local fields = redis.call('ZRANGEBYSCORE', KEYS[4], '(' .. after, upper, 'LIMIT', start, math.min(100, limit - start))
  if #fields == 0 then break end
  start = start + #fields
  for i, value in ipairs(redis.call('HMGET', KEYS[3], unpack(fields))) do
    found[#found + 1], found[#found + 2] = fields[i], value
    bytes = bytes + #value
  end
end
if start >= limit or bytes >= most then bound = math.min(bound, (struct.unpack('>I6', found[#found]))) end

local chosen = {}
for _, row in ipairs(rows) do
  if row[2] > 0 and row[4] <= bound then chosen[#chosen + 1] = row[1] end
end
return {head, found, chosen, string.format('%.0f', bound)}
