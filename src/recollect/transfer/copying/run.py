"""Copying from one store to another."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from threading import Event
from typing import Any

from msgspec import structs

from recollect.codec.plain import check_name
from recollect.errors import Damaged, Invalid, NewerFormat, NotFound, StoreError
from recollect.runtime import Progress
from recollect.store.protocol import Store
from recollect.store.url import store_of
from recollect.transfer.copying.names import check_other, label, source_name
from recollect.transfer.copying.report import CopyReport, Round, Told
from recollect.transfer.copying.tally import Tally
from recollect.transfer.copying.trip import Trip

BATCHES = 20
"""Batches of one owner in a round of a copy that follows, so that nobody waits for somebody with much to copy."""

LONGEST_WAIT = 60.0
"""Seconds between two rounds, at the most, where a store does not answer, or where asking every owner takes long."""

WORKERS = 8
"""Owners that are copied at once: a store that waits for its disk or its network can serve several."""


def copy(
    source: str | Store,
    target: str | Store,
    *,
    name: str | None = None,
    tenant: str = "",
    users: Sequence[str] | None = None,
    erase: bool | None = None,
    verify: bool = True,
    follow: bool = False,
    interval: float = 1.0,
    workers: int = WORKERS,
    stop: Event | None = None,
    progress: Progress | None = None,
    told: Told | None = None,
) -> CopyReport:
    """Copy what one store has into another one, of whatever kind, and compare it there.

    A copy that was cut off, or made before, goes on where it stood: with what is new, and with what was cleared, deleted or
    removed since. Both stores may be in use meanwhile. The source is only read.

    Args:
        source: a URL, or an open store.
        target: a URL, or an open store. It keeps how far the copy has come.
        name: what the source is called in the target's notes. Needed for an open store; told by a URL.
        tenant: whose owners.
        users: only these users; without it, all of them, the anonymous sessions and the tenant's own documents.
        erase: erase in the target whom the source has erased since, as far as this copy alone has made what is there; by default,
            if it follows.
        verify: read back what was copied.
        follow: go on until told to stop.
        interval: seconds between two rounds of a copy that follows, at the least.
        workers: how many owners are copied at once, each by a thread.
        stop: ends the copy early once it is set, at a place from which the next one goes on.
        progress: called with how many messages have been copied and read back, and how many there are; by any of the threads, one
            at a time.
        told: called at the end of each round of a copy that follows.

    Returns:
        What was done, and what could not be: see its ``complete``.

    Raises:
        Invalid: source and target are the same, or the source has no name.
        NotFound: there is nothing of any of the users.
        StoreError: a store failed. A copy that follows goes on when it works again, unless stored bytes are damaged.

    """
    if type(workers) is not int or workers < 1:
        raise Invalid(f"workers is {workers!r}; give a whole number from 1 up")
    for user in users or ():
        check_name(user, "the user")
    called = _name(source, target, name)
    stopped, tally = stop or Event(), Tally(progress)
    with ExitStack() as opened:
        first, second = _opened(source, opened), _opened(target, opened)
        erases = follow if erase is None else erase
        where = check_name(tenant, "the tenant", empty=True)
        trip = Trip(first, second, label(called), tenant=where, users=users, erase=erases, verify=verify, tally=tally, workers=workers, stop=stopped)
        if progress is not None:
            tally.total = trip.work()
        if follow:
            _follow(trip, tally, stopped, interval, told)
        else:
            trip.round()
            if users and not tally.report.owners and not tally.report.erased and not tally.report.gone and not stopped.is_set():
                raise NotFound(f"nothing is stored for {', '.join(map(repr, users))}; check the name, and the tenant")
    return tally.finish()


async def acopy(source: str | Store, target: str | Store, **options: Any) -> CopyReport:
    """Copy as ``copy`` does, in a thread. When the wait for it is cancelled, the copy ends at its next batch."""
    import asyncio

    stop = options.get("stop") or Event()
    try:
        return await asyncio.to_thread(copy, source, target, **{**options, "stop": stop})
    except asyncio.CancelledError:
        stop.set()
        raise


def _follow(trip: Trip, tally: Tally, stop: Event, interval: float, told: Told | None) -> None:
    """Go round until told to stop."""
    caught_up, wait, number = time.monotonic(), interval, 0
    while not stop.is_set():
        started, before, error, number = time.monotonic(), structs.replace(tally.report), None, number + 1
        try:
            trip.round(BATCHES)
        except (Damaged, NewerFormat):
            raise
        except StoreError as failure:
            error = str(failure)
        took = time.monotonic() - started
        if error is None and not trip.behind and not stop.is_set():
            caught_up = started
        if told is not None:
            told(_told(number, before, tally, trip.behind, time.monotonic() - caught_up, error))
        wait = interval if error is None else min(max(wait, 0.1) * 2, LONGEST_WAIT)
        quiet = tally.report.messages == before.messages
        if error is not None or not trip.behind:
            stop.wait(min(max(wait, took), LONGEST_WAIT) if quiet else wait)


def _told(number: int, before: CopyReport, tally: Tally, behind: int, seconds: float, error: str | None) -> Round:
    now = tally.report
    return Round(
        number,
        now.owners,
        now.messages - before.messages,
        now.rewritten - before.rewritten,
        now.documents - before.documents,
        now.removed - before.removed,
        now.erased - before.erased,
        behind,
        round(seconds, 3),
        len(tally.conflicts) + len(tally.differences),
        error,
    )


def _name(source: str | Store, target: str | Store, name: str | None) -> str:
    """Return what the source is called."""
    if source is target:
        raise Invalid("source and target are the same; give two stores")
    if isinstance(source, str) and isinstance(target, str):
        check_other(source, target)
    if name is None and isinstance(source, str):
        return source_name(source)
    if name is None:
        raise Invalid("an open store has no name; give the source one, under which the target keeps how far it has been copied")
    return check_name(name, "the name of the source")


def _opened(store: str | Store, opened: ExitStack) -> Store:
    found, ours = store_of(store)
    if ours:
        opened.callback(found.close)
    return found
