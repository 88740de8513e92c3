-- KEYS: ledger, sessions, recent, entries, ids. If it answers 'whole' (the owner is new, or the session has expired): the whole ledger's and the session's.
-- ARGV: name, now, place, expect, count, then fingerprint and record of each entry; and with all keys: owner, settings, notice, alarm, proof,
-- and, for readable copies, whose keys stand behind those that the proof is for, the fields of each entry, or ''.
-- Returns the position, or {what, position of the session, which entry}.
local name, now, place, expect, n = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local known = redis.call('HMGET', ledger, 'head', 's' .. name, 'readable')
local head, row, marked = known[1], known[2] and read_row(known[2]), known[3]
local over = row and expired(row, now)
if not KEYS[6] and (over or (not head and n > 0)) then return 'whole' end
local former = over and row
if over then row = nil end
local position = row and row.count > 0 and row.activity or 0

-- Everything is checked before the first write.
local function identity(record, at)
  local digest, role, id = string.byte(record, at), string.byte(record, at + 1) % 128, struct.unpack('>I2', record, at + 2)
  return struct.pack('>BBI2', digest, role, id) .. string.sub(record, at + 4, at + 3 + digest + role + id)
end

local new, highest, twins = {}, 0, {}
for start = 1, n, 1000 do
  local stop = math.min(start + 999, n)
  local found = {}
  if position > 0 then
    local fingerprints = {}
    for i = start, stop do fingerprints[#fingerprints + 1] = ARGV[4 + 2 * i] end
    found = redis.call('HMGET', ids, unpack(fingerprints))
  end
  for i = start, stop do
    local fingerprint, record = ARGV[4 + 2 * i], ARGV[5 + 2 * i]
    local index, twin = found[i - start + 1], twins[fingerprint]
    if index then
      local stored = redis.call('LINDEX', entries, index)
      if identity(stored, 11) ~= identity(record, 5) then return {'id', position, i} end
      highest = math.max(highest, (struct.unpack('>I6', stored)))
    elseif twin then
      if identity(ARGV[5 + 2 * twin], 5) ~= identity(record, 5) then return {'id', position, i} end
    else
      twins[fingerprint] = i
      new[#new + 1] = i
    end
  end
end
if expect ~= '' and tonumber(expect) ~= position and (#new > 0 or n == 0) then return {'position', position, 0} end
if n == 0 then return position end
if #new == 0 then
  redis.call('HSET', ledger, 'head', head) -- WAIT and WAITAOF wait for what this connection has written: a repetition is to wait, too
  return highest
end

local made = not head
head = made and first_head() or tonumber(head)
if head + #new + 4 >= 281474976710656 then return {'ledger', position, 0} end
local more = 6 + 2 * n
if over then
  if lacks_copies(marked, former, ARGV[more + 4]) then return 'again' end
  head = remove_session(name, head, place, ARGV[more + 1], ARGV[more + 2], ARGV[more + 3], marked, former)
end
row = row or {count = 0, high = 0, low = 0, ttl = '', expires = ''}

local function created(record)
  local digest, role, id = string.byte(record, 5), string.byte(record, 6) % 128, struct.unpack('>I2', record, 7)
  return string.sub(record, 9 + digest + role + id, 16 + digest + role + id)
end

for start = 1, #new, 1000 do
  local items, places = {}, {}
  for i = start, math.min(start + 999, #new) do
    local record = ARGV[5 + 2 * new[i]]
    items[#items + 1] = struct.pack('>I6', head + i) .. record
    places[#places + 1] = ARGV[4 + 2 * new[i]]
    places[#places + 1] = tostring(row.count + i - 1)
    if string.byte(record, 6) >= 128 then
      local at = 17 + string.byte(record, 5) + string.byte(record, 6) % 128 + struct.unpack('>I2', record, 7)
      local high, low = struct.unpack('>I4I4', record, at)
      low = row.low + low
      row.low = low % 4294967296
      row.high = row.high + high + (low - row.low) / 4294967296
    end
  end
  redis.call('RPUSH', entries, unpack(items))
  redis.call('HSET', ids, unpack(places))
end
if ARGV[more + 5] then
  local behind = 12 + (over and marked and former.count or 0)
  for i = 1, #new do
    local fields = ARGV[more + 4 + new[i]]
    if fields ~= '' then
      fields = cmsgpack.unpack(fields)
      redis.call('HSET', KEYS[behind + new[i]], 'position', string.format('%.0f', head + i), unpack(fields))
    end
  end
  if not marked then redis.call('HSET', ledger, 'readable', '1') end
end
if row.count == 0 then
  row.first, row.created = head + 1, created(ARGV[5 + 2 * new[1]])
end
row.count, row.activity, row.updated = row.count + #new, head + #new, created(ARGV[5 + 2 * new[#new]])
if row.ttl ~= '' then row.expires = add(now, row.ttl) end
local last = string.format('%.0f', row.activity)
redis.call('HSET', ledger, 'head', last, 's' .. name, write_row(row))
redis.call('ZADD', sessions, last, name)
redis.call('ZADD', recent, score(row.updated), place)
if made then
  redis.call('HSET', ledger, 'floor', string.format('%.0f', head + 1))
  redis.call('ZADD', owners, '0', ARGV[more])
end
return row.activity
