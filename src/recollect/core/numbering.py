"""Which number each redacted value has: the same for as long as its owner's ledger is there, and in every process."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from hashlib import sha256
from hmac import digest
from os import urandom
from threading import Lock
from typing import NamedTuple

from recollect.codec.redacted import BOOK, REDACTED, Book, Number, decode_book, decode_number, encode_redacted
from recollect.errors import Conflict
from recollect.model import Owner
from recollect.store.protocol import Store

SIZE = 32
"""Bytes of an owner's key."""

MOST_KEPT = 100_000
"""Numbers that a memory keeps at hand, over all owners: about 20 MB."""

BATCH = 500
"""New values that are numbered in one transaction."""


class Value(NamedTuple):
    """What was found in a text: of which kind, and as it is however it was written."""

    kind: str
    canonical: str


class _Known(NamedTuple):
    """What is at hand of an owner: the key, and the numbers by value. The values are in this process alone."""

    key: bytes
    numbers: dict[Value, int]


class Numbers:
    """The numbers of values, by owner.

    A value is kept nowhere: its key is an HMAC-SHA256 under a random key of the owner. All numbers are handed out by way of the
    book, by compare-and-set, so that processes that meet a new value at once agree.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._known: OrderedDict[Owner, _Known] = OrderedDict()
        self._kept = 0

    def at_hand(self, owner: Owner, value: Value) -> int | None:
        """Return a value's number if this process knows it: no store is asked."""
        known = self._known.get(owner)
        return None if known is None else known.numbers.get(value)

    def key(self, owner: Owner) -> bytes | None:
        """Return the owner's key under which there are numbers at hand. It is another one behind an erasure."""
        known = self._known.get(owner)
        return None if known is None else known.key

    def present_key(self, owner: Owner) -> bytes | None:
        """Return the owner's key as the store has it. If it is another one than before, nothing is at hand any more."""
        book = self._read(owner, [])[1]
        return None if book is None else book.key

    def look_up(self, owner: Owner, values: Iterable[Value]) -> dict[Value, int]:
        """Return the numbers of those values that have one. Nothing is written."""
        return self._read(owner, list(dict.fromkeys(values)))[0]

    def give(self, owner: Owner, values: Iterable[Value]) -> dict[Value, int]:
        """Return the numbers of values, new ones in their order for those that have none."""
        wanted, given = list(dict.fromkeys(values)), dict[Value, int]()
        for start in range(0, len(wanted), BATCH):
            given |= self._give(owner, wanted[start : start + BATCH])
        return given

    def forget(self, owner: Owner) -> None:
        """Let go of what is at hand of an owner, whose ledger is gone."""
        with self._lock:
            self._drop(owner)

    def _give(self, owner: Owner, wanted: Sequence[Value]) -> dict[Value, int]:
        while True:  # ends: each round that fails is another writer's success
            found, book, revision = self._read(owner, wanted)
            missing = [value for value in wanted if value not in found]
            if not missing:
                return found
            book = Book(urandom(SIZE), {}) if book is None else book
            highest, documents = dict(book.highest), []
            for value in missing:
                found[value] = highest[value.kind] = highest.get(value.kind, 0) + 1
                documents.append(encode_redacted(hashed(book.key, value), Number(value.kind, found[value])))
            try:
                self._store.put(owner, [*documents, encode_redacted(BOOK, Book(book.key, highest))], expect={(REDACTED, BOOK): revision})
            except Conflict:
                continue
            self._keep(owner, book.key, found)
            return found

    def _read(self, owner: Owner, wanted: Sequence[Value]) -> tuple[dict[Value, int], Book | None, int]:
        """Return the numbers that there are, the book, and its revision (0: there is none)."""
        key = self.key(owner)
        while True:
            hashes = {} if key is None else {hashed(key, value): value for value in wanted}
            there = {document.key: document for document in self._store.documents(owner, REDACTED, keys=[BOOK, *hashes])}
            if BOOK not in there:
                self.forget(owner)
                return {}, None, 0
            book = decode_book(there[BOOK])
            if book.key == key:
                break
            key = book.key
        found = {value: decode_number(there[one]).number for one, value in hashes.items() if one in there}
        self._keep(owner, book.key, found)
        return found, book, there[BOOK].position

    def _keep(self, owner: Owner, key: bytes, numbers: dict[Value, int]) -> None:
        with self._lock:
            known = self._known.get(owner)
            if known is None or known.key != key or len(known.numbers) > MOST_KEPT // 4:
                self._drop(owner)
                known = self._known[owner] = _Known(key, {})
            self._kept += len(numbers.keys() - known.numbers.keys())
            known.numbers.update(numbers)
            self._known.move_to_end(owner)
            while self._kept > MOST_KEPT and len(self._known) > 1:
                self._drop(next(iter(self._known)))

    def _drop(self, owner: Owner) -> None:
        known = self._known.pop(owner, None)
        self._kept -= 0 if known is None else len(known.numbers)


def hashed(key: bytes, value: Value) -> str:
    """Return the key of a value's document: 32 hexadecimal digits, which say nothing without the owner's key."""
    kind, canonical = value.kind.encode(), value.canonical.encode("utf-8", "surrogatepass")
    return digest(key, len(kind).to_bytes(4, "big") + kind + canonical, sha256).hex()[:32]
