-- KEYS: documents, order. ARGV: '' and the ends of a range of fields and a limit, or 'keys' and the fields. Returns field and value of each.
local fields
if ARGV[1] == '' then
  fields = redis.call('ZRANGEBYLEX', KEYS[2], ARGV[2], ARGV[3], 'LIMIT', 0, ARGV[4])
else
  fields = ARGV
end
local first = ARGV[1] == '' and 1 or 2
local found = {}
for start = first, #fields, 1000 do
  local stop = math.min(start + 999, #fields)
  local values = redis.call('HMGET', KEYS[1], unpack(fields, start, stop))
  for i = start, stop do
    local value = values[i - start + 1]
    if value and string.byte(value, 7) == 49 then
      found[#found + 1] = fields[i]
      found[#found + 1] = value
    end
  end
end
return found
