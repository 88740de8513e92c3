"""What a server tells of itself: how safe a commit is, and how much it takes at once."""

import pymysql
from msgspec import Struct

from recollect.store.mysql.connection import Link
from recollect.store.mysql.errors import translate

ENOUGH = 16 << 20
"""max_allowed_packet below this refuses messages of 10 MB."""


class Server(Struct, frozen=True):
    """What the server said when the store was opened. ``flush``: innodb_flush_log_at_trx_commit. ``binlog``: whether it writes a binary log."""

    version: str
    packet: int
    flush: int
    binlog: bool
    sync_binlog: int

    def doubts(self) -> list[str]:
        """Return what may be lost, and what is refused, with the setting that would change it."""
        said = []
        if self.flush != 1:
            lost = "a second of commits" if self.flush in {0, 2} else "commits"
            said.append(f"innodb_flush_log_at_trx_commit={self.flush}: a crash of its machine may lose {lost} that were acknowledged; set it to 1")
        if self.binlog and self.sync_binlog != 1:
            said.append(f"sync_binlog={self.sync_binlog}: a crash of its machine may lose commits that were acknowledged; set it to 1")
        if self.packet < ENOUGH:
            said.append(f"max_allowed_packet={self.packet}: messages above three quarters of it are refused; set it to 16M or more")
        return said


def ask_server(link: Link) -> Server:
    """Ask a server what it is set to."""
    try:
        ((version, flush, binlog, sync),) = link.rows("SELECT VERSION(), @@innodb_flush_log_at_trx_commit, @@log_bin, @@sync_binlog")
    except pymysql.MySQLError as error:
        raise translate(error) from error
    return Server(version, link.packet, flush, bool(binlog), sync)
