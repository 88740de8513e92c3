"""What a server does with a commit before it acknowledges it."""

import logging

import pymysql
from msgspec import Struct

from recollect.store.mysql.connection import Link
from recollect.store.mysql.errors import translate

ENOUGH = 16 << 20
"""A max_allowed_packet below this refuses messages of 10 MB."""

_logger = logging.getLogger("recollect")


class Durability(Struct, frozen=True):
    """The server's settings: ``innodb_flush_log_at_trx_commit``, whether it writes a binary log, and ``sync_binlog``."""

    flush: int
    binlog: bool
    sync_binlog: int

    @property
    def loses(self) -> str:
        """What may be lost of what was acknowledged, when a server stops."""
        if self.flush == 2:  # noqa: PLR2004
            return "the last second, if its machine fails (innodb_flush_log_at_trx_commit=2; set it to 1)"
        if self.flush != 1:
            return f"the last second, if it is killed or its machine fails (innodb_flush_log_at_trx_commit={self.flush}; set it to 1)"
        if self.binlog and self.sync_binlog != 1:  # a transaction that the log does not know is rolled back when the server recovers
            return f"the last commits, if its machine fails (sync_binlog={self.sync_binlog}; set it to 1)"
        return "nothing, as far as the disk keeps its word"


def look(link: Link) -> Durability:
    """Ask the server, and tell the log what it promises."""
    try:
        ((flush, binlog, sync),) = link.rows("SELECT @@innodb_flush_log_at_trx_commit, @@log_bin, @@sync_binlog")
    except pymysql.MySQLError as error:
        raise translate(error) from error
    told = Durability(flush, bool(binlog), sync)
    level = logging.DEBUG if told.loses.startswith("nothing") else logging.WARNING
    _logger.log(level, "the server may lose of what it has acknowledged: %s", told.loses)
    if link.packet < ENOUGH:
        _logger.warning("max_allowed_packet=%s: messages above three quarters of it are refused; set it to 16M or more", link.packet)
    return told
