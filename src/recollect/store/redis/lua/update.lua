-- KEYS: the whole ledger's, and the session's. ARGV: name, now, place, expect, settings, notice, alarm, proof, owner, ttl (8 bytes, or ''), body.
-- Returns the revision, or {what, position}.
local name, now, place, settings, notice, alarm = ARGV[1], ARGV[2], ARGV[3], ARGV[5], ARGV[6], ARGV[7]
local known = redis.call('HMGET', ledger, 'head', 's' .. name, 'readable')
local head, row = known[1], known[2] and read_row(known[2])
local over = row and expired(row, now)
local revision = (not head or over) and 0 or read_document(settings)
if tonumber(ARGV[4]) ~= revision then return {'revision', revision} end

local made = not head
head = made and first_head() or tonumber(head)
if head + 4 >= 281474976710656 then return {'ledger', revision} end
if over then
  if lacks_copies(known[3], row, ARGV[8]) then return 'again' end
  head, row = remove_session(name, head, place, settings, notice, alarm, known[3], row), nil
end
revision = head + 1
write_document(settings, revision, '1' .. ARGV[11])
local fresh = not row
row = row or {count = 0, activity = revision, first = 0, high = 0, low = 0, created = now, updated = now}
row.ttl = ARGV[10]
row.expires = row.ttl == '' and '' or add(now, row.ttl)
redis.call('HSET', ledger, 'head', text(revision), 's' .. name, write_row(row))
if fresh then
  redis.call('ZADD', sessions, text(revision), name)
  redis.call('ZADD', recent, score(now), place)
end
if row.ttl == '' then redis.call('ZREM', expiring, alarm) else redis.call('ZADD', expiring, score(row.expires), alarm) end
if made then
  redis.call('HSET', ledger, 'floor', text(revision))
  redis.call('ZADD', owners, '0', ARGV[9])
end
return revision
