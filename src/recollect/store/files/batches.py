"""What a log holds: its whole batches, and where they end."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from recollect.errors import Damaged
from recollect.store.events import Recorded, SessionSet
from recollect.store.files.lines import Span, read_line, whole_end

_ADVICE = "here is not what was written, and what follows is whole; restore the file from a backup"


class Mark(NamedTuple):
    """A place between two lines of a log: the bytes and the lines before it."""

    offset: int
    lines: int


class Batch(NamedTuple):
    """Events that were written at once, with their places, and the mark behind them."""

    events: list[tuple[Recorded, Span]]
    end: Mark


def read_batches(lines: Iterable[bytes], start: Mark, path: Path) -> Iterator[Batch]:
    """Yield the whole batches of the log at a path, whose lines beyond ``start`` are given.

    What follows the last of them is a torn end: a write that did not come to its own end, and was not acknowledged.

    Raises:
        Damaged: something else than whole batches stands before a whole batch, so that it is no torn end.

    """
    bad: Mark | None = None
    begun, behind = start, start
    events: list[tuple[Recorded, Span]] = []
    for text in lines:
        here, behind = behind, Mark(behind.offset + len(text), behind.lines + 1)
        line = read_line(text, path, here.offset)
        if line is None:
            bad, events = bad or here, []
            line = read_line(whole_end(text), path, here.offset)
        if line is None or line.number not in {1, len(events) + 1}:
            bad, events = bad or here, []
            continue
        if line.number == 1:
            bad, begun, events = (bad or begun) if events else bad, here, []
        events.append((line.event, Span(here.offset, len(text))))
        if line.number == line.of:
            if bad is not None:
                raise Damaged(f"{path}, line {bad.lines + 1}, byte {bad.offset}: {_ADVICE}")
            yield Batch(events, behind)
            events = []


def highest_position(lines: Iterable[bytes], path: Path) -> int:
    """Return the highest position that stands in the lines of a log, be it damaged or not; 0 if none can be read."""
    highest = 0
    for text in lines:
        with suppress(Damaged):
            line = read_line(text, path, 0)
            if line is not None:
                event = line.event
                highest = max(highest, event.activity if isinstance(event, SessionSet) else event.item.position)
    return highest
