"""Replaying: what waits in the spool is done to the primary, in order, by one process at a time."""

import logging
import time
from collections import deque
from collections.abc import Callable, Container
from contextlib import ExitStack, suppress
from pathlib import Path

from msgspec.structs import replace

from recollect.errors import Busy, Conflict, Invalid, StoreError
from recollect.model import Entry, Owner
from recollect.store.failover.operations import Append, Clear, Delete, Erase, Expire, Operation, Put, Rewrite, Update, digest
from recollect.store.failover.spool import Row, Spool
from recollect.store.files.locks import locked
from recollect.store.protocol import Store

BATCH = 64
"""Operations that are read at a time. So many appends may be sent before the spool is told that they are done: they can be repeated."""

PAGE = 200
"""Entries that are read at a time."""

Gone = Callable[[Store, Owner], bool]
"""Tells of a store whether an owner was erased there, and is to stay so."""

Held = Callable[[Store, Owner, str | None], bool]
"""Tells of a store whether something of an owner, or of one of its sessions, is not to be removed there."""

RACES = 20
"""How often a write is tried again that somebody else came before."""

_logger = logging.getLogger("recollect")


class Replay:
    """Brings operations from a spool to the primary.

    ``overtaken`` counts the appends whose session had moved on from what they expected. ``expired`` are the sessions that the primary has
    deleted since their time was over, and that nobody was told of yet. ``gone`` tells who was erased meanwhile, so that nothing of theirs
    is replayed; until it is known, ``unasked`` keeps of whom something was. ``held`` tells of whom nothing is to be removed.
    """

    def __init__(self, spool: Spool, primary: Callable[[], Store]) -> None:
        self._spool = spool
        self._primary = primary
        self._lock = Path(f"{spool.path}-lock")
        self.overtaken = 0
        self.expired: deque[tuple[Owner, str]] = deque()
        self.gone: Gone | None = None
        self.held: Held | None = None
        self.unasked: set[Owner] = set()

    def run(self, owner: Owner | None, deadline: float) -> bool:
        """Replay what waits of an owner, until there is no more. Returns whether that is so.

        Args:
            owner: whose; None for what belongs to no owner.
            deadline: in seconds of ``time.monotonic``: when to stop, be it while others replay.

        Raises:
            StoreError: the primary failed. What it had acknowledged has left the list; the rest waits.

        """
        with ExitStack() as held:
            try:
                held.enter_context(locked(self._lock, exclusive=True, make=False, deadline=deadline))
            except Busy:
                return False
            while rows := self._spool.waiting(owner, BATCH):
                if self._is_gone(owner) and not isinstance(rows[-1].operation, Erase):
                    self._spool.add(owner, Erase(), rows[-1].at, behind=None, tried=False)  # in the place of all the others
                    _logger.warning("operations that waited of a user who was erased meanwhile were dropped")
                elif not self._replay(rows, deadline):
                    return False
            self._spool.settle(owner, ())
            self._look_behind(owner)
        return True

    def keep_out(self, gone: Gone) -> None:
        """Ask from now on whether an owner was erased; of those of whom something was replayed before, at once."""
        self.gone = gone
        while self.unasked:
            self._look_behind(self.unasked.pop())

    def _is_gone(self, owner: Owner | None) -> bool:
        return owner is not None and self.gone is not None and self.gone(self._primary(), owner)

    def _look_behind(self, owner: Owner | None) -> None:
        """Take back what was just replayed, if its owner was erased meanwhile."""
        if owner is None:
            return
        if self.gone is None:
            self.unasked.add(owner)
        elif self._is_gone(owner):
            self._primary().erase(owner)
            self._spool.forget_owner(owner)

    def expire(self, primary: Store) -> None:
        """Have the primary delete the sessions whose time is over, and note which."""
        try:
            self.expired.extend(primary.expire())
        except StoreError as error:
            self.expired.extend(error.expired)
            error.expired = ()
            raise

    def _replay(self, rows: list[Row], deadline: float) -> bool:
        """Replay some operations, in order, as long as there is time. Returns whether there was time for all."""
        done: list[int] = []
        try:
            for row in rows:
                if not isinstance(row.operation, Append) and done:
                    done = self._settle(row, done)
                reason = self._send(row)
                if reason is None:
                    done.append(row.number)
                else:
                    done = self._settle(row, done)
                    self._refuse(row, reason)
                if not isinstance(row.operation, Append):
                    done = self._settle(row, done)
                if time.monotonic() > deadline:
                    return False
            return True
        finally:
            self._settle(rows[0], done)

    def _settle(self, row: Row, done: list[int]) -> list[int]:
        if done:
            self._spool.settle(row.owner, done)
        return []

    def _refuse(self, row: Row, reason: str) -> None:
        self._spool.refuse(row, reason)
        _logger.error("an operation that was acknowledged while the primary was down is refused by it: see Failover.refused(), number %d", row.number)

    def _send(self, row: Row) -> str | None:
        """Do an operation to the primary. Returns why it must not be done, or None."""
        try:
            return self._do(row)
        except (Conflict, Invalid) as error:
            return str(error)

    def _do(self, row: Row) -> str | None:
        primary, owner, operation = self._primary(), row.owner, row.operation
        if self.held is not None and owner is not None and _removes(operation) and self.held(primary, owner, _session(operation)):
            return "a legal hold forbids it, which was not known of in the outage; release it, and do it anew"
        if isinstance(operation, Expire) or owner is None:
            self.expire(primary)
        elif isinstance(operation, Append):
            self._append(owner, operation)
        elif isinstance(operation, Clear):
            primary.clear_session(owner, operation.session)
        elif isinstance(operation, Delete):
            self._delete(owner, operation)
        elif isinstance(operation, Erase):
            primary.erase(owner)
        elif isinstance(operation, Rewrite):
            return self._race(lambda: self._rewrite(owner, operation))
        elif isinstance(operation, Update):
            return self._race(lambda: self._update(owner, operation))
        elif operation.seen:
            return self._put_seen(row, owner, operation)
        else:
            primary.put(owner, operation.documents)
        return None

    def _append(self, owner: Owner, operation: Append) -> None:
        primary = self._primary()
        if operation.behind is not None:
            last = primary.entries(owner, operation.session, limit=1, newest=True)
            if not _stands(last, operation):
                self.overtaken += 1
                _logger.warning("session %r moved on while the primary was down: messages that expected its former end follow", operation.session)
        primary.append(owner, operation.session, operation.entries)

    def _delete(self, owner: Owner, operation: Delete) -> None:
        """Delete a session; where its end was expected, only while it holds what it held: what came meanwhile stays, and the deletion is dropped."""
        primary, name = self._primary(), operation.session
        if operation.behind is None:
            primary.delete_session(owner, name)
            return
        state = primary.session(owner, name)
        last = [entry.id for entry in primary.entries(owner, name, limit=1, newest=True)]
        if state is not None and (state.count, last) == (operation.count, [operation.behind] if operation.count else []):
            with suppress(Conflict):  # somebody has written since
                primary.delete_session(owner, name, expect=state.position)

    def _rewrite(self, owner: Owner, operation: Rewrite) -> str | None:
        """Rewrite entries that hold what was seen of them, or what they are to hold already, by whatever edition they have."""
        name = operation.session
        wanted = {entry.id: (entry, seen) for entry, seen in zip(operation.entries, operation.seen, strict=True)}
        found = self._of(owner, name, wanted)
        left = [was for was in found if (was.tokens, was.digest, was.body) != _content(wanted[was.id][0])]
        if not left:
            return None
        other = next((was for was in left if digest(was.body) != wanted[was.id][1]), None)
        news = left if other is not None else [replace(wanted[was.id][0], position=was.position) for was in left]
        # also where it is refused: the edition rises, so that nobody takes for this one what was shown in the outage
        self._primary().rewrite(owner, name, news, edition=left[0].edition)
        return None if other is None else f"message {other.id!r} of session {name!r} is not what was seen in the outage; rewrite it anew"

    def _of(self, owner: Owner, session: str, ids: Container[str]) -> list[Entry]:
        """Return those of a session's entries that have one of the ids."""
        found: list[Entry] = []
        after = 0
        while page := self._primary().entries(owner, session, after=after, limit=PAGE):
            found += [entry for entry in page if entry.id in ids]
            after = page[-1].position
        return found

    def _update(self, owner: Owner, operation: Update) -> str | None:
        state = self._primary().session(owner, operation.session)
        settings, revision, ttl = (None, 0, None) if state is None or not state.revision else (state.settings, state.revision, state.ttl)
        if (settings, ttl) == (operation.settings, operation.ttl):
            return None
        if digest(settings) != operation.seen:
            return f"the settings of session {operation.session!r} are not those that were seen in the outage; update it anew"
        self._primary().update_session(owner, operation.session, operation.settings, ttl=operation.ttl, expect=revision)
        return None

    def _put_seen(self, row: Row, owner: Owner, operation: Put) -> str | None:
        """Write documents if what was expected of some is still so, by their content: positions of an outage mean nothing to the primary."""
        if row.tried and self._written(owner, operation):
            return None
        self._spool.mark(row.number)

        def put() -> str | None:
            expect = {}
            for seen in operation.seen:
                found = self._primary().documents(owner, seen.collection, keys=[seen.key])
                if digest(found[0].body if found else None) != seen.digest:
                    return f"{seen.key!r} in {seen.collection!r} is not what was seen in the outage; write it anew"
                expect[seen.collection, seen.key] = found[0].position if found else 0
            self._primary().put(owner, operation.documents, expect=expect)
            return None

        return self._race(put)

    def _written(self, owner: Owner, operation: Put) -> bool:
        """Tell whether the primary has all of an operation's documents: it may have been done before its answer was lost."""
        for document in operation.documents:
            found = self._primary().documents(owner, document.collection, keys=[document.key])
            if (found[0].body if found else None) != document.body:
                return False
        return True

    def _race(self, attempt: Callable[[], str | None]) -> str | None:
        """Try until nobody else writes in between."""
        for _ in range(RACES):
            try:
                return attempt()
            except Conflict:
                continue
        raise Busy("others keep writing what is to be replayed; it is tried again later")


def _content(entry: Entry) -> tuple[int | None, bytes, bytes]:
    return entry.tokens, entry.digest, entry.body


def _removes(operation: Operation) -> bool:
    """Tell whether an operation takes something from an owner that goes on. An erasure is another matter."""
    if isinstance(operation, Put):
        return any(document.body is None for document in operation.documents)
    return isinstance(operation, Clear | Delete | Rewrite) or (isinstance(operation, Update) and operation.ttl is not None)


def _session(operation: Operation) -> str | None:
    return operation.session if isinstance(operation, Clear | Delete | Rewrite | Update) else None


def _stands(last: list[Entry], operation: Append) -> bool:
    """Tell whether a session ends where an append expected it, or with what it has appended before."""
    if not last:
        return operation.behind == ""
    return last[0].id == operation.behind or any(last[0].id == entry.id for entry in operation.entries)
