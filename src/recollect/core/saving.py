"""Saved indexes: what a cold start reads instead of a whole ledger, written behind an answer."""

from collections.abc import Callable, Sequence
from struct import Struct
from threading import Lock, Thread
from zlib import compress, decompress, error

from recollect.errors import Damaged, StoreError
from recollect.model import Owner
from recollect.store.protocol import PART, Store

NAME = "recall"
"""What an index is saved as."""

LEAST = 200
"""Changes of a ledger that are worth a save: fewer are read anew within some 20 ms."""

SHARE = 4
"""An index is saved again when so large a part of it is new: a quarter."""

MOST_ANSWERS = 64
"""After a save that was in vain, so many answers are given at the most before the next one is tried."""

_CHUNK = PART - 1024
"""Bytes that are compressed together. What cannot be made shorter grows by less than a thousandth."""

_HEAD = Struct(">BQQ")
_FORMAT = 1


class Unsaved:
    """How much of an index is not saved: ``news`` is how many changes of the ledger. It is used by one thread at a time."""

    def __init__(self) -> None:
        self.news = 0
        self._pause = 0
        self._left = 0

    def lose(self, count: int) -> None:
        """Take note that the store has dropped what was saved: all that is in the index is news."""
        self.news = max(self.news, count)

    def due(self, count: int) -> bool:
        """Tell, behind an answer, whether an index of so many messages is to be saved now."""
        if self.news < max(LEAST, count // SHARE):
            return False
        self._left -= 1
        return self._left < 0

    def tried(self, news: int, *, kept: bool) -> None:
        """Take note of what became of a save, which was to save so much."""
        self.news -= news if kept else 0
        self._pause = 0 if kept else min(2 * self._pause + 1, MOST_ANSWERS)
        self._left = self._pause


class Saver:
    """Does one piece of work at a time, in a thread that lives no longer, so that no answer waits for it."""

    def __init__(self) -> None:
        self._free = Lock()
        self._closed = False

    def start(self, work: Callable[[], object]) -> bool:
        """Begin with some work. Returns whether that can be: not while other work is under way, or behind the closing."""
        if self._closed or not self._free.acquire(blocking=False):
            return False
        try:
            Thread(target=self._run, args=(work,), name="recollect-saver").start()
        except RuntimeError:  # no more threads are to be had, or the process ends
            self._free.release()
            return False
        return True

    def close(self) -> None:
        """Wait for the work under way, and begin no more."""
        self._closed = True
        with self._free:
            pass

    def _run(self, work: Callable[[], object]) -> None:
        try:
            work()
        finally:
            self._free.release()


def save(store: Store, owner: Owner, data: bytes, position: int, anchor: int) -> bool:
    """Save an index that was made of an owner's ledger up to a position. Returns whether it was kept; that it was not does no harm."""
    from logging import getLogger

    try:
        return store.save(owner, NAME, position, pack(data, anchor))
    except StoreError as failure:
        getLogger("recollect").info("a search index could not be saved, which is put off: %s", failure)
        return False


def load(store: Store, owner: Owner) -> tuple[bytes, int] | None:
    """Return an owner's index, and the position of the latest message in it; None if none was saved, or it cannot be read."""
    try:
        saved = store.saved(owner, NAME)
        return None if saved is None else unpack(saved.parts)
    except Damaged:
        return None


def pack(data: bytes, anchor: int) -> list[bytes]:
    """Return the parts of a saved index: a head, with the position of the latest message in it, and the index, compressed."""
    view = memoryview(data)
    return [_HEAD.pack(_FORMAT, anchor, len(data)), *(compress(view[start : start + _CHUNK], 1) for start in range(0, len(data), _CHUNK))]


def unpack(parts: Sequence[bytes]) -> tuple[bytes, int]:
    """Return what ``pack`` was given.

    Raises:
        Damaged: it is not that, or of another version.

    """
    if not parts or len(parts[0]) != _HEAD.size or parts[0][0] != _FORMAT:
        raise Damaged("the saved index is of another version; make it anew")
    _, anchor, size = _HEAD.unpack(parts[0])
    try:
        data = b"".join([decompress(part) for part in parts[1:]])
    except error as failure:
        raise Damaged("the saved index is not what was written; make it anew") from failure
    if len(data) != size:
        raise Damaged("the saved index is not whole; make it anew")
    return data, anchor
