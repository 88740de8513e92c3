"""Redacting what stands in a ledger, page by page."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from msgspec.structs import replace

from recollect.codec import decode_message, decode_value, encode_message, encode_value
from recollect.codec.documents import decode_bytes
from recollect.codec.facts import FACTS, decode_fact, encode_fact
from recollect.core.collections import RESERVED
from recollect.core.counting import Counting
from recollect.core.redacting import UNKNOWN, Redacting, redacted_message, redacted_statement
from recollect.core.renaming import new_id_of, rename
from recollect.errors import Conflict, Damaged, NewerFormat
from recollect.model import Document, Entry, Fact, Message, Owner
from recollect.privacy.redaction import Number, Redaction, redact_json
from recollect.store.protocol import SETTINGS, Store

T = TypeVar("T")

PAGE = 500
"""Changes of a ledger that are looked through at a time."""


class Counts:
    """What was looked at and what was changed, by place: messages, facts, documents, sessions. And what was found, by kind."""

    def __init__(self) -> None:
        self.looked = Counter[str]()
        self.changed = Counter[str]()
        self.found = Counter[str]()
        self.unread = 0


class Sweep:
    """Goes through the ledger of an owner. Only what holds values is written, each session's messages at once.

    Whatever somebody else writes first is read again: no write of others is undone.
    """

    def __init__(self, store: Store, owner: Owner, redacting: Redacting, counts: Counts, *, dry_run: bool) -> None:
        self.dry_run = dry_run
        self.rules = redacting.rules
        self.last: Entry | None = None
        """The last message of the latest page."""
        self.stale = False
        """Whether facts were changed, so that what was derived of them holds former words."""
        self._counting = Counting.of(redacting.rules, Counter())
        self.renamed: dict[str, str] = {}
        """The new ids of facts whose ids told what they said."""
        self._written: set[int] = set()
        self._unread: set[int] = set()
        self._store = store
        self._owner = owner
        self._redacting = redacting
        self._counts = counts

    def page(self, after: int) -> int | None:
        """Look through the first changes beyond a position, and return where they end; None if there are no more."""
        while True:  # ends: each round that fails is another writer's success
            items = self._store.changes(self._owner, after, PAGE)
            looked = Counter[str]()
            self._unread.clear()
            try:
                if self._owner.kind != "tenant":  # whose entries are the audit's records
                    looked["messages"] = self._messages([item for item in items if isinstance(item, Entry)])
                for item in items:
                    if isinstance(item, Document) and item.body is not None and item.position not in self._written:
                        looked[self._document(item, item.body)] += 1
            except Conflict:
                continue
            self._counts.looked += looked
            self._counts.unread += len(self._unread)
            self.last = next((item for item in reversed(items) if isinstance(item, Entry)), None)
            return items[-1].position if items else None

    def _messages(self, entries: Sequence[Entry]) -> int:
        sessions: dict[str, list[Entry]] = {}
        for entry in entries:
            sessions.setdefault(entry.session, []).append(entry)
        for session, some in sessions.items():
            found = Counter[str]()
            messages = [message for message in self._read(some) if self._holds(redacted_message, message, found)]
            if messages and not self.dry_run:
                redacted = zip(messages, self._redacting.messages(self._owner, messages), strict=True)
                new = [replace(encode_message(made, f"message {was.id!r}"), position=was.position or 0) for was, made in redacted]
                self._store.rewrite(self._owner, session, new, edition=some[0].edition)
            self._note("messages", len(messages), found)
        return len(entries)

    def _read(self, entries: Sequence[Entry]) -> Iterator[Message]:
        for entry in entries:
            try:
                yield decode_message(entry)
            except (Damaged, NewerFormat):
                self._unread.add(entry.position)

    def _document(self, document: Document, body: bytes) -> str:
        try:
            return self._value(document, body)
        except (Damaged, NewerFormat):
            self._unread.add(document.position)
            return "unread"

    def _value(self, document: Document, body: bytes) -> str:
        if document.collection == SETTINGS:
            return self._settings(document.key)
        if document.collection == FACTS:
            return self._fact(document)
        if document.collection.startswith(RESERVED):
            return "reserved"
        if decode_bytes(body) is not None:
            return "binary"
        value, found = decode_value(body, f"{document.collection}: {document.key!r}"), Counter[str]()
        if self._holds(redact_json, value, found):
            if not self.dry_run:
                new = encode_value(self._redacting.value(self._owner, value), f"{document.collection}: {document.key!r}")
                self._put(document, Document(document.collection, document.key, new))
            self._note("documents", 1, found)
        return "documents"

    def _fact(self, document: Document) -> str:
        fact, found = decode_fact(document), Counter[str]()
        if self._holds(redacted_statement, fact, found):
            if not self.dry_run:
                self._write(self._redacting.fact(self._owner, fact), document)
            self._note("facts", 1, found)
        return "facts"

    def _write(self, fact: Fact, former: Document) -> None:
        new = replace(fact, id=new_id_of(fact))
        if new.id == fact.id:
            self._put(former, encode_fact(fact))
        else:
            self._written.add(rename(self._store, self._owner, new, former))
            self.renamed[fact.id] = new.id
        self.stale = True

    def _settings(self, session: str) -> str:
        state, found = self._store.session(self._owner, session), Counter[str]()
        if state is None or state.settings is None:
            return "reserved"
        settings = decode_value(state.settings, f"session {session!r}")
        if self._holds(redact_json, settings, found):
            if not self.dry_run:
                body = encode_value(self._redacting.value(self._owner, settings), "session")
                self._written.add(self._store.update_session(self._owner, session, body, ttl=state.ttl, expect=state.revision))
            self._note("sessions", 1, found)
        return "sessions"

    def _holds(self, redact: Callable[[Redaction, T, Number], object], what: T, found: Counter[str]) -> bool:
        """Tell whether something holds values, which are added to those found."""
        self._counting.counts.clear()
        redact(self._counting, what, _no_number)
        found += self._counting.counts
        return bool(self._counting.counts)

    def _put(self, old: Document, new: Document) -> None:
        self._written.add(self._store.put(self._owner, [new], expect={(old.collection, old.key): old.position}))

    def _note(self, place: str, number: int, found: Counter[str]) -> None:
        if number:
            self._counts.changed[place] += number
            self._counts.found += found


def _no_number(_kind: str, _value: str) -> int:
    return UNKNOWN
