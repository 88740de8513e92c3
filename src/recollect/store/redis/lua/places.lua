-- KEYS: ledger, sessions. ARGV: now, how many sessions to look at together, then each position, and from which activity on to look.
-- Returns for each position the names of sessions that may have it, and from where on there may be more; '' where there are no more.
-- Its session is mostly the first that was active then or later: sessions seldom overlap for long.
local now, step, found = ARGV[1], tonumber(ARGV[2]), {}
for i = 3, #ARGV, 2 do
  local position, start, candidates, names = tonumber(ARGV[i]), ARGV[i + 1], {}, nil
  repeat
    names = redis.call('ZRANGEBYSCORE', KEYS[2], start, '+inf', 'LIMIT', 0, step)
    for _, name in ipairs(names) do
      local row = read_row(redis.call('HGET', KEYS[1], 's' .. name))
      if row.count > 0 and row.first <= position and not expired(row, now) then candidates[#candidates + 1] = name end
      start = '(' .. string.format('%.0f', row.activity)
    end
  until #candidates > 0 or #names < step
  found[#found + 1], found[#found + 2] = candidates, #names < step and '' or start
end
return found
