-- KEYS: the whole ledger's. ARGV: owner, number of expectations, field and position of each, then field and flagged body of each document.
-- Returns the last position, or {which expectation, position}.
local checks = tonumber(ARGV[2])
local head = redis.call('HGET', ledger, 'head')
for i = 1, checks do
  local position = head and read_document(ARGV[1 + 2 * i]) or 0
  if position ~= tonumber(ARGV[2 + 2 * i]) then return {i, position} end
end
local first = 3 + 2 * checks
if #ARGV < first then return 0 end
local made = not head
head = made and first_head() or tonumber(head)
if head + #ARGV >= 281474976710656 then return {0, head} end
if made then redis.call('HSET', ledger, 'floor', text(head + 1)) end
for i = first, #ARGV, 2 do
  head = head + 1
  write_document(ARGV[i], head, ARGV[i + 1])
end
redis.call('HSET', ledger, 'head', text(head))
if made then redis.call('ZADD', owners, '0', ARGV[1]) end
return head
