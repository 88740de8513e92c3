"""The systems on Redis: the bare driver, LangChain's history, and Recollect. langchain-redis needs modules that a plain server lacks."""

import json

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


SYSTEMS = (Floor, Recollect, RecollectAsync, RecollectHistory, RedisHistory)
CROWDS = (RecollectAsync, RedisHistory)
SIZED = (Floor, Recollect, RedisHistory)


def size(place: str) -> int:
    """Return the bytes of memory that the server uses."""
    with redis.Redis.from_url(place) as db:
        return int(db.info("memory")["used_memory"])
