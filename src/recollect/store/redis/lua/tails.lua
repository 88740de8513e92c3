-- KEYS: ledger, then the entries of each session. ARGV: after, how many of each, most bytes of each, then the names.
-- Returns for each session its first entries beyond a position as one string, and whether there are more.
local after, limit, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local found = {}
for i = 2, #KEYS do
  local packed = redis.call('HGET', KEYS[1], 's' .. ARGV[i + 2])
  local row = packed and read_row(packed)
  local items, more = {}, 0
  if row and row.count > 0 and row.activity > after then
    local start = upto(KEYS[i], row, after)
    local stop = math.min(row.count, start + limit)
    local at = read(KEYS[i], start, stop, items, most)
    more = at < row.count and 1 or 0
  end
  found[#found + 1], found[#found + 2] = table.concat(items), more
end
return found
