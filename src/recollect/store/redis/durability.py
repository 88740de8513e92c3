"""What a server does with writes before it acknowledges them."""

import logging
from typing import Any

from msgspec import Struct
from redis import ConnectionPool
from redis.exceptions import ResponseError

from recollect.errors import StoreError
from recollect.store.redis.lines import Line, Wait
from recollect.store.redis.options import Options
from recollect.store.redis.scripts import command

_logger = logging.getLogger("recollect")

SHARE = 0.5
"""The part of the bounded wait for an answer that the server may wait for its disk and its replicas."""


class Durability(Struct, frozen=True):
    """What the least durable of the masters promises; None where the server does not tell.

    ``log``: whether it keeps an append-only log. ``sync``: when that is synced to the disk: ``"always"``, ``"everysec"``
    or ``"no"``. ``eviction``: what it does when its memory is full; anything but ``"noeviction"`` and the ``volatile-`` ones
    loses data silently.
    """

    log: bool | None
    sync: str | None
    eviction: str | None

    @property
    def loses(self) -> str:
        """What may be lost of what was acknowledged, when a server stops."""
        if self.log is None:
            return "unknown: the server does not tell whether it keeps a log"
        if not self.log:
            return "all since the last snapshot, if there are any: the server keeps no log (appendonly no; set it to yes)"
        if self.sync is None:
            return "unknown: the server keeps a log, and does not tell how it syncs it; by default, one second"
        losses = {
            "always": "nothing, as far as the disk keeps its word (appendfsync always)",
            "everysec": "up to a second or two, if the machine loses power; nothing, if only the server's process ends (appendfsync everysec)",
        }
        return losses.get(self.sync, "some seconds, if the machine loses power: the system decides when to sync (appendfsync no)")

    @property
    def evicts(self) -> bool:
        """Whether the server may drop keys of ours when its memory is full."""
        return self.eviction is not None and self.eviction.startswith("allkeys")


def look(line: Line) -> Durability:
    """Ask all masters, and tell the log what they promise."""
    found = [_look(line, master) for master in line.servers.all()]
    worst = min(found, key=lambda one: (one.log is not False, one.log is None, _RANKS.get(one.sync or "", 1)))
    evicts = next((one.eviction for one in found if one.evicts), worst.eviction)
    told = Durability(worst.log, worst.sync, evicts)
    _logger.log(
        logging.INFO if told.log and told.sync in {"always", "everysec"} else logging.WARNING,
        "Redis may lose of what it has acknowledged: %s",
        told.loses,
    )
    if told.evicts:
        _logger.warning("Redis drops any keys when its memory is full (maxmemory-policy %s): set it to noeviction", told.eviction)
    return told


_RANKS = {"no": 0, "everysec": 1, "always": 2}


def _look(line: Line, master: ConnectionPool) -> Durability:
    log = info(line, master, b"persistence").get("aof_enabled")
    eviction = info(line, master, b"memory").get("maxmemory_policy")
    return Durability(None if log is None else log == "1", setting(line, master, b"appendfsync"), eviction)


def setting(line: Line, master: ConnectionPool, name: bytes) -> str | None:
    """Return one of a server's settings; None where it does not tell."""
    try:
        answer: Any = line.tell(master, command(b"CONFIG", b"GET", name))
    except ResponseError:
        return None
    named = answer if isinstance(answer, dict) else dict(zip(answer[::2], answer[1::2], strict=True))  # RESP 3 or 2
    return named[name].decode() if name in named else None


def info(line: Line, master: ConnectionPool, section: bytes) -> dict[str, str]:
    """Return what a server tells of itself; nothing where it does not."""
    try:
        text: Any = line.tell(master, command(b"INFO", section))
    except ResponseError:
        return {}
    return dict(row.split(":", 1) for row in text.decode().splitlines() if ":" in row)


def memory_used(line: Line) -> int:
    """Return the bytes of memory that the masters use.

    Raises:
        StoreError: a server does not tell it.

    """
    found = [info(line, master, b"memory").get("used_memory") for master in line.servers.all()]
    if None in found:
        raise StoreError("the server does not tell how much memory it uses; allow the user the command INFO")
    return sum(int(one or 0) for one in found)


def wait_behind(line: Line, found: Durability, options: Options) -> Wait | None:
    """Return what each write is to wait for; None if for nothing.

    Raises:
        StoreError: the server cannot do it.

    """
    millis = b"%d" % (options.wait * SHARE * 1000)
    replicas = options.replicas
    if options.durability is None and not replicas:
        return None
    if options.durability is None:
        return Wait(command(b"WAIT", b"%d" % replicas, millis), (replicas,))
    if found.sync != "always":
        _logger.warning(
            "durability='fsync' with appendfsync %s: Valkey, and Redis 7.4 until its correction, confirm before they have synced; "
            "set appendfsync to always",
            found.sync or "unknown",
        )
    behind = Wait(command(b"WAITAOF", b"1", b"%d" % replicas, millis), (1, replicas))
    for master in line.servers.all():
        try:
            line.tell(master, command(b"WAITAOF", b"1", b"0", b"1"))
        except ResponseError as error:
            advice = "it keeps no log: set appendonly yes" if found.log is False else "WAITAOF came with Redis 7.2, and is in every Valkey"
            raise StoreError(f"the server cannot wait for its disk, so durability='fsync' cannot be kept; {advice} (Redis says: {error})") from error
    return behind
