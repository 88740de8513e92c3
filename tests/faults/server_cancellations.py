"""Cancel asynchronous calls at random moments: ``cd tests && python -m faults.server_cancellations --calls 10000 --store postgresql``."""

import asyncio
from argparse import ArgumentParser
from asyncio import CancelledError, create_task, gather, sleep
from collections import Counter
from contextlib import closing
from random import Random
from time import monotonic

from recollect import AsyncMemory, Message
from recollect.aio import AsyncSession
from servers.process import wait_until

from .accounts import Lost
from .server_stores import KINDS

CALLERS = 32
POOL = 5


def run(calls: int, kind: str, seed: int) -> Counter[str]:
    """Cancel so many calls. Returns what was counted.

    Raises:
        Lost: a caller was given what is another's, or what was acknowledged is not there once and in order.

    """
    parts = KINDS[kind]
    with parts.database() as url:
        with closing(parts.open(url, pool=POOL)) as store:
            counts = asyncio.run(_cancel(AsyncMemory(store, cache_bytes=0), calls, Random(seed)))
        wait_until(lambda: parts.connections(url) == 0, "no connection is left on the server", 5)
    return counts


async def _cancel(memory: AsyncMemory, calls: int, rng: Random) -> Counter[str]:
    counts: Counter[str] = Counter()
    callers = [_Caller(memory.session("session", user=f"user {number}"), str(number), counts, rng) for number in range(CALLERS)]
    await gather(*(caller.work(calls) for caller in callers))
    for caller in callers:
        await caller.check()
    await memory.close()
    return counts


class _Caller:
    """One caller, alone in its session, in which every message says whose it is. All sessions are called alike."""

    def __init__(self, session: AsyncSession, name: str, counts: Counter[str], rng: Random) -> None:
        self._session = session
        self._name = name
        self._counts = counts
        self._rng = rng
        self._written: list[str] = []

    async def work(self, calls: int) -> None:
        """Call, and cancel most of the calls, until all callers have cancelled so many."""
        while self._counts["cancelled"] < calls:
            if self._rng.random() < 0.15:
                await self._append()
            else:
                answer = await self._interrupted(self._session.messages())
                if answer is not None:
                    self._compare(answer)

    async def check(self) -> None:
        """Compare what is there with what was acknowledged."""
        self._compare(await self._session.messages())

    async def _append(self) -> None:
        message = Message("user", f"text of {self._name}", f"{self._name}.{len(self._written)}")
        if await self._interrupted(self._session.append(message)) is None:
            await self._session.append(message)
        self._written.append(message.id)
        await self.check()

    async def _interrupted(self, call):
        """Wait for a call, or cancel it. Returns None if it was cancelled."""
        under_way = create_task(call)
        await sleep(self._rng.choice((0, self._rng.uniform(0, 0.002), self._rng.uniform(0, 0.03))))
        under_way.cancel()
        try:
            answer = await under_way
        except CancelledError:
            self._counts["cancelled"] += 1
            return None
        self._counts["answered"] += 1
        return answer

    def _compare(self, messages: list[Message]) -> None:
        if any(one.text != f"text of {self._name}" for one in messages) or [one.id for one in messages] != self._written:
            raise Lost(f"caller {self._name}, who wrote {self._written}, was given {messages}")


def main() -> None:
    """Run by the command line."""
    parser = ArgumentParser(description="Cancel asynchronous calls at random moments, and look whose answers the others are given.")
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--store", choices=KINDS, default="postgresql")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    start = monotonic()
    counts = run(options.calls, options.store, options.seed)
    print(
        f"{options.store}: {counts['cancelled']:,} calls of {CALLERS} callers cancelled in {monotonic() - start:.0f} s, over {POOL} connections; "
        f"{counts['answered']:,} others were answered, each with what was its own; all that was acknowledged is there once and in order."
    )


if __name__ == "__main__":
    main()
