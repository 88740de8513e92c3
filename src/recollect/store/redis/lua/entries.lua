-- KEYS: ledger, entries. ARGV: name, now, after, before ('' for none), limit (-1 for none), newest, opening, proof ('' at the first call), most bytes.
-- Returns {the entries as one string, the edition}; where they are more than so many bytes, with the position to go on behind, before, and a
-- proof of which entries and which edition these were.
local ledger, entries = KEYS[1], KEYS[2]
local now, after, before, limit = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local known = redis.call('HMGET', ledger, 's' .. ARGV[1], 'e' .. ARGV[1])
local row, edition = known[1] and read_row(known[1]), known[2] or '0'
if not row or row.count == 0 or expired(row, now) then
  if ARGV[8] ~= '' then return 'changed' end
  return {'', edition}
end
local proof = string.format('%.0f/', row.first) .. edition
if ARGV[8] ~= '' and ARGV[8] ~= proof then return 'changed' end

local start = after < row.first and 0 or upto(entries, row, after)
local stop = (not before or before > row.activity) and row.count or upto(entries, row, before - 1)
local items = {}
if limit >= 0 and stop - start >= limit then
  if ARGV[6] == '1' then start = stop - limit else stop = start + limit end
  local opening = limit > 0 and math.min(tonumber(ARGV[7]), start) or 0
  if opening > 0 then read(entries, 0, opening, items, math.huge) end
end
local at = read(entries, start, stop, items, tonumber(ARGV[9]))
local whole = table.concat(items)
if at >= stop then return {whole, edition} end
return {whole, edition, (struct.unpack('>I6', items[#items])), before or row.activity + 1, proof}
