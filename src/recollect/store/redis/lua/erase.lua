-- KEYS: the whole ledger's, then all sessions' entries and ids, and the readable copies.
-- ARGV: head, owner, then place and alarm of each session. Returns 1; 0 if the ledger is no longer at that head.
local head = redis.call('HGET', ledger, 'head')
if head ~= ARGV[1] then return 0 end
local mark = math.max(first_head(), tonumber(head) + 1)  -- a gap tells whoever knew the ledger that this is another
for start = 11, #KEYS, 1000 do
  redis.call('UNLINK', unpack(KEYS, start, math.min(start + 999, #KEYS)))
end
redis.call('UNLINK', ledger, sessions, documents, order, positions, derived)
redis.call('SET', watermark, text(mark))
redis.call('ZREM', owners, ARGV[2])
for i = 3, #ARGV, 2 do
  redis.call('ZREM', recent, ARGV[i])
  redis.call('ZREM', expiring, ARGV[i + 1])
end
return 1
