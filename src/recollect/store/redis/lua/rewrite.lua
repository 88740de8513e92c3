-- KEYS: the whole ledger's, and the session's; behind them, where there may be readable copies, the key of each entry's.
-- ARGV: name, now, edition, notice, whether copies are written, then fingerprint, position, digest, tokens (8 bytes, or ''), body of each entry,
-- and the fields of its copy, or ''.
-- Returns the position of the notice, 0 if none of the entries is there, 'copies' where their keys are needed, or {what, position of the session}.
local name, writes_copies = ARGV[1], ARGV[5] == '1'
local known = redis.call('HMGET', ledger, 'head', 's' .. name, 'readable', 'e' .. name)
local head, row, marked, edition = known[1], known[2] and read_row(known[2]), known[3], known[4] or '0'

local standing = {}
if row and row.count > 0 and not expired(row, ARGV[2]) then
  for start = 1, (#ARGV - 5) / 6, 1000 do
    local fingerprints, stop = {}, math.min(start + 999, (#ARGV - 5) / 6)
    for i = start, stop do fingerprints[#fingerprints + 1] = ARGV[6 * i] end
    for i, place in ipairs(redis.call('HMGET', ids, unpack(fingerprints))) do
      local at = start + i - 1
      local stored = place and redis.call('LINDEX', entries, place)
      if stored and (struct.unpack('>I6', stored)) == tonumber(ARGV[6 * at + 1]) then
        local digest, kind, id = string.byte(stored, 11), string.byte(stored, 12), struct.unpack('>I2', stored, 13)
        local role = kind % 128
        -- what stays: the role, the id, the time; and what is taken off the count of tokens
        local stays = string.sub(stored, 15 + digest, 22 + digest + role + id)
        local tokens = kind < 128 and '' or string.sub(stored, 23 + digest + role + id, 30 + digest + role + id)
        standing[#standing + 1] = {at = at, place = place, role = role, id = id, stays = stays, tokens = tokens}
      end
    end
  end
end
if #standing == 0 then
  if head then redis.call('HSET', ledger, 'head', head) end -- see append
  return 0
end
if edition ~= ARGV[3] then return {'edition', row.activity} end
if (marked or writes_copies) and not KEYS[13] then return 'copies' end
local position = tonumber(head) + 1
if position >= 281474976710656 then return {'ledger', row.activity} end

-- The count of tokens is kept by halves, see rows.lua.
local function count(tokens, sign)
  if tokens == '' then return end
  local high, low = struct.unpack('>I4I4', tokens)
  low = row.low + sign * low
  row.low = low % 4294967296
  row.high = row.high + sign * high + (low - row.low) / 4294967296
end

local function rewrite_copy(at, fields)
  local key = KEYS[12 + at]
  if not key or not (writes_copies or redis.call('HGET', key, 'id')) then return end
  redis.call('UNLINK', key)
  if fields == '' then return end
  redis.call('HSET', key, 'position', ARGV[6 * at + 1], unpack(cmsgpack.unpack(fields)))
  marked = '1'
end

for _, one in ipairs(standing) do
  local at = 6 * one.at
  local digest, tokens, body = ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
  local size, kind = 4 + #digest + #one.stays + #tokens + #body, one.role + (tokens == '' and 0 or 128)
  local record = struct.pack('>I6I4BBI2', tonumber(ARGV[at + 1]), size, #digest, kind, one.id) .. digest .. one.stays .. tokens .. body
  redis.call('LSET', entries, one.place, record)
  count(one.tokens, -1)
  count(tokens, 1)
  rewrite_copy(one.at, ARGV[at + 5])
end
write_document(ARGV[4], position, '1')
forget_derived(position)
redis.call('HSET', ledger, 'head', text(position), 's' .. name, write_row(row), 'e' .. name, text(tonumber(edition) + 1))
if marked then redis.call('HSET', ledger, 'readable', '1') end
return position
