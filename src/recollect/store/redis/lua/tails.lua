-- KEYS: ledger, then the entries of each session. ARGV: after, how many of each, most bytes of each, then the names.
-- Returns for each session its first entries beyond a position as one string, whether there are more, and its edition.
local after, limit, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local found = {}
for i = 2, #KEYS do
  local known = redis.call('HMGET', KEYS[1], 's' .. ARGV[i + 2], 'e' .. ARGV[i + 2])
  local row = known[1] and read_row(known[1])
  local items, more = {}, 0
  if row and row.count > 0 and row.activity > after then
    local start = upto(KEYS[i], row, after)
    local stop = math.min(row.count, start + limit)
    local at = read(KEYS[i], start, stop, items, most)
    more = at < row.count and 1 or 0
  end
  local at = #found
  found[at + 1], found[at + 2], found[at + 3] = table.concat(items), more, known[2] or '0'
end
return found
