"""The systems on Redis: the bare driver, LangChain's history, and Recollect. langchain-redis needs modules that a plain server lacks."""

import json
import time
from uuid import uuid4

import redis
from langchain_community.chat_message_histories import RedisChatMessageHistory
from langchain_core.messages import AIMessage, HumanMessage, message_to_dict

from benchmarks.systems import ANSWER, PRELOAD, QUESTION, WINDOW, Recollect, RecollectAsync, RecollectHistory, messages, said


class Floor:
    """redis-py: LRANGE, and RPUSH of two."""

    name = "floor: redis-py"

    def __init__(self, place: str) -> None:
        self.db = redis.Redis.from_url(place)

    def load(self, session: str, count: int) -> None:
        pairs = [json.dumps(pair) for pair in said(count)]
        for start in range(0, count, PRELOAD):
            self.db.rpush(session, *pairs[start : start + PRELOAD])

    def turn(self, session: str) -> None:
        self.db.lrange(session, -WINDOW, -1)
        self.db.rpush(session, json.dumps(("user", QUESTION)), json.dumps(("assistant", ANSWER)))


class FullFloor:
    """redis-py, keeping what Recollect keeps of a message and of its session; a transaction, and ids that can be looked up."""

    name = "floor, same work"

    def __init__(self, place: str) -> None:
        self.db = redis.Redis.from_url(place)

    def load(self, session: str, count: int) -> None:
        pairs = said(count)
        for start in range(0, count, PRELOAD):
            self._add(session, pairs[start : start + PRELOAD])

    def turn(self, session: str) -> None:
        for item in self.db.lrange(session, -WINDOW, -1):
            json.loads(item)
        self._add(session, [("user", QUESTION), ("assistant", ANSWER)])

    def _add(self, session: str, pairs: list[tuple[str, str]]) -> None:
        now = time.time()
        items = {str(uuid4()): (role, content) for role, content in pairs}
        with self.db.pipeline(transaction=True) as pipe:
            pipe.hmget(f"{session}:ids", list(items))
            pipe.rpush(session, *(json.dumps((key, role, now, content)) for key, (role, content) in items.items()))
            pipe.hset(f"{session}:ids", mapping=dict.fromkeys(items, 1))
            pipe.hset(f"{session}:state", mapping={"updated": now})
            pipe.hincrby(f"{session}:state", "count", len(items))
            pipe.zadd("alice:sessions", {session: now})
            pipe.execute()


class RedisHistory:
    """langchain-community's RedisChatMessageHistory, its client made once."""

    name = "RedisChatMessageHistory"

    def __init__(self, place: str) -> None:
        self.history = RedisChatMessageHistory("first", url=place)
        self.db = redis.Redis.from_url(place)

    def load(self, session: str, count: int) -> None:
        texts = [json.dumps(message_to_dict(message)) for message in messages(count)]
        for start in range(0, count, PRELOAD):
            self.db.lpush(f"message_store:{session}", *texts[start : start + PRELOAD])

    def turn(self, session: str) -> None:
        self.history.session_id = session
        _ = self.history.messages[-WINDOW:]
        self.history.add_messages([HumanMessage(QUESTION), AIMessage(ANSWER)])

    async def begin(self) -> None: ...

    async def aturn(self, session: str) -> None:
        history = object.__new__(RedisChatMessageHistory)
        history.__dict__.update(self.history.__dict__, session_id=session)
        _ = (await history.aget_messages())[-WINDOW:]
        await history.aadd_messages([HumanMessage(QUESTION), AIMessage(ANSWER)])

    async def end(self) -> None: ...


SYSTEMS = (Floor, FullFloor, Recollect, RecollectAsync, RecollectHistory, RedisHistory)
CROWDS = (RecollectAsync, RedisHistory)
SIZED = (Floor, Recollect, RedisHistory)


def size(place: str) -> int:
    """Return the bytes of memory that the server uses."""
    with redis.Redis.from_url(place) as db:
        return int(db.info("memory")["used_memory"])
