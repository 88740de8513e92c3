"""One user's messages and facts, to be searched: a small SQLite database in memory."""

from collections.abc import Collection, Iterable, Sequence
from typing import Self

import apsw

from recollect.errors import Damaged
from recollect.recall.dense import Dense
from recollect.recall.indexing import Writer
from recollect.recall.neighbours import neighbours
from recollect.recall.passage import Filters, Hit, Passage
from recollect.recall.question import unnamed
from recollect.recall.rows import listed
from recollect.recall.search import search
from recollect.recall.tables import APPLICATION, FORMAT, SCHEMA
from recollect.recall.weights import DEFAULT, Weights

CACHE = -256
"""SQLite's own copies of pages of an index that was loaded, in KiB below 0: more would not make it quicker."""

OVERHEAD = 224 << 10
"""Bytes that an index takes besides its pages: a connection, its statements, some copies of pages."""


class Index:
    """A search index over the messages of one user, and what is known of that user: facts.

    It holds no text: only which words stand where, and what ranking needs to know of each message. It does no I/O. One thread at
    a time may use it: whoever shares one, locks it.
    """

    def __init__(self, data: bytes | None = None) -> None:
        """Start empty, or with what ``dump`` wrote.

        Raises:
            Damaged: the bytes are no such index, or one of another version: build a new one.

        """
        self._db = apsw.Connection(":memory:")
        self._pages = -1, 0
        try:
            if data is None:
                self._db.pragma("application_id", APPLICATION)
                self._db.pragma("user_version", FORMAT)
                self._db.execute(SCHEMA).fetchall()
            else:
                _restore(self._db, data)
            self._writer = Writer(self._db)
        except apsw.Error as error:
            self._db.close()
            raise Damaged("These bytes are no search index; build it again from the ledger.") from error
        except Damaged:
            self._db.close()
            raise

    @classmethod
    def load(cls, data: bytes) -> Self:
        """Return the index that ``dump`` wrote; see the constructor."""
        return cls(data)

    def dump(self) -> bytes:
        """Return the whole index as bytes, for ``load``. Words of removed messages are not in them."""
        self._writer.settle()
        return self._db.serialize("main")

    @property
    def through(self) -> int:
        """The position up to which the ledger has been read."""
        return self._writer.through

    @property
    def positions(self) -> list[int]:
        """Where the messages and facts stand that have words, in order."""
        return listed(self._db, "SELECT position FROM passage WHERE length > 0 ORDER BY position")

    @property
    def size(self) -> int:
        """About how many bytes the index takes in memory."""
        changes = self._db.total_changes()
        if self._pages[0] != changes:
            self._pages = changes, _number(self._db, "page_count") * _number(self._db, "page_size")
        return self._pages[1] + self._writer.occurrences.size + OVERHEAD

    @property
    def facts(self) -> Collection[str]:
        """The keys of the facts."""
        return self._writer.facts.keys()

    def __len__(self) -> int:
        """Count the messages and facts."""
        return self._writer.count

    def add(self, passages: Iterable[Passage], *, through: int | None = None) -> None:
        """Take messages and facts in, the messages of a session in their order; all or none.

        One whose position (or, of a fact, whose key) is known already replaces the one that was there. ``through`` is the position
        that the ledger has now been read up to; unless given, the highest of theirs.
        """
        self._writer.add(passages, through)

    def remove(self, positions: Collection[int]) -> None:
        """Forget messages and facts by their positions, those that are there."""
        self._writer.remove(positions)

    def remove_facts(self, keys: Iterable[str]) -> None:
        """Forget facts by their keys, those that are there."""
        self._writer.remove_facts(keys)

    def remove_session(self, session: str) -> None:
        """Forget a session's messages, if there are any."""
        self._writer.remove_session(session)

    def search(
        self,
        query: str,
        k: int = 10,
        filters: Filters | None = None,
        *,
        now: int | None = None,
        dense: Dense | None = None,
        weights: Weights = DEFAULT,
    ) -> Sequence[Hit]:
        """Return at most ``k`` messages and facts, the best first.

        Args:
            query: any text. It is data: nothing in it is an operator.
            k: how many.
            filters: what may be found.
            now: what "last week" is seen from, in microseconds since 1970 (UTC); the time of the latest message unless given.
            dense: what vectors say about this query.
            weights: how much each signal counts.

        """
        return search(self._db, self._writer, query, k, filters or Filters(), now, dense, weights)

    def unnamed(self, query: str) -> str:
        """Return a query without the names of the people whose messages are here, for its vector; whole where it is nothing else."""
        return unnamed(query, self._writer.names)

    def neighbours(self, position: int, count: int) -> tuple[list[int], list[int]]:
        """Return the positions of at most ``count`` messages before a message in its session, and of as many after it, both in order."""
        return neighbours(self._db, position, count)

    def close(self) -> None:
        """Give the memory back."""
        self._db.close()


def _restore(db: apsw.Connection, data: bytes) -> None:
    db.deserialize("main", data)
    if (_number(db, "application_id"), _number(db, "user_version")) != (APPLICATION, FORMAT):
        raise Damaged("This is no search index of this version; build it again from the ledger.")
    db.pragma("secure_delete", True)
    db.pragma("cache_size", CACHE)


def _number(db: apsw.Connection, name: str) -> int:
    value = db.pragma(name)
    return value if isinstance(value, int) else 0
