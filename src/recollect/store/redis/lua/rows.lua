-- A session's row. Times and spans are 8 bytes, as the client gives them; ttl and expires are '' where the session has none.
local function read_row(packed)
  local row = {}
  row.count, row.activity, row.first, row.high, row.low, row.created, row.updated = struct.unpack('>I4I8I8I4I4c8c8', packed)
  row.ttl, row.expires = string.sub(packed, 45, 52), string.sub(packed, 53, 60)
  return row
end

local function write_row(row)
  return struct.pack('>I4I8I8I4I4', row.count, row.activity, row.first, row.high, row.low) .. row.created .. row.updated .. row.ttl .. row.expires
end

-- Lua's numbers are exact below 2^53 only, and times go beyond: they are added and compared by halves.
local function add(a, b)
  local a_high, a_low = struct.unpack('>I4I4', a)
  local b_high, b_low = struct.unpack('>I4I4', b)
  local low = a_low + b_low
  local carry = low >= 4294967296 and 1 or 0
  return struct.pack('>I4I4', a_high + b_high + carry, low - carry * 4294967296)
end

local function expired(row, now)
  if row.expires == '' then return false end
  local high, low = struct.unpack('>i4I4', row.expires)
  local now_high, now_low = struct.unpack('>i4I4', now)
  return high < now_high or (high == now_high and low <= now_low)
end

-- A time as the score of a sorted set: exact to the microsecond up to the year 2255.
local function score(time)
  local high, low = struct.unpack('>i4I4', time)
  return string.format('%.0f', high * 4294967296 + low)
end
