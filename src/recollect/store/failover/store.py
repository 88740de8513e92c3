"""A store made of stores: the primary, and while it is down its copy, and a spool of what is to be done to it."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TypeVar

from recollect.model import Document, Entry, Owner, Saved, SessionState
from recollect.store.failover import reading, writing
from recollect.store.failover.breaker import Breaker
from recollect.store.failover.copy import Copy
from recollect.store.failover.member import Member, Source
from recollect.store.failover.outage import Outage
from recollect.store.failover.overlay import Overlay
from recollect.store.failover.positions import BORROWED, PROVISIONAL, Foreign
from recollect.store.failover.replay import Gone, Held
from recollect.store.failover.routing import Routing
from recollect.store.failover.spool import Refused, Spool
from recollect.store.failover.state import Down, FailoverState
from recollect.store.failover.ways import Ways
from recollect.store.lifetime import Lifetime
from recollect.store.protocol import Clock, Store, system_clock
from recollect.store.scrubs import Keeps, Scrubs
from recollect.store.url import shown

T = TypeVar("T")


class Failover:
    """A store that goes on while its primary is down.

    Then writes are kept in a local spool, durably, and are replayed in order when the primary is back; reads are served from the
    fallback, with what was spooled on top. An owner's calls return to the primary when all that the owner had waiting is there.

    In an outage, what is read may lag as far as the fallback does, and positions are of the outage alone: ``is_provisional`` tells.
    The positions that writes return hold until the replay. ``changes`` tells nothing that the primary has not settled. Removals
    are replayed on whatever is there by then. What the primary refuses at the replay is kept: see ``refused``.

    Args:
        primary: the store, or its URL, or a function that opens it. The latter two are opened when first needed, so that a process
            can begin in an outage, and closed by ``close``.
        fallback: holds a copy of the primary (kept by ``recollect copy --follow``, say, or by the database's replication), which may
            lag, or be empty. It is only read.
        spool: the path of a local file, which is made if it is absent. Processes of one machine should share it: then they see
            each other's writes in an outage.
        replica: the fallback's positions are the primary's own, as those of a database's replica are; those of a copy are not.
        pause: seconds from a failure to the first check whether the primary is back; the following pauses double, up to ``longest``.
        longest: seconds between two such checks.
        patience: seconds that a call waits for the replay of what its owner has waiting, before it goes round the primary once more.
        clock: tells when a session has expired in an outage. Give the primary the same.

    Raises:
        StoreError: the spool cannot be opened.

    """

    def __init__(
        self,
        primary: Source,
        fallback: Source,
        *,
        spool: str | os.PathLike[str],
        replica: bool = False,
        pause: float = 0.2,
        longest: float = 5.0,
        patience: float = 1.0,
        clock: Clock = system_clock,
    ) -> None:
        self._primary, self._fallback = Member(primary), Member(fallback)
        self._spool = Spool(spool, wait=30.0, primary=shown(primary) if isinstance(primary, str) else None)
        self._breaker = Breaker(pause, longest)
        self._routing = Routing(self._primary, self._spool, self._breaker, patience)
        self._copy = Copy(self._fallback, replica=replica)
        self._outage = Outage(self._copy, self._spool, clock)
        self._ways = Ways(self._routing, self._outage)
        self._foreign = Foreign(PROVISIONAL if replica else BORROWED)
        self._lifetime = Lifetime()

    # how it stands

    @property
    def state(self) -> FailoverState:
        """How it stands now. It asks the spool, and not the primary."""
        self._lifetime.check()
        counts = self._spool.counts()
        down = self._breaker.open
        return FailoverState(
            primary="down" if down else "returning" if counts.waiting else "up",
            since=self._breaker.since,
            error=self._breaker.error,
            waiting=counts.waiting,
            lag=0.0 if counts.oldest is None else max(time.time() - counts.oldest / 1e6, 0.0),
            refused=counts.refused,
            overtaken=self._routing.replayed.overtaken,
            degraded_reads=self._ways.reads,
            spooled_writes=self._ways.writes,
        )

    def check(self) -> bool:
        """Ask the primary whether it answers, and return that. Calls do so by themselves."""
        self._lifetime.check()
        return self._routing.check()

    def replay(self, seconds: float | None = None) -> bool:
        """Replay what waits, now, for so many seconds at the most. Returns whether nothing waits any more. Calls do so by themselves, bit by bit."""
        self._lifetime.check()
        return self._routing.check() and self._routing.replay(seconds)

    def refused(self) -> list[Refused]:
        """Return the acknowledged operations that the primary did not take when it was back, with the reason, the oldest first."""
        self._lifetime.check()
        return self._spool.refused()

    def forget(self, number: int) -> bool:
        """Remove a refused operation for good, once it has been dealt with. Returns whether there was one of this number."""
        self._lifetime.check()
        return self._spool.forget(number)

    def keep_out(self, gone: Gone) -> None:
        """Have nobody brought back by a replay of whom ``gone`` tells that the primary has erased them. A memory does so when it is opened."""
        self._routing.replayed.keep_out(gone)

    def hold_back(self, held: Held) -> None:
        """Have no replay remove anything of whom ``held`` tells that the primary has them under a legal hold. A memory does so when it is opened."""
        self._routing.replayed.held = held

    # the store

    def append(self, owner: Owner, session: str, entries: Sequence[Entry], *, expect: int | None = None) -> int:
        """See Store.append."""
        return self._write(owner, lambda store: store.append(owner, session, entries, expect=expect), writing.append(session, entries, expect))

    def entries(
        self,
        owner: Owner,
        session: str,
        *,
        after: int = 0,
        before: int | None = None,
        limit: int | None = None,
        newest: bool = False,
        opening: int = 0,
    ) -> list[Entry]:
        """See Store.entries. A position from an outage that is over means nothing as ``after``, and is refused as ``before``."""
        return self._read(
            owner,
            lambda store: store.entries(
                owner, session, after=self._foreign.lower(after), before=self._foreign.upper(before), limit=limit, newest=newest, opening=opening
            ),
            lambda overlay, now: reading.entries(overlay, session, after, before, limit, newest, opening, now),
        )

    def at(self, owner: Owner, positions: Sequence[int]) -> list[Entry]:
        """See Store.at."""
        return self._read(
            owner,
            lambda store: store.at(owner, self._foreign.leave_out(positions)),
            lambda overlay, now: reading.at(overlay, positions, now),
        )

    def rewrite(self, owner: Owner, session: str, entries: Sequence[Entry], *, edition: int) -> int:
        """See Store.rewrite. Entries that were read before the outage, or in another one, are a Conflict where their positions mean nothing."""
        return self._write(
            owner,
            lambda store: store.rewrite(owner, session, self._foreign.known(entries), edition=edition),
            writing.rewrite(session, entries, edition),
            repeatable=False,
        )

    def session(self, owner: Owner, session: str) -> SessionState | None:
        """See Store.session."""
        return self._read(owner, lambda store: store.session(owner, session), lambda overlay, now: reading.session(overlay, session, now))

    def sessions(self, owner: Owner, *, after: int | None = None, limit: int) -> list[SessionState]:
        """See Store.sessions. A position from an outage that is over is refused."""
        return self._read(
            owner,
            lambda store: store.sessions(owner, after=self._foreign.upper(after), limit=limit),
            lambda overlay, now: reading.sessions(overlay, after, limit, now),
        )

    def update_session(self, owner: Owner, session: str, settings: bytes, *, ttl: int | None, expect: int) -> int:
        """See Store.update_session."""
        return self._write(
            owner,
            lambda store: store.update_session(owner, session, settings, ttl=ttl, expect=expect),
            writing.update_session(session, settings, ttl, expect),
            repeatable=False,
        )

    def clear_session(self, owner: Owner, session: str) -> bool:
        """See Store.clear_session. In an outage, it tells whether the fallback or the spool has such a session."""
        return bool(self._write(owner, lambda store: store.clear_session(owner, session), writing.clear_session(session)))

    def delete_session(self, owner: Owner, session: str, *, expect: int | None = None) -> bool:
        """See Store.delete_session. In an outage, it tells whether the fallback or the spool has such a session."""
        return bool(
            self._write(
                owner,
                lambda store: store.delete_session(owner, session, expect=expect),
                writing.delete_session(session, expect),
                repeatable=expect is None,
            )
        )

    def put(self, owner: Owner, documents: Sequence[Document], *, expect: Mapping[tuple[str, str], int] | None = None) -> int:
        """See Store.put."""
        return self._write(
            owner,
            lambda store: store.put(owner, documents, expect=expect),
            writing.put(documents, expect or {}),
            repeatable=not expect,
        )

    def documents(
        self,
        owner: Owner,
        collection: str,
        *,
        keys: Sequence[str] | None = None,
        prefix: str = "",
        after: str | None = None,
        limit: int | None = None,
    ) -> list[Document]:
        """See Store.documents."""
        return self._read(
            owner,
            lambda store: store.documents(owner, collection, keys=keys, prefix=prefix, after=after, limit=limit),
            lambda overlay, _: reading.documents(overlay, collection, keys, prefix, after, limit),
        )

    def changes(self, owner: Owner, after: int, limit: int) -> list[Entry | Document]:
        """See Store.changes. In an outage, a replica tells what it has, and nothing that waits in the spool; a copy is refused."""
        return self._read(
            owner,
            lambda store: store.changes(owner, self._foreign.lower(after), limit),
            lambda overlay, _: [] if overlay.erased else self._copy.changes(owner, after, limit),
        )

    def save(self, owner: Owner, name: str, position: int, parts: Sequence[bytes]) -> bool:
        """See Store.save. In an outage, nothing is kept."""
        self._lifetime.check()
        if not self._routing.ready(owner):
            return False
        try:
            kept = self._routing.ask(lambda store: store.save(owner, name, position, parts), repeatable=True)
        except Down:
            return False
        self._routing.look_after()
        return kept

    def saved(self, owner: Owner, name: str) -> Saved | None:
        """See Store.saved. In an outage, there is none."""
        return self._read(owner, lambda store: store.saved(owner, name), lambda _, __: None)

    def recent(self, tenant: str, *, limit: int) -> list[tuple[Owner, SessionState]]:
        """See Store.recent."""
        return self._read_all(lambda store: store.recent(tenant, limit=limit), lambda: self._outage.recent(tenant, limit))

    def owners(self, tenant: str, *, after: Owner | None = None, limit: int) -> list[Owner]:
        """See Store.owners."""
        return self._read_all(lambda store: store.owners(tenant, after=after, limit=limit), lambda: self._outage.owners(tenant, after, limit))

    def erase(self, owner: Owner) -> bool:
        """See Store.erase. What waits of the owner leaves the spool at once, and what was refused."""
        erased = bool(self._write(owner, lambda store: store.erase(owner), writing.erase))
        self._spool.forget_owner(owner)
        return erased

    def expire(self) -> list[tuple[Owner, str]]:
        """See Store.expire. In an outage, it is done when the primary is back, and told by the next call of the process that replayed it."""
        return self._read_all(self._expire, self._outage.expire)

    def scrub(self) -> list[str]:
        """See Scrubs.scrub: of the spool, and of the primary where it answers."""
        self._lifetime.check()
        self._spool.overwrite()
        if self._breaker.open:
            return ["the primary is down, so that its logs and free space could not be cleared; repeat this when it is back"]
        primary = self._primary()
        return list(primary.scrub()) if isinstance(primary, Scrubs) else []

    def keeps(self) -> list[str]:
        """See Keeps.keeps: the primary's."""
        self._lifetime.check()
        primary = None if self._breaker.open else self._primary()
        return list(primary.keeps()) if isinstance(primary, Keeps) else []

    def size(self) -> int:
        """Return the bytes that the primary takes (in an outage: the fallback), and the spool."""
        return self._spool.size() + self._read_all(lambda store: store.size(), self._outage.size)

    def close(self) -> None:
        """Let go of the spool, and of the stores that were opened here. What waits is replayed by whoever opens the same spool next."""
        if self._lifetime.end():
            self._spool.close()
            self._primary.close()
            self._fallback.close()

    # which way

    def _expire(self, primary: Store) -> list[tuple[Owner, str]]:
        replayed = self._routing.replayed
        replayed.expire(primary)
        gone = []
        with suppress(IndexError):
            while True:
                gone.append(replayed.expired.popleft())
        return gone

    def _write(self, owner: Owner, call: Callable[[Store], int], propose: writing.Propose, *, repeatable: bool = True) -> int:
        self._lifetime.check()
        return self._ways.write(owner, call, propose, repeatable=repeatable)

    def _read(self, owner: Owner, call: Callable[[Store], T], look: Callable[[Overlay, int], T]) -> T:
        self._lifetime.check()
        return self._ways.read(owner, call, look)

    def _read_all(self, call: Callable[[Store], T], otherwise: Callable[[], T]) -> T:
        self._lifetime.check()
        return self._ways.read_all(call, otherwise)
