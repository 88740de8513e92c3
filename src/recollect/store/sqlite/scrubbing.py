"""Emptying the log for good, since what was removed may stand in it."""

import time

import apsw

from recollect.store.sqlite.commits import Commits
from recollect.store.sqlite.connection import empty_log
from recollect.store.sqlite.errors import translate

ATTEMPTS = 20
PAUSE = 0.05
"""So often it is tried, so many seconds apart, while somebody reads."""


def scrub(commits: Commits, path: str, wait: float) -> list[str]:
    """See Scrubs.scrub. Within the database, what is removed is overwritten at once (``secure_delete``)."""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE)
        try:
            with commits.lock:
                if empty_log(commits.connection, wait):
                    return []
        except apsw.BusyError:
            continue
        except apsw.Error as error:
            raise translate(error) from error
    return [f"somebody is reading the database, so that its log {path}-wal could not be emptied; end what reads it, and repeat this"]
