-- The keys of a whole ledger, and behind them those of one session.
local ledger, sessions, recent, documents, order, positions = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local watermark, owners, expiring, derived, entries, ids = KEYS[7], KEYS[8], KEYS[9], KEYS[10], KEYS[11], KEYS[12]

local function text(number)
  return string.format('%.0f', number)
end

-- What was derived of less than stands up to a notice may hold what was removed: it goes, and does not come back.
local function forget_derived(position)
  redis.call('UNLINK', derived)
  redis.call('HSET', ledger, 'floor', text(position))
end

-- `flagged`: '1' and a body, or '0' for a notice that there is none: then what was derived goes with it.
local function write_document(field, position, flagged)
  redis.call('HSET', documents, field, struct.pack('>I6', position) .. flagged)
  redis.call('ZADD', positions, text(position), field)
  if string.byte(flagged) == 49 then
    redis.call('ZADD', order, '0', field)
  else
    redis.call('ZREM', order, field)
    forget_derived(position)
  end
end

-- The position and the body of a document; 0 if there is none, or only a notice.
local function read_document(field)
  local packed = redis.call('HGET', documents, field)
  if not packed or string.byte(packed, 7) ~= 49 then return 0 end
  return (struct.unpack('>I6', packed))
end

-- The head of a ledger that is made now: beyond every position of the owners that were erased here.
local function first_head()
  return tonumber(redis.call('GET', watermark) or '0')
end

-- Readable copies of messages have keys of their own, KEYS[13] and on, which the client learns first. `proof` tells of which entries
-- it has them: '', or the first position and the count.
local function lacks_copies(marked, row, proof)
  return marked and row.count > 0 and proof ~= text(row.first) .. '/' .. text(row.count)
end

-- Remove a session's entries, with their copies. The first write needs no memory.
local function remove_entries(marked, row)
  redis.call('UNLINK', entries, ids)
  if not marked then return end
  for start = 13, 12 + row.count, 1000 do
    redis.call('UNLINK', unpack(KEYS, start, math.min(start + 999, 12 + row.count)))
  end
end

-- Remove a session whole, leave the notices, and return the new head.
local function remove_session(name, head, place, settings, notice, alarm, marked, row)
  local revision = read_document(settings)
  remove_entries(marked, row)
  redis.call('HDEL', ledger, 's' .. name, 'e' .. name)
  redis.call('ZREM', sessions, name)
  redis.call('ZREM', recent, place)
  redis.call('ZREM', expiring, alarm)
  if revision > 0 then
    head = head + 1
    write_document(settings, head, '0')
  end
  head = head + 1
  write_document(notice, head, '1')
  forget_derived(head)
  redis.call('HSET', ledger, 'head', text(head))
  return head
end
