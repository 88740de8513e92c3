-- KEYS: ledger, then the entries of sessions. ARGV: now, number of sessions, their names, then each position, and the number of a session.
-- Returns the edition of each session, and the entry at each position as it stands in the session's list; '' where there is none.
local sessions, rows, found = tonumber(ARGV[2]), {}, {}
for i = 1, sessions do
  local known = redis.call('HMGET', KEYS[1], 's' .. ARGV[2 + i], 'e' .. ARGV[2 + i])
  local row = known[1] and read_row(known[1])
  found[i] = known[2] or '0'
  rows[i] = row and row.count > 0 and not expired(row, ARGV[1]) and row or false
end
for i = 3 + sessions, #ARGV, 2 do
  local position, session = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
  local row, item = rows[session], ''
  local place = row and upto(KEYS[1 + session], row, position) or 0
  if place > 0 then
    local stored = redis.call('LINDEX', KEYS[1 + session], place - 1)
    if (struct.unpack('>I6', stored)) == position then item = stored end
  end
  found[#found + 1] = item
end
return found
