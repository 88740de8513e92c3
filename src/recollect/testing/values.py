"""What the suite writes, and what it compares."""
# ruff: noqa: S101  # these functions are parts of tests

from collections.abc import Iterable, Sequence
from hashlib import blake2b

from msgspec.structs import replace

from recollect.model import Document, Entry, Owner, SessionState
from recollect.store.protocol import REMOVED, REWRITTEN, Store

START = 1_700_000_000_000_000
"""When the suite's clock starts, in microseconds since 1970."""

SECOND = 1_000_000
"""Microseconds."""

ALICE = Owner("", "user", "alice")
BOB = Owner("", "user", "bob")

ODD_NAMES = [
    "a",
    "a/b",
    "a_b",
    "A",
    "a%2Fb",
    "..",
    "*",
    "%",
    "'; --",
    "a\x00",
    "a\x00b",
    "\x00",
    "\t\n",
    "\u00e9",
    "e\u0301",
    "\ud7ff",
    "\ud7ffz",
    "\ue000",
    "\uffff",
    "\U0001f600",
    "\U0010ffff",
    "\U0010ffff\U0010ffff",
    "x" * 512,
    "\u00e9" * 256,
]
"""Names that are easily confused, cut, escaped or sorted wrongly; each at most 512 bytes of UTF-8."""


def entry(id: str, body: bytes | None = None, *, role: str = "user", created: int = START, tokens: int | None = None) -> Entry:
    """Return an entry without a position. Its body is made of its id unless given, and its digest of its body."""
    content = f" body of {id}".encode() if body is None else body
    return Entry(0, id, role, created, tokens, blake2b(content, digest_size=16).digest(), content)


def entries(*ids: str) -> list[Entry]:
    """Return an entry for each id."""
    return [entry(id) for id in ids]


def ids(found: Iterable[Entry]) -> list[str]:
    """Return the ids of entries."""
    return [item.id for item in found]


def unplaced(found: Iterable[Entry]) -> list[Entry]:
    """Return entries as they were before they were stored."""
    return [replace(item, position=0, session="", edition=0) for item in found]


def read_changes(store: Store, owner: Owner, *, after: int = 0, page: int = 1000) -> list[Entry | Document]:
    """Return all changes beyond a position, read page by page."""
    found: list[Entry | Document] = []
    while items := store.changes(owner, found[-1].position if found else after, page):
        assert len(items) <= page
        found += items
    return found


def head(store: Store, owner: Owner) -> int:
    """Return the highest position among an owner's changes; 0 without any."""
    changes = read_changes(store, owner)
    return changes[-1].position if changes else 0


def state_of(store: Store, owner: Owner, session: str) -> SessionState:
    """Return a session that must be there."""
    state = store.session(owner, session)
    assert state is not None
    return state


class Follower:
    """A view that knows an owner's ledger by its changes alone."""

    def __init__(self, owner: Owner) -> None:
        self.owner = owner
        self.position = 0
        self.entries: dict[str, list[Entry]] = {}
        self.documents: dict[tuple[str, str], Document] = {}

    def catch_up(self, store: Store, page: int = 1000) -> None:
        """Read what came since the last time."""
        for item in read_changes(store, self.owner, after=self.position, page=page):
            assert item.position > self.position, "changes are not in order of position"
            self.position = item.position
            if isinstance(item, Entry):
                self.entries.setdefault(item.session, []).append(item)
            elif item.collection == REMOVED:
                self.entries.pop(item.key, None)
            elif item.collection == REWRITTEN:
                self.entries[item.key] = store.entries(self.owner, item.key, before=item.position)
            elif item.body is None:
                self.documents.pop((item.collection, item.key), None)
            else:
                self.documents[item.collection, item.key] = item

    def check(self, store: Store, sessions: Sequence[str], collections: Sequence[str]) -> None:
        """Compare what the follower knows with what the store tells when it is asked."""
        for session in sessions:
            assert self.entries.get(session, []) == store.entries(self.owner, session)
        for collection in collections:
            known = sorted((item for item in self.documents.values() if item.collection == collection), key=lambda item: item.key)
            assert known == store.documents(self.owner, collection)
