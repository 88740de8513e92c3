"""Writing the audit: one chain a process, and one commit for all threads that wait."""

from collections import deque
from collections.abc import Callable
from logging import getLogger
from os import getpid
from threading import Lock
from time import monotonic

from msgspec import Struct
from msgspec.structs import replace

from recollect.errors import Conflict, RecollectError, StoreError
from recollect.model import Entry, new_id
from recollect.privacy.audit.anchoring import Anchored
from recollect.privacy.audit.anchors import Anchor, sealed
from recollect.privacy.audit.key import Key
from recollect.privacy.audit.place import entry_of, ledger, session_of
from recollect.privacy.audit.record import Head, Record, sign
from recollect.privacy.audit.registry import Change, register
from recollect.privacy.audit.settings import Audit
from recollect.privacy.audit.soon import Soon
from recollect.store.protocol import Clock, Store, system_clock

MOST = 100_000
"""Records of a chain: then the next one begins, so that old ones can be cut off as a whole."""

OLDEST = 86_400.0
"""Seconds for which a chain is written, for the same reason: a day."""


class _Ticket:
    """One caller's record, and what became of it."""

    __slots__ = ("awaited", "done", "error", "number", "record")

    def __init__(self, record: Record, *, awaited: bool) -> None:
        self.record = record
        self.awaited = awaited
        self.done = False
        self.error: RecollectError | None = None
        self.number = 0


class _Chain(Struct):
    """A chain that is being written. ``doubtful`` are entries of which it is not known whether they are stored: they go along with the next."""

    head: Head
    since: float
    doubtful: list[Entry] = []


class Log:
    """The audit of one tenant, as one process writes it.

    Args:
        store: where the records go.
        tenant: whose audit.
        audit: key, anchors, and how often.
        clock: what the records' times go by.

    """

    def __init__(self, store: Store, tenant: str, audit: Audit, clock: Clock = system_clock) -> None:
        self._store = store
        self._owner = ledger(tenant)
        self._audit = audit
        self._keys = [key.of(tenant) for key in audit.keys]
        self._clock = clock
        self._chain: _Chain | None
        self._anchored: Anchored | None
        self._soon: Soon
        self._begin_anew()

    def write(self, record: Record) -> int:
        """Put a record at the end of the chain, and return its number once it is durable.

        Args:
            record: all but its chain, number, link and time.

        Raises:
            StoreError: it may not be there; ``outcome`` tells.
            Invalid: the memory's audit was written with another key.

        """
        if self._process != getpid():  # a fork takes the chain along, which is its parent's
            self._begin_anew()
        ticket = _Ticket(replace(record, at=self._clock()), awaited=True)
        self._waiting.append(ticket)
        with self._lock:
            if not ticket.done:
                self._commit()
        if self._anchored is not None:
            self._anchored.if_due()
        if ticket.error is not None:
            raise ticket.error
        return ticket.number

    def write_later(self, record: Record) -> None:
        """Have a record written with the next one, or within the delay at the latest. If that fails, it is kept, and the next one is awaited.

        Raises:
            StoreError, Invalid: as write, where those before could not be written.

        """
        if self._behind or self._process != getpid():
            self.write(record)
            return
        self._waiting.append(_Ticket(replace(record, at=self._clock()), awaited=False))
        self._soon.ask()

    @property
    def chain(self) -> str | None:
        """The chain that is being written."""
        return None if self._chain is None else self._chain.head.chain

    @property
    def keys(self) -> list[Key]:
        """The keys by which records are checked; the first one signs."""
        return self._keys

    def now(self) -> int:
        """Return the time, in microseconds since 1970."""
        return self._clock()

    def register(self, change: Change) -> None:
        """Add a record to the registry."""
        with self._lock:
            self._registered(change)

    def close(self) -> None:
        """Note the chain's end, and anchor it. A chain whose end cannot be noted has none."""
        self._soon.close()
        self._behind = True  # what is noted from now on is awaited
        with self._lock:
            if self._waiting and self._process == getpid():
                self._commit()
            chain, self._chain = self._chain, None
            if chain is not None and self._process == getpid():
                try:
                    if chain.doubtful:
                        self._store.append(self._owner, session_of(chain.head.chain), chain.doubtful)
                    self._registered(Change(self._clock(), ends=[chain.head]))
                except RecollectError as error:
                    getLogger("recollect").warning("the end of the audit's chain could not be noted: %s", error)
        if self._anchored is not None:
            self._anchored.flush()

    def _begin_anew(self) -> None:
        self._process = getpid()
        self._lock = Lock()
        self._waiting: deque[_Ticket] = deque()
        self._chain = None
        self._behind = False
        self._soon = Soon(self.flush, self._audit.delay)
        self._anchored = None if self._audit.keep is None else Anchored(self._audit.keep, self._audit.every, self._audit.seconds)

    def _commit(self) -> None:
        """Write what all waiting callers have handed in, as one batch."""
        tickets: list[_Ticket] = []
        while self._waiting:
            tickets.append(self._waiting.popleft())
        try:
            self._write(tickets)
            self._behind = False
        except RecollectError as error:
            for ticket in tickets:
                ticket.error = error
            self._keep_unawaited(tickets, error)
        except BaseException:
            for ticket in tickets:
                ticket.error = StoreError("the audit's record was interrupted; repeat the call", "unknown")
            raise
        finally:
            for ticket in tickets:
                ticket.done = True

    def _keep_unawaited(self, tickets: list[_Ticket], error: RecollectError) -> None:
        """Keep the records for which nobody waits, where they are not written: those in doubt are kept already."""
        unawaited = [_Ticket(ticket.record, awaited=False) for ticket in tickets if not ticket.awaited]
        if unawaited:
            self._behind = True
            getLogger("recollect").warning("%d records of the audit could not be written yet: %s", len(unawaited), error)
            if error.outcome == "failed":
                self._waiting.extendleft(reversed(unawaited))

    def flush(self) -> None:
        """Write what may wait."""
        with self._lock:
            if self._waiting:
                self._commit()

    def _write(self, tickets: list[_Ticket]) -> None:
        chain = self._opened()
        head, entries = chain.head, list[Entry]()
        for ticket in tickets:
            record = replace(ticket.record, chain=head.chain, number=head.number + 1, link=head.mac)
            body, mac = sign(record, self._keys[0])
            entries.append(entry_of(record, body, mac))
            head = Head(head.chain, record.number, mac)
            ticket.number = record.number
        before = chain.doubtful
        chain.doubtful = [*before, *entries]
        try:
            self._store.append(self._owner, session_of(head.chain), chain.doubtful)
            chain.doubtful = []
        except Conflict as error:
            chain.doubtful, self._chain = before, None
            raise StoreError("the audit's chain has a record that this process has not written; run: recollect verify") from error
        except StoreError as error:
            if error.outcome == "failed":
                chain.doubtful, head = before, chain.head
            raise
        finally:
            chain.head = head  # of what is in doubt, too: it is written with the next
        self._moved(chain.head, len(tickets))

    def _opened(self) -> _Chain:
        """Return the chain, begun where there is none, or where it is full or old."""
        chain = self._chain
        if chain is not None and (chain.doubtful or (chain.head.number < MOST and monotonic() - chain.since < OLDEST)):
            return chain
        name = new_id()
        start = self._registered(Change(self._clock(), name, [] if chain is None else [chain.head]))
        self._chain = _Chain(Head(name, 0, start.mac), monotonic())
        return self._chain

    def _registered(self, change: Change) -> Head:
        head = register(self._store, self._owner, self._keys, change)
        self._moved(head, self._audit.every)  # the anchor is due: from its first record on, the chain is known elsewhere
        for end in change.ends:
            self._moved(end, 0)
        return head

    def _moved(self, head: Head, records: int) -> None:
        if self._anchored is not None and head.number:
            self._anchored.moved(head.chain, self._anchor(head), records)

    def _anchor(self, head: Head) -> Callable[[], Anchor]:
        return lambda: sealed(Anchor(self._owner.tenant, head.chain, head.number, head.mac, self._clock()), self._keys[0])
