"""One owner's log file, and the ledger that it makes up."""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from threading import RLock

from recollect.errors import Damaged, StoreError
from recollect.model import Owner
from recollect.store.events import DocumentWritten, EntryAdded, EntryRewritten, Event, Forgetting, Kept, Recorded, SessionSet, removes
from recollect.store.files import disk
from recollect.store.files.batches import Mark, read_batches
from recollect.store.files.derived import remove_derived
from recollect.store.files.errors import translated
from recollect.store.files.lines import Span, read_header, read_line, write_header, write_line
from recollect.store.ledger import Ledger

_logger = logging.getLogger("recollect")

Place = Span | Event
"""Where an event is: at a span of the log, or, before it stands there, itself."""

DEAD_BYTES = 1 << 20
"""A log is written anew when more bytes than these, and more than half of it, are of documents and settings that have been replaced."""

_CHUNK = 1 << 20


class Log:
    """An owner's log and ledger, for one thread at a time that holds ``mutex`` and the lock file ``lock``.

    Args:
        folder: the owner's folder.
        owner: whose log it is.
        repaired: is called with a text when a torn end has been dropped.

    Between calls it holds no open file: ``ledger`` is as of the log's byte ``_end``, and catches up when the log is opened.
    A log that was written anew is known by its header, which has a random id.

    """

    def __init__(self, folder: Path, owner: Owner, repaired: Callable[[str], None]) -> None:
        self.mutex = RLock()  # which knows its thread: whoever was interrupted while acquiring it can tell whether to release it
        self.ledger: Ledger[Place] | None = None
        self.lock = folder / "lock"
        self._folder = folder
        self._path = folder / "log.jsonl"
        self._fresh = folder / "log.jsonl.new"
        self._owner = owner
        self._repaired = repaired
        self._file: int | None = None
        self._header = b""
        self._end = Mark(0, 0)
        self._synced = 0
        self._dead = 0

    @contextmanager
    def opened(self, *, exclusive: bool) -> Iterator[None]:
        """Open the log and bring the ledger up to date with it; the ledger is None where there is no log."""
        try:
            try:
                self._file = disk.open_file(self._path, os.O_RDWR if exclusive else os.O_RDONLY)
            except FileNotFoundError:
                self._file = self.ledger = None
            if self._file is not None:
                self._catch_up(self._file, writing=exclusive)
            yield
        finally:
            file, self._file = self._file, None
            if file is not None:
                os.close(file)

    def fetch(self, place: Place) -> Kept:
        """Return the entry or document at a place, whose checksum is verified."""
        event = place
        if isinstance(place, Span):
            text = b"" if self._file is None else os.pread(self._file, place.length, place.offset)
            line = read_line(text, self._path, place.offset)
            if line is None:
                raise Damaged(f"{self._path}, byte {place.offset}: the line is not what was written; restore the file from a backup")
            event = line.event
        if not isinstance(event, Kept):
            raise Damaged(f"{self._path}: a session stands where an entry or document is looked for; restore the file from a backup")
        return event

    def record(self, ledger: Ledger[Place], events: Sequence[Event]) -> None:
        """Let events happen to the ledger, on the disk first. The ledger is this log's, or a new one for an owner without a log.

        A log only says what is. So where something is forgotten, it is written anew without that, once what was derived of it is gone.

        Raises:
            StoreError: the disk failed. Where the outcome is ``failed``, the log is what it was.

        """
        if removes(events):
            remove_derived(self._folder)
        recorded = [event for event in events if not isinstance(event, Forgetting)]
        if self._file is None or len(recorded) < len(events) or any(_removes_document(ledger, event) for event in recorded):
            self._rewrite(ledger, events)
            return
        self._append(self._file, ledger, recorded)
        if self._dead > DEAD_BYTES and 2 * self._dead > self._end.offset:
            self._compact(ledger)

    def discard(self) -> None:
        """Remove the folder and its lock, which is held, if there is no log."""
        if self._file is None:
            with suppress(OSError):  # an empty folder does no harm
                disk.remove(self.lock)
                self._folder.rmdir()

    # reading

    def _catch_up(self, file: int, *, writing: bool) -> None:
        ledger = self.ledger
        if ledger is None or os.pread(file, len(self._header), 0) != self._header or os.fstat(file).st_size < self._end.offset:
            ledger = self._begin(file)
        size = os.fstat(file).st_size
        if size > self._end.offset:
            self._replay(file, ledger)
        if writing:
            disk.remove(self._fresh)
            self._settle(file, size - self._end.offset)

    def _settle(self, file: int, torn: int) -> None:
        """Drop so many bytes of a torn end, and make sure that the disk has the rest, which a writer may have left that was killed."""
        if torn > 0:
            disk.truncate(file, self._end.offset)
            self._synced = 0
            self._repaired(f"{self._path}: dropped {torn} bytes after byte {self._end.offset}, of a write that had not come to its end")
        if self._synced < self._end.offset:
            disk.sync(file)
            if self._synced == 0:
                self._sync_names()
            self._synced = self._end.offset

    def _sync_names(self) -> None:
        disk.sync_folder(self._folder)
        disk.sync_folder(self._folder.parent)

    def _begin(self, file: int) -> Ledger[Place]:
        """Read the header, and return an empty ledger."""
        self.ledger = None
        with os.fdopen(file, "rb", closefd=False) as lines:
            lines.seek(0)
            self._header = lines.readline()
        header = read_header(self._header, self._path)
        if header.owner != self._owner:
            raise Damaged(f"{self._path} is the log of {header.owner}, not of {self._owner}; was the folder renamed?")
        self._end, self._dead, self._synced = Mark(len(self._header), 1), 0, 0
        self.ledger = _ledger(header.base, header.floor)
        return self.ledger

    def _replay(self, file: int, ledger: Ledger[Place]) -> None:
        """Take in what stands in the log beyond what the ledger knows."""
        self.ledger = None  # so that a half-way interrupt leads to a new beginning
        with os.fdopen(file, "rb", _CHUNK, closefd=False) as lines:
            lines.seek(self._end.offset)
            for batch in read_batches(lines, self._end, self._path):
                for event, span in batch.events:
                    if not isinstance(event, SessionSet) and event.item.position <= ledger.head:
                        raise Damaged(f"{self._path}, byte {span.offset}: the position does not rise; restore the file from a backup")
                    self._take(ledger, event, span)
                self._end = batch.end
        self.ledger = ledger

    def _take(self, ledger: Ledger[Place], event: Recorded, span: Span) -> None:
        replaced = ledger.apply(event, span)
        if isinstance(replaced, Span):
            self._dead += replaced.length

    # writing

    def _append(self, file: int, ledger: Ledger[Place], events: Sequence[Recorded]) -> None:
        """Write one batch at the log's end."""
        lines = [write_line(event, number, len(events)) for number, event in enumerate(events, 1)]
        try:
            with translated():
                disk.write(file, b"".join(lines), self._end.offset)
            with translated("unknown"):
                disk.sync(file)
        except StoreError:
            with suppress(OSError):  # where this fails as well, whoever opens the log next sees what stands there
                disk.truncate(file, self._end.offset)
            raise
        self.ledger = None
        end = self._end
        for event, line in zip(events, lines, strict=True):
            self._take(ledger, event, Span(end.offset, len(line)))
            end = Mark(end.offset + len(line), end.lines + 1)
        self._end, self._synced = end, end.offset
        self.ledger = ledger

    def _compact(self, ledger: Ledger[Place]) -> None:
        """Write the log anew without what has been replaced. What fails is put off: the log is right without it."""
        try:
            with translated():
                self._rewrite(ledger, [])
        except StoreError as error:
            self._dead = 0
            _logger.warning("%s could not be compacted, which is put off: %s", self._path, error)

    def _rewrite(self, ledger: Ledger[Place], events: Sequence[Event]) -> None:
        """Let events happen, write a new log of what is then, and put it in the place of the one that there is."""
        if events:
            self.ledger = None  # it runs ahead of the log, until the new one stands
        for event in events:
            ledger.apply(event, event)
        header = write_header(self._owner, ledger.base, token_hex(8), ledger.floor if ledger.floor > ledger.base + 1 else 0)
        file = disk.open_file(self._fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        try:
            fresh, end = self._copy(ledger, header, file)
            disk.sync(file)
            disk.rename(self._fresh, self._path)
        except BaseException:
            os.close(file)
            with suppress(OSError):
                disk.remove(self._fresh)
            raise
        former, self._file = self._file, file
        if former is not None:
            os.close(former)
        self.ledger, self._header, self._end, self._dead, self._synced = fresh, header, end, 0, 0
        with translated("unknown"):
            self._sync_names()
        self._synced = end.offset

    def _copy(self, ledger: Ledger[Place], header: bytes, file: int) -> tuple[Ledger[Place], Mark]:
        """Write all that leads to a ledger's state into a file. Return the ledger whose places are there, and the file's end."""
        fresh = _ledger(ledger.base, ledger.floor)
        waiting, start, end = [header], 0, Mark(len(header), 1)
        for what in ledger.story():
            event = what if isinstance(what, SessionSet) else _as_added(self.fetch(what))
            line = write_line(event)
            fresh.apply(event, Span(end.offset, len(line)))
            waiting.append(line)
            end = Mark(end.offset + len(line), end.lines + 1)
            if end.offset - start > _CHUNK:
                disk.write(file, b"".join(waiting), start)
                waiting, start = [], end.offset
        disk.write(file, b"".join(waiting), start)
        return fresh, end


def _as_added(event: Kept) -> EntryAdded | DocumentWritten:
    """Return what a log says of an entry that was rewritten: that it is there. What is said of its session behind it tells when that ends."""
    return EntryAdded(event.item) if isinstance(event, EntryRewritten) else event


def _removes_document(ledger: Ledger[Place], event: Recorded) -> bool:
    """Tell whether a document that has a body is removed."""
    return isinstance(event, DocumentWritten) and event.item.body is None and ledger.document(event.item.collection, event.item.key) is not None


def _ledger(base: int, floor: int) -> Ledger[Place]:
    ledger: Ledger[Place] = Ledger(base)
    ledger.floor = max(ledger.floor, floor)
    return ledger
