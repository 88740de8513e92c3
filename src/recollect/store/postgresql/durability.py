"""What a server does with a commit before it acknowledges it."""

import logging

import psycopg
from msgspec import Struct

from recollect.store.postgresql.connection import Link
from recollect.store.postgresql.errors import translate

_logger = logging.getLogger("recollect")


class Durability(Struct, frozen=True):
    """The server's settings: ``fsync``, and ``synchronous_commit`` as they hold for this user and database."""

    fsync: str
    synchronous_commit: str

    @property
    def loses(self) -> str:
        """What may be lost of what was acknowledged, when a server stops."""
        if self.fsync == "off":
            return "anything, if its machine fails (fsync off; set it to on)"
        if self.synchronous_commit == "off":
            return "the last second, if it is killed or its machine fails (synchronous_commit off; set it to on)"
        return "nothing, as far as the disk keeps its word"


def look(link: Link) -> Durability:
    """Ask the server, and tell the log what it promises."""
    try:
        row = link.cursor().execute("SELECT current_setting('fsync'), current_setting('synchronous_commit')").fetchone()
    except psycopg.Error as error:
        raise translate(error) from error
    told = Durability(*(row or ("", "")))
    level = logging.WARNING if "off" in (told.fsync, told.synchronous_commit) else logging.DEBUG
    _logger.log(level, "PostgreSQL may lose of what it has acknowledged: %s", told.loses)
    return told
