"""What a backup says of all owners at a point, put together from its segments in a database of its own, before anything is written elsewhere."""

from collections.abc import Iterator
from hashlib import sha256
from threading import Lock
from typing import Any

import apsw
from msgspec.msgpack import Encoder

from recollect.codec.facts import STATE
from recollect.core.collections import RESERVED
from recollect.model import Owner
from recollect.store.protocol import REMOVED, RESTORED, RESTORING, REWRITTEN, SETTINGS
from recollect.transfer.backup.manifest import Manifest, owner_of
from recollect.transfer.backup.plan import Plan
from recollect.transfer.backup.segment import Kept, KeptDocument, KeptEntry, Part
from recollect.transfer.copying.marks import CLAIMS, MARKS

SCHEMA = """
CREATE TABLE owner (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (kind, name));
CREATE TABLE item (owner INTEGER NOT NULL, position INTEGER NOT NULL, place TEXT NOT NULL, name TEXT NOT NULL, entry INTEGER NOT NULL,
    role TEXT, created INTEGER, tokens INTEGER, digest BLOB, body BLOB NOT NULL, ttl INTEGER);
CREATE UNIQUE INDEX item_position ON item (owner, position);
CREATE INDEX item_name ON item (owner, entry, place, name);
CREATE TABLE session (owner INTEGER NOT NULL, name TEXT NOT NULL, ttl INTEGER, expires INTEGER, PRIMARY KEY (owner, name));
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
"""

PAGE = 100
"""Items that are read at a time."""

_encoder = Encoder()


class Staging:
    """All that stands at a point, with the positions of the source. It lives in a temporary file that has no name, and goes with the process."""

    def __init__(self) -> None:
        self._db = apsw.Connection("")
        self._db.execute(SCHEMA)
        self.dropped: set[Owner] = set()
        self._ids: dict[Owner, int] = {}
        self._lock = Lock()

    def take(self, manifest: Manifest, parts: list[Part], plan: Plan) -> None:
        """Take a segment in, as far as the plan goes for each owner."""
        self._db.execute("BEGIN")
        for part in parts:
            owner = owner_of(manifest.tenant, part.kind, part.name)
            if manifest.number <= plan.until(owner):
                self._apply(owner, part, manifest.time)
            elif owner.kind == "tenant":
                self._apply_own(owner, part)
        self._db.execute("COMMIT")

    def _apply(self, owner: Owner, part: Part, time: int) -> None:
        id = self._id(owner)
        if part.anew:
            self._db.execute("DELETE FROM item WHERE owner = ?", (id,))
            self._db.execute("DELETE FROM session WHERE owner = ?", (id,))
        sessions: set[str] = set()
        for item in part.items:
            self._put(id, item)
            if isinstance(item, KeptEntry) and not part.anew:
                sessions.add(item.session)
        for entry in part.again:
            self._put(id, entry)
        for name in sessions:
            self._db.execute("UPDATE session SET expires = max(expires, ? + ttl) WHERE owner = ? AND name = ? AND expires > 0", (time, id, name))

    def _apply_own(self, owner: Owner, part: Part) -> None:
        """Take what Recollect itself keeps in a tenant's ledger: tombstones, holds, audit. It never goes back."""
        id = self._id(owner)
        if part.anew:
            self._db.execute("DELETE FROM item WHERE owner = ? AND (entry OR substr(place, 1, ?) = ?)", (id, len(RESERVED), RESERVED))
        for item in (*part.items, *part.again):
            if isinstance(item, KeptEntry) or item.collection.startswith(RESERVED):
                self._put(id, item)

    def _put(self, id: int, item: Kept) -> None:
        if isinstance(item, KeptEntry):
            entry = (id, item.position, item.session, item.id, item.role, item.created, item.tokens, item.digest, item.body)
            self._db.execute("INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, NULL)", entry)
            return
        if item.collection in (REMOVED, REWRITTEN):
            self._db.execute("DELETE FROM item WHERE owner = ? AND entry = 1 AND place = ? AND position < ?", (id, item.key, item.position))
            return
        self._db.execute("DELETE FROM item WHERE owner = ? AND entry = 0 AND place = ? AND name = ?", (id, item.collection, item.key))
        if item.collection == SETTINGS:
            self._db.execute("DELETE FROM session WHERE owner = ? AND name = ?", (id, item.key))
            if item.body is not None and (item.ttl is not None or item.expires is not None):
                self._db.execute("INSERT INTO session VALUES (?, ?, ?, ?)", (id, item.key, item.ttl, item.expires))
        if item.body is not None:
            document = (id, item.position, item.collection, item.key, item.body, item.ttl)
            self._db.execute("INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?, 0, NULL, NULL, NULL, NULL, ?, ?)", document)

    def expire(self, now: int) -> int:
        """Leave out the sessions whose time is over. Returns how many there were."""
        over = self._db.execute("SELECT owner, name FROM session WHERE expires <= ?", (now,)).fetchall()
        for owner, name in over:
            self._db.execute(
                "DELETE FROM item WHERE owner = ? AND ((entry = 1 AND place = ?) OR (entry = 0 AND place = ? AND name = ?))",
                (owner, name, SETTINGS, name),
            )
        self._db.execute("CREATE TABLE over AS SELECT owner, name FROM session WHERE expires <= ?", (now,))
        return len(over)

    def over(self, owner: Owner) -> set[str]:
        """Return the names of an owner's sessions that were left out, since their time is over."""
        return {name for (name,) in self._rows("SELECT name FROM over WHERE owner = ?", self._id(owner))}

    def drop(self, owner: Owner) -> None:
        """Leave an owner out, who was erased."""
        self.dropped.add(owner)
        self._db.execute("DELETE FROM item WHERE owner = ?", (self._id(owner),))

    def owners(self, tenant: str) -> list[Owner]:
        """Return the owners who have something, in order."""
        rows = self._rows("SELECT kind, name FROM owner WHERE EXISTS (SELECT 1 FROM item WHERE item.owner = owner.id) ORDER BY kind, name")
        return [owner_of(tenant, kind, name) for kind, name in rows]

    def items(self, owner: Owner) -> Iterator[Kept]:
        """Yield what an owner has, in order of position. Several threads may do so at once."""
        id, after = self._id(owner), 0
        while rows := self._rows("SELECT * FROM item WHERE owner = ? AND position > ? ORDER BY position LIMIT ?", id, after, PAGE):
            yield from map(_item, rows)
            after = rows[-1][1]

    def count(self) -> int:
        """Return how many items there are."""
        return int(self._rows("SELECT count(*) FROM item")[0][0])

    def sessions(self) -> int:
        """Return how many sessions there are."""
        query = (
            "SELECT count(*) FROM (SELECT owner, place FROM item WHERE entry = 1 UNION SELECT owner, name FROM item WHERE entry = 0 AND place = ?)"
        )
        return int(self._rows(query, SETTINGS)[0][0])

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _rows(self, query: str, *values: int | str) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(query, values).fetchall()

    def _id(self, owner: Owner) -> int:
        with self._lock:
            if owner not in self._ids:
                self._db.execute("INSERT INTO owner VALUES (?, ?, ?)", (len(self._ids), owner.kind, owner.name))
                self._ids[owner] = len(self._ids)
            return self._ids[owner]


class Sum:
    """How many items there are, and a checksum over all that they hold but their positions, in their order."""

    def __init__(self) -> None:
        self.entries = 0
        self.documents = 0
        self._hash = sha256()

    def add(self, item: Kept) -> None:
        """Add an item."""
        if isinstance(item, KeptEntry):
            self.entries += 1
            self._hash.update(_encoder.encode((item.session, item.id, item.role, item.created, item.tokens, item.digest, item.body)))
        else:
            self.documents += 1
            self._hash.update(_encoder.encode((item.collection, item.key, item.body, item.ttl)))

    @property
    def value(self) -> tuple[int, int, str]:
        """What is equal for equal ledgers."""
        return self.entries, self.documents, self._hash.hexdigest()


def is_restored(collection: str) -> bool:
    """Tell whether documents of a collection are brought back. What tells of positions is not: the target hands out its own."""
    return collection not in (REMOVED, REWRITTEN, STATE, MARKS, RESTORING, RESTORED) and not collection.startswith(CLAIMS)


def _item(row: tuple[Any, ...]) -> Kept:
    """Return a row of the table item."""
    _, position, place, name, entry, role, created, tokens, digest, body, ttl = row
    if entry:
        return KeptEntry(position, place, name, role, created, tokens, digest, body)
    return KeptDocument(position, place, name, body, ttl)
