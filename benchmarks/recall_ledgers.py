"""The messages and the questions that recall's speed is measured with."""

import random
from collections.abc import Iterable, Iterator
from itertools import islice
from zlib import crc32

import numpy as np
from tests import locomo

from benchmarks.assistant_chats import chats
from benchmarks.recall import conversations, repeated
from recollect.codec import encode_message
from recollect.codec.messages import from_micros
from recollect.model import Entry, Message, Owner
from recollect.recall.passage import Passage
from recollect.store import Store

USER = "alice"
DIMENSIONS = 384
BATCH = 1_000


def owner(user: str) -> Owner:
    return Owner("", "user", user)


def questions() -> list[str]:
    """Return the questions of LoCoMo, or those of the made-up chats, in an order of their own."""
    found = [text for talk in conversations() for text, _ in talk.asked] if locomo.PATH.exists() else [one.question for one in chats()[1]]
    random.Random(5).shuffle(found)
    return found


def entries(count: int, skipped: int = 0) -> Iterator[tuple[str, list[Entry]]]:
    """Yield a user's messages as the store takes them: sessions with what is said in them."""
    session, batch = "", []
    for passage in islice(repeated(skipped + count), skipped, None):
        if passage.session != session or len(batch) == BATCH:
            if batch:
                yield session, batch
            session, batch = passage.session, []
        batch.append(_entry(passage))
    yield session, batch


def _entry(passage: Passage) -> Entry:
    message = Message(passage.role, passage.text, str(passage.position), passage.speaker, created=from_micros(passage.created))
    return encode_message(message, "a message")


def fill(store: Store, user: str, sessions: Iterable[tuple[str, list[Entry]]]) -> None:
    for session, batch in sessions:
        store.append(owner(user), session, batch)


class Stub:
    """An embedder that costs nothing: one of some fixed vectors for each text."""

    name = "stub"

    def __init__(self) -> None:
        vectors = np.random.default_rng(3).standard_normal((4_096, DIMENSIONS)).astype("float32")
        self._vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).tolist()

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self._vectors[crc32(text.encode()) % len(self._vectors)]
