-- An entry stands in its session's list as: position (6 bytes), length of the rest (4 bytes), the rest.
local function position_at(entries, index)
  return (struct.unpack('>I6', redis.call('LINDEX', entries, index)))
end

-- How many entries of a session stand at a position or before it. Positions rise, so the ends bound the answer: where nobody
-- else writes to the ledger, they tell it.
local function upto(entries, row, position)
  if row.count == 0 or position < row.first then return 0 end
  if position >= row.activity then return row.count end
  local low = math.max(1, row.count - (row.activity - position))
  local high = math.min(row.count, position - row.first + 1)
  while low < high do
    local middle = math.floor((low + high + 1) / 2)
    if position_at(entries, middle - 1) <= position then low = middle else high = middle - 1 end
  end
  return low
end

-- Read items from start up to stop (exclusive) into a list, until these are `most` bytes or more; return where it stopped, and the bytes.
local function read(entries, start, stop, into, most)
  local bytes, step = 0, 64
  while start < stop and bytes < most do
    local items = redis.call('LRANGE', entries, start, math.min(start + step, stop) - 1)
    if #items == 0 then break end
    for _, item in ipairs(items) do
      bytes = bytes + #item
      into[#into + 1] = item
    end
    start = start + #items
    step = math.max(1, math.min(1000, math.floor((most - bytes) / (bytes / #into + 1))))
  end
  return start, bytes
end
