-- KEYS: derived. ARGV: field of a document, its record as it was told before ('' at the first call), the first part, most bytes.
-- Returns {record, parts}, as many as are about so many bytes; nothing where there is none, or it is no longer the one of the record.
local record = redis.call('HGET', KEYS[1], ARGV[1])
if not record or (ARGV[2] ~= '' and record ~= ARGV[2]) then return {} end
local count, part, most, bytes, parts = struct.unpack('>I4', record, 7), tonumber(ARGV[3]), tonumber(ARGV[4]), 0, {}
while part < count and bytes < most do
  local body = redis.call('HGET', KEYS[1], ARGV[1] .. struct.pack('>I4', part))
  parts[#parts + 1] = body
  part, bytes = part + 1, bytes + #body
end
return {record, parts}
