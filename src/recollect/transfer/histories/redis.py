"""LangChain's lists in Redis: of the community's RedisChatMessageHistory."""

from recollect.store.redis.connecting import parse as parse_url

# isort: split
# the store tells which extra is missing
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from recollect.errors import Invalid, StoreError
from recollect.store.redis.errors import translate
from recollect.transfer.fields import obj
from recollect.transfer.histories.history import History
from recollect.transfer.ids import derived_id
from recollect.transfer.items import Conversation, Item, Said
from recollect.transfer.langchain import EXTRA, message
from recollect.transfer.report import Refusal
from recollect.transfer.source import parse

PAGE = 500
"""Messages, or keys, that the server sends at a time."""

WAIT = 30.0
"""Seconds for which an answer is waited for."""


def read(history: History) -> Iterator[Item]:
    """Yield the sessions, in no order that means anything: Redis keeps none, and LangChain no times."""
    there = parse_url(history.url)
    host, port = there.hosts[0]
    try:
        with closing(Redis(host=host, port=port, socket_timeout=WAIT, socket_connect_timeout=WAIT, **there.connecting)) as client:
            history.total = client.dbsize()
            seen: set[int] = set()
            lines = 0
            for key in client.scan_iter(match=_literal(history.prefix) + "*", count=PAGE, _type="list"):
                if hash(key) in seen:  # a scan may tell a key twice
                    continue
                seen.add(hash(key))
                history.done += 1
                for item in _session(client, key, lines, history):
                    lines += isinstance(item, Said | Refusal)
                    yield item
    except RedisError as error:
        raise StoreError(f"the history cannot be read: {translate(error)}") from error


def _session(client: Any, key: bytes, lines: int, history: History) -> Iterator[Item]:
    """Yield a session, with the rest of its time to live, and its messages, the oldest first: the last of the list."""
    try:
        session = key.decode().removeprefix(history.prefix)
    except UnicodeDecodeError:
        yield Refusal(lines + 1, f"the key {key!r:.60} is not UTF-8")
        return
    left = client.pttl(key)
    yield Conversation(lines + 1, session, ttl=timedelta(milliseconds=left) if left > 0 else None)
    place = 0
    while page := client.lrange(key, -place - PAGE, -place - 1):
        for raw in reversed(page):
            place += 1
            where = f"{session!r:.60}, message {place}"
            try:
                record = obj(parse(raw, "the message"), "the message")
                said = message(record, derived_id(EXTRA, session, place, record), history.now)
            except Invalid as error:
                yield Refusal(lines + place, f"{where}: {error}")
                continue
            yield Said(lines + place, said, len(raw), where)


def _literal(text: str) -> str:
    """Return a pattern that only this text matches."""
    return re.sub(r"([\\*?\[\]^-])", r"\\\1", text)
