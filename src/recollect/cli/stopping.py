"""Ending a command that goes on until it is told to stop."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType


@contextmanager
def stopped(follow: bool) -> Iterator[Event]:
    """Give an event that SIGINT and SIGTERM set, where that is a way to end; the second one ends the process at once."""
    stop = Event()
    if not follow:
        yield stop
        return
    former = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in former.items():
            signal.signal(number, handler)

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()
        restore()

    for number in former:
        signal.signal(number, end)
    try:
        yield stop
    finally:
        restore()
