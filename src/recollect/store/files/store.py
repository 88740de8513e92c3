"""The ledgers in files."""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from time import monotonic
from typing import TypeVar

from recollect.errors import Damaged, Invalid
from recollect.model import Owner, Saved
from recollect.store.decisions import Decision
from recollect.store.files import disk
from recollect.store.files.batches import highest_position
from recollect.store.files.cache import Cache
from recollect.store.files.derived import position_of, read_derived, write_derived
from recollect.store.files.errors import translated
from recollect.store.files.lines import read_header
from recollect.store.files.locks import locked
from recollect.store.files.log import Log, Place
from recollect.store.files.names import ERASED, FOLDER, OURS, folder_name, may_be_of
from recollect.store.files.watermark import raise_watermark, read_watermark
from recollect.store.ledger import Ledger
from recollect.store.ledgers import Fetch, LedgerStore
from recollect.store.lifetime import Lifetime
from recollect.store.protocol import Clock, system_clock

T = TypeVar("T")

_logger = logging.getLogger("recollect")


class FileStore(LedgerStore[Place]):
    """A store in a folder, with a folder and a log for each owner, shared by threads and processes of one machine.

    Args:
        path: the folder; made if it is absent. One that has been in use for something else is refused.
        wait: the seconds for which other users of an owner's ledger are waited for, before ``Busy`` is raised.
        clock: tells when a session has expired.

    Every write is synced to the disk before its call returns. What is cleared, deleted, expired or erased has left the files
    by then; a document that was replaced or removed leaves them once such bytes are most of its log. ``repairs`` tells which
    writes were found that had not come to their end. ``recent``, ``owners`` and ``expire`` look into every owner's folder.
    A store must not be carried into a forked process: open it there anew.

    """

    def __init__(self, path: str | os.PathLike[str], *, wait: float = 30.0, clock: Clock = system_clock) -> None:
        super().__init__(clock)
        self.repairs: list[str] = []
        self._root = Path(path).absolute()
        self._wait = wait
        self._lifetime = Lifetime()
        self._logs = Cache(lambda owner: Log(self._folder(owner), owner, self._repaired))
        with translated():
            _make_root(self._root)
            _check_root(self._root)
            self._sweep()

    def erase(self, owner: Owner) -> bool:
        """See Store.erase. A damaged ledger can be erased as well."""
        self._lifetime.check()
        folder, deadline = self._folder(owner), monotonic() + self._wait
        with translated(), locked(folder / "lock", exclusive=True, make=False, deadline=deadline):
            head = _head(folder / "log.jsonl")
            if head is not None:
                raise_watermark(self._root, head + 1, deadline)
                disk.make_folder(self._root / "erased")
                disk.rename(folder, self._root / "erased" / token_hex(16))
        with translated("unknown"):
            disk.sync_folder(self._root)  # in any case: who erased the owner may have been killed before
            self._sweep()
        return head is not None

    def save(self, owner: Owner, name: str, position: int, parts: Sequence[bytes]) -> bool:
        """See Store.save. It is not synced: what a power cut leaves of it is told by its checksum."""
        with self._held(owner, exclusive=True) as log:
            folder = self._folder(owner)
            if log.ledger is None or not log.ledger.admits(position, position_of(folder, name)):
                return False
            write_derived(folder, name, position, parts)
            return True

    def saved(self, owner: Owner, name: str) -> Saved | None:
        """See Store.saved."""
        self._lifetime.check()
        with translated():
            return read_derived(self._folder(owner), name)

    def scrub(self) -> list[str]:
        """See Scrubs.scrub. Removed folders leave at once; what a file system keeps of them, it alone can overwrite."""
        self._lifetime.check()
        with translated("unknown"):
            self._sweep()
        return []

    def size(self) -> int:
        """Return the bytes of all files."""
        self._lifetime.check()
        total = 0
        with translated():
            for path in self._root.rglob("*"):
                with suppress(FileNotFoundError):  # erased or written anew at this moment
                    total += path.stat().st_size if path.is_file() else 0
        return total

    def close(self) -> None:
        """See Store.close."""
        if self._lifetime.end():
            self._logs.clear()

    def _read(self, owner: Owner, look: Callable[[Ledger[Place], Fetch[Place]], T], absent: T) -> T:
        with self._held(owner, exclusive=False) as log:
            return absent if log.ledger is None else look(log.ledger, log.fetch)

    def _write(self, owner: Owner, decide: Callable[[Ledger[Place], Fetch[Place]], Decision[T]], *, make: bool) -> T:
        with self._held(owner, exclusive=True, make=make) as log:
            try:
                ledger: Ledger[Place] = Ledger(read_watermark(self._root)) if log.ledger is None else log.ledger
                events, value = decide(ledger, log.fetch)
                if events:
                    log.record(ledger, events)
            finally:
                if make:
                    log.discard()
            return value

    def _owners(self, tenant: str | None) -> Iterator[Owner]:
        self._lifetime.check()
        damage: Damaged | None = None
        with translated():
            folders = [folder for folder in self._root.iterdir() if FOLDER.fullmatch(folder.name)]
        for folder in folders:
            try:
                with translated():
                    owner = _owner(folder)
            except Damaged as error:
                if tenant is None or may_be_of(tenant, folder.name):
                    damage = damage or error
                continue
            if owner is not None and tenant in {None, owner.tenant}:
                yield owner
        if damage is not None:
            raise damage

    @contextmanager
    def _held(self, owner: Owner, *, exclusive: bool, make: bool = False) -> Iterator[Log]:
        """Hold an owner's ledger, as of now: alone, or together with other readers. ``make`` the folder if it is absent."""
        self._lifetime.check()
        deadline = monotonic() + self._wait
        with (
            translated(),
            self._logs.lend(owner, deadline) as log,
            locked(log.lock, exclusive=exclusive, make=make, deadline=deadline),
            log.opened(exclusive=exclusive),
        ):
            yield log

    def _folder(self, owner: Owner) -> Path:
        return self._root / folder_name(owner)

    def _sweep(self) -> None:
        """Remove what has been erased, also by a process that has not come to the end of it."""
        with suppress(FileNotFoundError):
            for folder in (self._root / "erased").iterdir():
                if ERASED.fullmatch(folder.name):
                    disk.remove_folder(folder)

    def _repaired(self, text: str) -> None:
        self.repairs.append(text)
        _logger.warning("%s", text)


def _make_root(root: Path) -> None:
    """Make a folder and those above it, where they are absent, for good."""
    missing = [folder for folder in root.parents if not folder.exists()]
    for folder in (*reversed(missing), root):
        disk.make_folder(folder)
        with suppress(PermissionError):  # of a folder that may be entered, but not read
            disk.sync_folder(folder.parent)


def _check_root(root: Path) -> None:
    """Refuse a folder that has been in use for something else: a typing error in the path is not to look like an empty store."""
    with os.scandir(root) as entries:
        strangers = []
        for entry in entries:
            if entry.name in OURS or FOLDER.fullmatch(entry.name):
                return
            if not entry.name.startswith("."):
                strangers.append(entry.name)
    if strangers:
        raise Invalid(f"{root} is no Recollect store: it holds {min(strangers)!r}; check the path, or give a new folder or an empty one")


def _owner(folder: Path) -> Owner | None:
    """Return the owner that a folder belongs to; None if there is no log in it."""
    path = folder / "log.jsonl"
    try:
        with path.open("rb") as lines:
            owner = read_header(lines.readline(), path).owner
    except FileNotFoundError:
        return None
    if folder_name(owner) != folder.name:
        raise Damaged(f"{path} is the log of {owner}, whose folder is {folder_name(owner)}; was the folder renamed?")
    return owner


def _head(path: Path) -> int | None:
    """Return the highest position in a log, damaged or not; None if there is no log."""
    try:
        with path.open("rb") as lines:
            first = lines.readline()
            try:
                base = read_header(first, path).base
            except Damaged:
                base = 0
            return max(base, highest_position(lines, path))
    except FileNotFoundError:
        return None
