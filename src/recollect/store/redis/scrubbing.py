"""What Redis keeps of removed keys on its disk: the append-only log and the snapshot, which are written anew."""

from time import monotonic, sleep

from redis import ConnectionPool
from redis.exceptions import ResponseError

from recollect.errors import StoreError
from recollect.store.redis.durability import info, setting
from recollect.store.redis.lines import Line
from recollect.store.redis.scripts import command

LONGEST = 600.0
"""Seconds for which a server's writing is waited for."""

PAUSES = (0.02, 1.0)
"""Seconds between two looks, at first and at the most."""

LOG = (b"BGREWRITEAOF", "the append-only log", "aof_last_bgrewrite_status")
SNAPSHOT = (b"BGSAVE", "the snapshot (dump.rdb)", "rdb_last_bgsave_status")

BUSY = ("aof_rewrite_in_progress", "aof_rewrite_scheduled", "rdb_bgsave_in_progress")
"""What tells that a server is writing: one that began before a removal may hold what was removed."""


def scrub(line: Line) -> list[str]:
    """See Scrubs.scrub. Each master writes its log and its snapshot anew, by a process of its own, while the store goes on."""
    left = []
    for master in line.servers.all():
        try:
            left += _scrub(line, master)
        except StoreError as error:
            left.append(f"a server's log and snapshot hold what is removed, since it did not answer ({error}): BGREWRITEAOF, BGSAVE")
    return left


def _scrub(line: Line, master: ConnectionPool) -> list[str]:
    state = info(line, master, b"persistence")
    if not state:
        return ["a log and a snapshot (dump.rdb), if the server keeps them, hold what is removed until they are written anew: BGREWRITEAOF, BGSAVE"]
    files = [LOG] if state.get("aof_enabled") == "1" else []
    saves = setting(line, master, b"save")
    if saves or int(state.get("rdb_saves", 0)):
        files.append(SNAPSHOT)
    left = [text for file in files if (text := _write_anew(line, master, *file)) is not None]
    if saves is None and SNAPSHOT not in files:
        left.append("a snapshot (dump.rdb), if the server makes any, holds what is removed until the next: BGSAVE")
    replicas = int(info(line, master, b"replication").get("connected_slaves", 0))
    return [*left, f"{replicas} replicas hold what is removed in files of their own: BGREWRITEAOF and BGSAVE there"] if replicas else left


def _write_anew(line: Line, master: ConnectionPool, name: bytes, what: str, status: str) -> str | None:
    """Have a file written anew. Returns what is to be told if that was not done."""
    deadline = monotonic() + LONGEST
    reason = f"it took longer than {LONGEST:g} seconds"
    try:
        while _waited(line, master, deadline):
            try:
                line.tell(master, command(name))
            except ResponseError as error:
                if "progress" in str(error) or "active" in str(error):  # others were quicker
                    continue
                raise
            if _waited(line, master, deadline):
                reason = info(line, master, b"persistence").get(status, "unknown")
            break
    except ResponseError as error:
        reason = str(error)
    return None if reason == "ok" else f"{what} holds what is removed, since it could not be written anew ({reason}): {name.decode()}"


def _waited(line: Line, master: ConnectionPool, deadline: float) -> bool:
    """Wait until a server writes nothing. Returns whether that was before the deadline."""
    pause, longest = PAUSES
    while any(info(line, master, b"persistence").get(name, "0") != "0" for name in BUSY):
        if monotonic() > deadline:
            return False
        sleep(pause)
        pause = min(1.5 * pause, longest)
    return True
