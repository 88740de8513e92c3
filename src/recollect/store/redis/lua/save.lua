-- KEYS: ledger, derived. ARGV: position, field of the document, its record (position, count of parts, mark; '' to remove it), the parts.
-- Returns whether it was kept.
local known, position = redis.call('HMGET', KEYS[1], 'head', 'floor'), tonumber(ARGV[1])
if not known[1] or position > tonumber(known[1]) or position < tonumber(known[2] or '1') then return 0 end
local field, former = ARGV[2], redis.call('HGET', KEYS[2], ARGV[2])
if former and (struct.unpack('>I6', former)) > position then return 0 end
for part = 0, former and struct.unpack('>I4', former, 7) - 1 or -1 do
  redis.call('HDEL', KEYS[2], field .. struct.pack('>I4', part))
end
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[2], field)
else
  redis.call('HSET', KEYS[2], field, ARGV[3])
end
for i = 4, #ARGV do
  redis.call('HSET', KEYS[2], field .. struct.pack('>I4', i - 4), ARGV[i])
end
return 1
