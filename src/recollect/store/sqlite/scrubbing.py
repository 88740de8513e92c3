"""Free space within pages: what SQLite's ``secure_delete`` leaves there, and how it is overwritten.

When a page splits, or two become one, SQLite moves rows to another page, and overwrites nothing of the page that they came from: a copy
of them stays in the gap between its cell pointers and its cells, also once the rows themselves are deleted or rewritten. The gap has no
meaning to SQLite, so it can be overwritten in the file as long as nobody writes: within a write transaction over an empty log.
"""

import time
from collections.abc import Iterator
from struct import unpack_from

import apsw

from recollect.store.sqlite.commits import Commits
from recollect.store.sqlite.connection import empty_log, touch
from recollect.store.sqlite.errors import translate

ATTEMPTS = 20
PAUSE = 0.05
"""So often it is tried, so many seconds apart, while somebody reads."""

SLICE = 64 << 20
"""Bytes of the file that are looked at in one transaction: a tenth of a second, in which writers wait."""

CHUNK = 1 << 20
"""Bytes that are read at a time."""

HEADS = {2: 12, 5: 12, 10: 8, 13: 8}
"""The lengths of the headers of the pages that have cells, by the first byte."""

MOST_PAGES = 2 << 24
"""With fewer pages, no other page begins with such a byte: its first four are the number of a page."""


def scrub(commits: Commits, path: str, vfs: str, wait: float) -> list[str]:
    """See Scrubs.scrub. The cells of what is removed are overwritten at once (``secure_delete``); this does so with the gaps, and empties the log."""
    db = commits.connection
    try:
        with commits.lock:
            odd = db.pragma("auto_vacuum") or db.pragma("page_count") >= MOST_PAGES
        if odd:
            return [f"{path} is of a kind whose free space is not overwritten page by page (auto_vacuum, or beyond 128 GB); run VACUUM"]
        file = apsw.VFSFile(vfs, db.filename, [apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_READWRITE, 0])
        try:
            slices = range(0, file.xFileSize(), SLICE)
            done = all(_patiently(commits, wait, file, start) for start in slices) and _patiently(commits, wait)
        finally:
            file.xClose()
    except apsw.Error as error:
        raise translate(error) from error
    return [] if done else [f"somebody is reading the database, so that its log {path}-wal could not be emptied; end what reads it, and repeat this"]


def _patiently(commits: Commits, wait: float, file: apsw.VFSFile | None = None, start: int = 0) -> bool:
    """Empty the log, and scrub a slice of the file where there is one. Returns whether that could be done."""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE)
        try:
            with commits.lock:
                before = commits.connection.pragma("data_version")
                if empty_log(commits.connection, wait) and (file is None or _scrub(commits.connection, file, start, before)):
                    return True
        except apsw.BusyError:
            continue
    return False


def _scrub(db: apsw.Connection, file: apsw.VFSFile, start: int, version: object) -> bool:
    """Overwrite the gaps of a slice, unless others have written since the version. Returns whether they had not."""
    db.execute("BEGIN IMMEDIATE")
    try:
        if db.pragma("data_version") != version:
            return False  # the log is not empty any more: what moves into the database of it would undo this
        gaps = list(_gaps(file, db.pragma("page_size"), start))
        for low, high in gaps:
            file.xWrite(bytes(high - low), low)
        if gaps:
            file.xSync(apsw.SQLITE_SYNC_FULL)
            touch(db)  # so that no connection goes on with a page as it was
            db.execute("COMMIT")
            db.pragma("shrink_memory")  # nor this one
        return True
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")


def _gaps(file: apsw.VFSFile, page_size: int, start: int) -> Iterator[tuple[int, int]]:
    """Yield where those gaps of a slice's pages begin and end that are not all zeros."""
    end = min(start + SLICE, file.xFileSize())
    for offset in range(start, end, CHUNK):
        data = file.xRead(min(CHUNK, end - offset), offset)
        for page in range(0, len(data), page_size):
            low, high = _gap(data, page, page_size, first=offset + page == 0)
            if data.count(0, low, high) != high - low:
                yield offset + low, offset + high


def _gap(data: bytes, page: int, page_size: int, *, first: bool) -> tuple[int, int]:
    """Return where the gap of the page at an offset begins and ends; nothing of a page that has no cells."""
    head = page + (100 if first else 0)
    length = HEADS.get(data[head])
    if length is None:
        return page, page
    cells, content = unpack_from(">HH", data, head + 3)
    low, high = head + length + 2 * cells, page + (content or 1 << 16)
    return (low, high) if low <= high <= page + page_size else (page, page)
