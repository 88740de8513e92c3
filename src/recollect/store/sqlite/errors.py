"""What SQLite's errors mean to a caller."""

import apsw

from recollect.errors import Busy, Damaged, Outcome, StorageFull, StoreError

_MEANINGS: dict[type[apsw.Error], tuple[type[StoreError], str]] = {
    apsw.BusyError: (Busy, "other writers held the database for longer than the bounded wait; try again"),
    apsw.LockedError: (Busy, "another use of the same connection held the database; try again"),
    apsw.FullError: (StorageFull, "the disk is full, or the file has reached its limit; free some space and repeat the call"),
    apsw.CorruptError: (Damaged, "the database file is damaged; restore it from a backup"),
    apsw.NotADBError: (Damaged, "the file is not an SQLite database; check the path"),
    apsw.ReadOnlyError: (StoreError, "the database cannot be written; check the rights on the file and on its folder"),
    apsw.CantOpenError: (StoreError, "the database cannot be opened; check that its folder exists and the rights on it"),
    apsw.IOError: (StoreError, "the disk failed, or a limit on file sizes was met"),
    apsw.InterruptError: (StoreError, "the thread that committed was interrupted; repeat the call"),
    apsw.TooBigError: (StoreError, "a value is above SQLite's limit of 1 GB"),
}


def translate(error: apsw.Error, outcome: Outcome = "failed") -> StoreError:
    """Return our error for one of the driver's."""
    for foreign, (ours, advice) in _MEANINGS.items():
        if isinstance(error, foreign):
            return ours(f"{advice} (SQLite says: {error})", outcome)
    return StoreError(f"SQLite failed: {error}", outcome)
