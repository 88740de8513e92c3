"""Putting what a reader finds into a memory."""

from datetime import timedelta
from typing import Any

from msgspec import UNSET, UnsetType

from recollect.codec.body import pack_sorted
from recollect.codec.documents import decode_bytes, decode_value, encode_bytes, encode_value
from recollect.codec.facts import CARRIED, FACTS, check_carried, decode_fact, encode_fact
from recollect.codec.plain import check_name, plain
from recollect.core import collections, conversation, sessions
from recollect.core.address import Address, address
from recollect.errors import Conflict, Damaged, Erased, Held, Invalid
from recollect.model import Document, Json, Owner
from recollect.runtime import complete
from recollect.transfer.items import Conversation, Item, Kept, Said, Skipped
from recollect.transfer.keeper import Keeper, engine_of
from recollect.transfer.report import ImportReport, Refusal

BATCH = 500
"""Messages of one append, at the most."""

BATCH_BYTES = 4 << 20
"""Bytes of the file that one append takes in, but for a longer message."""


class Writer:
    """Takes items in their order, gathers messages of one session into batches, and keeps the report.

    Args:
        memory: where they go.
        user: whose sessions they become, where the items do not say it.
        report: where it is told what became of them.

    """

    def __init__(self, memory: Keeper, user: str | None, report: ImportReport) -> None:
        self.report = report
        self._engine = engine_of(memory)._replace(audit=None)  # the import is noted as a whole
        self._tenant = memory.tenant
        self._user = user
        self._at: Address | None = None
        self._batch: list[Said] = []
        self._size = 0
        self._seen: set[int] = set()

    def take(self, item: Item) -> bool:
        """Take an item. Returns whether messages were written for it, or for those before it."""
        match item:
            case Said():
                return self._said(item)
            case Conversation():
                written = self.flush()
                self._begin(item)
                return written
            case Kept():
                self._keep(item)
            case Skipped():
                self.report.skipped += 1
            case Refusal():
                self.report.refuse(item)
        return False

    def flush(self) -> bool:
        """Write the messages that were gathered. Returns whether there were any."""
        batch, self._batch, self._size = self._batch, [], 0
        if not batch or self._at is None:
            return False
        at = self._at
        before = self._count(at)
        taken = self._append(at, batch)
        new = min(max(self._count(at) - before, 0), taken)
        self.report.messages += new
        self.report.known += taken - new
        if taken:
            self._note(at)
        return True

    def _said(self, said: Said) -> bool:
        if self._at is None:
            return False  # its session was refused, which is reported
        self._batch.append(said)
        self._size += said.size
        return (len(self._batch) == BATCH or self._size >= BATCH_BYTES) and self.flush()

    def _begin(self, item: Conversation) -> None:
        self._at = None
        try:
            at = address(self._tenant, self._user if item.user is None else item.user, item.session)
        except Invalid as error:
            self.report.refuse(Refusal(item.line, f"{error}; its messages were left out, too"))
            return
        self._at = at
        try:
            if self._describe(at, item):
                self._note(at)
        except Erased as error:
            self._at = None
            self.report.refuse(Refusal(item.line, f"{error}; its messages were left out, too"))
        except Invalid as error:
            self.report.refuse(Refusal(item.line, f"title and metadata were left out: {error}"))

    def _describe(self, at: Address, item: Conversation) -> bool:
        """Add title, metadata and time to live to what is known of the session. Returns whether the item tells any."""
        if item.title is None and not item.metadata and item.ttl is None and not item.empty:
            return False
        state = self._engine.store.session(at.owner, at.session)
        info = None if state is None else sessions.describe(at.owner, state)
        had: Json = {} if info is None else info.metadata
        metadata: Json | UnsetType = {**had, **item.metadata}
        title: str | UnsetType = UNSET if item.title is None or (info is not None and info.title == item.title) else item.title
        ttl = UNSET if item.ttl is None or (state is not None and state.ttl == item.ttl // timedelta(microseconds=1)) else item.ttl
        if metadata == had:
            metadata = UNSET
        if info is None or title is not UNSET or metadata is not UNSET or ttl is not UNSET:
            try:
                complete(sessions.update(self._engine, at, title, metadata, ttl))
            except Held as error:  # which stops times to live
                complete(sessions.update(self._engine, at, title, metadata, UNSET))
                self.report.refuse(Refusal(item.line, f"its time to live was left out: {error}"))
        return True

    def _append(self, at: Address, batch: list[Said]) -> int:
        """Append messages, and return how many were taken. Where one is refused, its batch is halved until it is alone."""
        try:
            complete(conversation.append(self._engine, at, [said.message for said in batch]))
        except Erased as error:
            self.report.refuse(Refusal(batch[0].line, f"{error}; all of the session's messages were left out"))
            self._at = None
            return 0
        except (Conflict, Invalid) as error:
            if len(batch) > 1:
                half = len(batch) // 2
                return self._append(at, batch[:half]) + self._append(at, batch[half:])
            where = f"{batch[0].where}: " if batch[0].where else ""
            self.report.refuse(Refusal(batch[0].line, where + str(error).removeprefix("message 0: ")))
            return 0
        return len(batch)

    def _keep(self, item: Kept) -> None:
        """Write a document, unless there is one already."""
        self.flush()
        try:
            owner = Owner(self._tenant, "tenant", "") if item.user is None else Owner(self._tenant, "user", check_name(item.user, "the user"))
            collection = _collection(item)
            where = f"{collection}: {item.key!r}"
            present = self._engine.store.documents(owner, collection, keys=[check_name(item.key, "the key")])
            value = self._redacted(owner, collection, item)
            if not present:
                complete(collections.put(self._engine, owner, collection, {item.key: value}))
                self.report.documents += 1
            elif _sorted(_value(present[0].body or b"", where), where) == _sorted(value, where):
                self.report.known += 1
            else:
                self.report.refuse(Refusal(item.line, f"{where} has another value already; remove that first"))
        except (Invalid, Damaged, Erased) as error:
            self.report.refuse(Refusal(item.line, str(error)))

    def _redacted(self, owner: Owner, collection: str, item: Kept) -> Any:
        """Return a document's value without what the memory's rules find. Of what is ours, facts alone hold words."""
        redacting = self._engine.redacting
        if redacting is None or collection in CARRIED - {FACTS}:
            return item.value
        if collection != FACTS:
            return redacting.value(owner, item.value)
        fact = decode_fact(Document(FACTS, item.key, encode_value(item.value, "fact")))
        return decode_value(encode_fact(redacting.fact(owner, fact)).body or b"", "fact")

    def _count(self, at: Address) -> int:
        state = self._engine.store.session(at.owner, at.session)
        return 0 if state is None else state.count

    def _note(self, at: Address) -> None:
        """Count a session, once."""
        self._seen.add(hash(at))
        self.report.sessions = len(self._seen)


def _collection(item: Kept) -> str:
    """Return the collection of a document: the application's own, or that of something that is known, if it can be."""
    if item.collection not in CARRIED:
        return collections.check_collection(item.collection)
    check_carried(Document(item.collection, item.key, encode_value(item.value, f"{item.collection}: {item.key!r}")))
    return item.collection


def _value(body: bytes, where: str) -> Any:
    value = decode_bytes(body)
    return decode_value(body, where) if value is None else value


def _sorted(value: Any, where: str) -> bytes:
    """Return a body that tells ``True``, ``1`` and ``1.0`` apart, which Python does not."""
    return encode_bytes(value) if isinstance(value, bytes) else pack_sorted(plain(value, where))
