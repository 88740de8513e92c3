"""Workers that go on whatever happens to their server, and what was acknowledged to them."""

from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from random import Random
from threading import Event
from time import monotonic, sleep

from recollect import Memory
from recollect.errors import StoreError

from .accounts import Account, Book, Lost, Step
from .workload import Op, next_op, perform

PATIENCE = 90
"""Seconds for which a worker repeats one operation, before the test has failed."""


class Load:
    """Threads that carry out random operations through one memory, and repeat each until it is acknowledged.

    ``around``: a memory that reaches the server by another way. With it, an operation whose error said ``"failed"`` is looked for
    at once, and must not have happened. ``counts``: what was counted.
    """

    def __init__(self, memory: Memory, book: Book, workers: str, seed: int, counts: Counter[str], around: Memory | None = None) -> None:
        self._memory = memory
        self._around = around
        self._counts = counts
        self._stop = Event()
        self._threads = ThreadPoolExecutor(len(workers))
        self._running: list[Future[None]] = [self._threads.submit(self._work, book[worker], Random(f"{seed} {worker}")) for worker in workers]

    def check(self) -> None:
        """Raise the error of a worker that has ended."""
        for one in self._running:
            if one.done():
                one.result()

    def wait(self, seconds: float) -> None:
        """Let them work for a while."""
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0:
            self.check()
            sleep(min(left, 0.05))

    def finish(self) -> None:
        """Wait until each worker's last operation is acknowledged."""
        self._stop.set()
        self._threads.shutdown()
        self.check()

    def _work(self, account: Account, rng: Random) -> None:
        while not self._stop.is_set():
            op = next_op(rng, account.worker, account.begun, account.state)
            account.hear(Step(account.worker, op))
            position = self._insist(account, op, rng)
            if account.pending is not None:
                account.hear(Step(account.worker, position=position))
            else:  # it was found to have happened; repeated, it was acknowledged
                account.acknowledged += 1
            self._counts["acknowledged"] += 1
            self._counts["messages"] += len(op.ids)

    def _insist(self, account: Account, op: Op, rng: Random) -> int:
        """Repeat an operation until it is acknowledged."""
        end, doubtful = monotonic() + PATIENCE, False
        while True:
            try:
                return perform(self._memory, op)
            except StoreError as error:
                if monotonic() > end:
                    raise
                self._counts[error.outcome] += 1
                if self._around is not None and account.pending is not None:
                    doubtful |= error.outcome == "unknown"  # then the server may still be at work
                    self._look(account, op, error, doubtful)
            sleep(rng.uniform(0, 0.005))

    def _look(self, account: Account, op: Op, error: StoreError, doubtful: bool) -> None:
        """Look whether an operation has happened whose caller was told that it has failed, or nothing."""
        assert self._around is not None
        if account.settle(self._around):
            if not doubtful:
                raise Lost(f"{op} has happened, although its error said that it had failed: {error!r}") from error
            self._counts["unknown, happened"] += 1
        else:
            account.pending = op
