"""Recall beside what else there is: SQLite's FTS5, mem0's local store, LangGraph's store on SQLite.

Each has one user's messages, or those of that user among others', and is asked for ten. Who goes by vectors gets the same embedder: a stub
that costs nothing. Each is told the messages by its public face, in batches where it takes such, for a minute at most.
"""

import logging
import os
import re
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import ClassVar

import apsw

from benchmarks.recall import repeated
from benchmarks.recall_ledgers import DIMENSIONS, USER, Stub, entries, fill, questions
from benchmarks.recall_speed import Times, apart, timed
from benchmarks.report import Table, progress
from recollect import Memory
from recollect.recall.english import ASKING

SIZES = (1_000, 10_000, 100_000)
MINUTE = 60.0
BATCH = 500
OTHERS, EACH = 1_000, 1_000
K = 10


class Peer:
    """Something that is told a user's messages, and is asked."""

    name: ClassVar[str]

    def __init__(self, place: str) -> None:
        self.place = place

    def tell(self, texts: list[str]) -> None:
        """Take messages in, the next ones."""
        raise NotImplementedError

    def settle(self) -> None:
        """Wait until all that was told can be found."""

    def ask(self, text: str) -> int:
        """Return how many are found."""
        raise NotImplementedError


class Words(Peer):
    name = "Recollect, words alone"
    embedder: ClassVar[Stub | None] = None

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self._memory = Memory(f"sqlite:///{place}/recollect.db", embedder=self.embedder)
        self._told = 0

    def tell(self, texts: list[str]) -> None:
        fill(self._memory.store, USER, entries(len(texts), self._told))
        self._told += len(texts)

    def ask(self, text: str) -> int:
        return len(self._memory.user(USER).recall(text, k=K))


class Vectors(Words):
    name = "Recollect, words and vectors"
    embedder = Stub()

    def settle(self) -> None:
        self.ask("Who won?")
        while self._memory.embedder.waiting:
            sleep(0.05)


class FTS5(Peer):
    name = "SQLite FTS5, a user column"

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self._db = apsw.Connection(f"{place}/fts5.db")
        self._db.pragma("journal_mode", "wal")
        self._db.execute("CREATE VIRTUAL TABLE f USING fts5 (user UNINDEXED, text, tokenize='porter unicode61')")

    def tell(self, texts: list[str], user: str = USER) -> None:
        with self._db:
            self._db.executemany("INSERT INTO f VALUES (?, ?)", ((user, text) for text in texts))

    def ask(self, text: str) -> int:
        words = [word for word in re.findall(r"\w+", text.lower()) if word not in ASKING]
        expression = " OR ".join(f'"{word}"' for word in words) or '""'
        sql = "SELECT rowid, text FROM f WHERE f MATCH ? AND user = ? ORDER BY rank LIMIT ?"
        return len(self._db.execute(sql, (expression, USER, K)).fetchall())


class SharedFTS5(FTS5):
    name = f"the same, with {OTHERS:,} other users' {EACH:,} messages each"

    def settle(self) -> None:
        texts = [passage.text for passage in repeated(EACH)]
        for number in range(OTHERS):
            self.tell(texts, f"user-{number}")


class Mem0(Peer):
    """Without its optional keyword search, which needs spaCy and a model. Messages are kept as they are, with no model (``infer=False``)."""

    name = "mem0, local Qdrant"

    def __init__(self, place: str) -> None:
        super().__init__(place)
        os.environ.update(MEM0_TELEMETRY="False", MEM0_DIR=f"{place}/mem0", OPENAI_API_KEY="none")
        logging.disable(logging.WARNING)
        from mem0 import Memory as Mem0Memory

        store = {"provider": "qdrant", "config": {"path": f"{place}/qdrant", "embedding_model_dims": DIMENSIONS, "on_disk": True}}
        self._memory = Mem0Memory.from_config({"vector_store": store, "history_db_path": f"{place}/history.db"})
        self._memory.embedding_model = Stub0()

    def tell(self, texts: list[str]) -> None:
        self._memory.add([{"role": "user", "content": text} for text in texts], user_id=USER, infer=False)

    def ask(self, text: str) -> int:
        return len(self._memory.search(text, filters={"user_id": USER}, top_k=K, threshold=0.0)["results"])


class Stub0(Stub):
    """The stub, as mem0 calls it."""

    def embed(self, text: str, memory_action: str | None = None) -> list[float]:  # noqa: ARG002  # as it is called
        return self.embed_query(text)

    def embed_batch(self, texts: list[str], memory_action: str | None = None) -> list[list[float]]:  # noqa: ARG002
        return self.embed_documents(texts)


class LangGraph(Peer):
    name = "LangGraph's SqliteStore"

    def __init__(self, place: str) -> None:
        super().__init__(place)
        from langgraph.store.sqlite import SqliteStore
        from pysqlite3 import connect  # Python's own may load no extensions, such as the one for vectors

        connection = connect(f"{place}/langgraph.db", check_same_thread=False, isolation_level=None)
        self._store = SqliteStore(connection, index={"dims": DIMENSIONS, "embed": Stub().embed_documents, "fields": ["text"]})
        self._store.setup()
        self._told = 0

    def tell(self, texts: list[str]) -> None:
        from langgraph.store.base import PutOp

        self._store.batch([PutOp((USER, "messages"), str(number), {"text": text}) for number, text in enumerate(texts, self._told)])
        self._told += len(texts)

    def ask(self, text: str) -> int:
        return len(self._store.search((USER, "messages"), query=text, limit=K))


PEERS: tuple[type[Peer], ...] = (Words, Vectors, FTS5, SharedFTS5, Mem0, LangGraph)


def batches(size: int) -> Iterator[list[str]]:
    passages = repeated(size)
    while batch := [passage.text for passage in islice(passages, BATCH)]:
        yield batch


def measured(kind: type[Peer], place: str, size: int) -> tuple[float, Times] | None:
    """Return the messages that are taken in in a second, and the times of answers; None if it takes longer than a minute to take them in."""
    peer = kind(place)
    began = perf_counter()
    for batch in batches(size):
        peer.tell(batch)
        if perf_counter() - began > MINUTE:
            return None
    rate = size / (perf_counter() - began)
    peer.settle()
    assert peer.ask("Who won the tournament?") > 0
    return rate, timed(peer.ask, questions())


def run(sizes: tuple[int, ...] = SIZES, peers: tuple[type[Peer], ...] = PEERS) -> list[Table]:
    """Return the table of answers, and that of what is taken in in a second."""
    answers, taken = [], []
    for kind in peers:
        found = []
        for size in sizes:
            with TemporaryDirectory(dir=".") as folder:
                found.append(apart(measured, kind, str(Path(folder).resolve()), size))
            progress(kind.name, len(found), len(sizes))
        answers.append([kind.name, *("over a minute to fill" if one is None else f"{one[1].p50:.2f} / {one[1].p99:.1f}" for one in found)])
        taken.append([kind.name, *("over a minute" if one is None else f"{one[0]:,.0f}" for one in found)])
    header = ["", *(f"{size:,} messages" for size in sizes)]
    return [Table("An answer of ten, in ms (p50 / p99)", header, answers), Table("Messages taken in, a second", header, taken)]


if __name__ == "__main__":
    for table in run(tuple(map(int, sys.argv[1:])) or SIZES):
        print(table.markdown(), flush=True)
