"""Export: a memory's sessions and documents as Recollect's own JSON Lines."""

import os
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO, Protocol

from recollect.codec import decode_value
from recollect.codec.documents import decode_bytes
from recollect.codec.facts import CARRIED, FACTS, USES
from recollect.codec.plain import check_name
from recollect.core import conversation
from recollect.core.address import Address
from recollect.core.auditing import noted
from recollect.core.collections import RESERVED
from recollect.core.engine import Engine
from recollect.core.sessions import describe
from recollect.errors import Erased, NotFound
from recollect.model import Document, Message, Owner, SessionState
from recollect.runtime import Progress, complete
from recollect.transfer import listing
from recollect.transfer.keeper import Keeper, engine_of
from recollect.transfer.records import FORMAT, VERSION, DocumentLine, End, Header, Line, SessionLine, encoder, message_line
from recollect.transfer.replacing import replacing
from recollect.transfer.report import ExportReport

PAGE = 500
"""Messages read at a time, at the most."""

PAGE_BYTES = 1 << 20
"""Where a page of messages took more than this, the next one has half as many."""


def export_file(
    memory: Keeper,
    target: str | os.PathLike[str] | BinaryIO,
    *,
    user: str | None = None,
    progress: Progress | None = None,
) -> ExportReport:
    """Write all that is stored, of one user or of the whole tenant, as JSON Lines that ``import_file`` takes back in.

    That is: sessions with their messages, titles, metadata and times to live, facts, and the application's documents. What is
    added meanwhile may be in it or not; each session is in it up to one of its messages.

    Args:
        memory: a Memory, or an AsyncMemory (the call blocks).
        target: a path, under which the file stands once everything is on the disk, readable by its owner alone; or an open
            binary file.
        user: whose; without it, all users', the anonymous sessions' and the tenant's.
        progress: called with how many messages are written, and how many there were at the start.

    Raises:
        NotFound: the user has nothing stored, or the target's folder does not exist.
        Invalid: the target is a folder.
        StoreError: the memory cannot be read, or the file cannot be written.

    """
    engine = engine_of(memory)
    whose = None if user is None else Owner(memory.tenant, "user", check_name(user, "the user"))
    with noted(engine, "export", whose) as draft:
        if whose is not None and not engine.store.changes(whose, 0, 1):
            raise NotFound(f"nothing is stored for user {user!r}; check the name, and the tenant")
        with replacing(target) if isinstance(target, str | os.PathLike) else nullcontext(target) as out:
            report = Exporting(engine._replace(audit=None), out, progress).run(memory.tenant, whose)
        draft.count(sessions=report.sessions, messages=report.messages, documents=report.documents)
    return report


class Out(Protocol):
    """Where lines go."""

    def write(self, data: bytes, /) -> Any:
        """Take some bytes."""
        ...


def carried(document: Document) -> bool:
    """Tell whether a document is exported as such: an application's, or what is known of a user."""
    return document.collection in CARRIED or not document.collection.startswith(RESERVED)


class Exporting:
    """A file that grows, and the report of it.

    Args:
        engine: what is read.
        out: where the lines go.
        progress: as for export_file.
        seen: called with each message that was written.

    """

    def __init__(self, engine: Engine, out: Out, progress: Progress | None, seen: Callable[[Message], None] = lambda _: None) -> None:
        self.report = ExportReport()
        self._engine = engine
        self._out = out
        self._progress = progress
        self._seen = seen
        self._total = 0

    def run(self, tenant: str, owner: Owner | None) -> ExportReport:
        """Write a whole file: of one owner, or of all."""
        store = self._engine.store
        if self._progress is not None:
            owners = (each for each in self._readable(tenant, owner) if each.kind != "tenant")
            self._total = sum(count for each in owners for _, count in listing.sessions(store, each))
        self._write(Header(FORMAT, VERSION, datetime.now(UTC)))
        for each in self._readable(tenant, owner):
            self._owner(each)
        self._write(End(self.report.sessions, self.report.messages, self.report.documents))
        return self.report

    def _readable(self, tenant: str, only: Owner | None) -> Iterator[Owner]:
        """Yield one owner, or all, but for those whose keys were destroyed, and who stand in a copy of the database from before."""
        for owner in listing.owners(self._engine.store, tenant, only):
            try:
                self._engine.store.changes(owner, 0, 1)
            except Erased:
                if only is not None:
                    raise
                continue
            yield owner

    def _owner(self, owner: Owner) -> None:
        for name, _ in listing.sessions(self._engine.store, owner) if owner.kind != "tenant" else ():  # the tenant's hold its audit
            state = self._engine.store.session(owner, name)
            if state is not None:  # it may have gone meanwhile
                self._session(owner, state)
        if owner.kind != "session":
            shown = {id for fact in self._engine.knowledge.facts(owner) for id in (fact.id, *fact.also)}
            for document in listing.documents(self._engine.store, owner):
                if document.collection in (FACTS, USES) and document.key not in shown:
                    continue  # it rests on a session whose time is over
                if carried(document):
                    self._document(owner, document)
        self.report.users += owner.kind == "user"

    def _session(self, owner: Owner, state: SessionState) -> None:
        """Write a session up to its present last message."""
        info = describe(owner, state)
        ttl = None if state.ttl is None else timedelta(microseconds=state.ttl)
        self.report.sessions += 1
        self._write(SessionLine(self.report.sessions, info.id, info.count, info.user, info.title, info.metadata, ttl))
        at, after, size = Address(owner, state.name), 0, PAGE // 8
        while messages := complete(conversation.read(self._engine, at, last=None, after=after, before=state.position + 1, limit=size)):
            written = 0
            for message in messages:
                written += self._write(message_line(message, self.report.sessions))
                self._seen(message)
            size = max(1, size // 2) if written > PAGE_BYTES else min(PAGE, size * 2)
            after = messages[-1].position or 0
            self.report.messages += len(messages)
            if self._progress is not None:
                self._progress(self.report.messages, max(self.report.messages, self._total))

    def _document(self, owner: Owner, document: Document) -> None:
        user = owner.name if owner.kind == "user" else None
        body = document.body or b""
        value = decode_bytes(body)
        if value is None:
            where = f"{document.collection}: {document.key!r}"
            self._write(DocumentLine(user, document.collection, document.key, value=decode_value(body, where)))
        else:
            self._write(DocumentLine(user, document.collection, document.key, base64=value))
        self.report.documents += 1

    def _write(self, line: Line) -> int:
        """Write a line, and return its bytes."""
        raw = encoder.encode(line)
        self._out.write(raw + b"\n")
        return len(raw)
