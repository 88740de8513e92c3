-- KEYS: ledger, entries. ARGV: name. Returns the proof that removal asks for, and the ids of all entries of a session.
local packed = redis.call('HGET', KEYS[1], 's' .. ARGV[1])
if not packed then return {''} end
local row = read_row(packed)
local found = {string.format('%.0f/%.0f', row.first, row.count)}
for start = 0, row.count - 1, 1000 do
  for _, item in ipairs(redis.call('LRANGE', KEYS[2], start, start + 999)) do
    local at = 15 + string.byte(item, 11) + string.byte(item, 12) % 128
    found[#found + 1] = string.sub(item, at, at - 1 + struct.unpack('>I2', item, 13))
  end
end
return found
