"""What redis-py's errors mean to a caller."""

from msgspec import Struct
from redis import exceptions as foreign

from recollect.errors import Busy, Damaged, Outcome, StorageFull, StoreError


class _Meaning(Struct, frozen=True):
    """Our error, what to do, and whether the server tells by it that it has done nothing."""

    ours: type[StoreError]
    advice: str
    refused: bool = True


_MEANINGS: dict[type[Exception], _Meaning] = {
    foreign.AuthenticationError: _Meaning(StoreError, "the server refuses the user or the password; check both"),
    foreign.AuthorizationError: _Meaning(StoreError, "the server refuses the user; check its rights"),
    foreign.NoPermissionError: _Meaning(StoreError, "the user has no right to a command or a key; see 'Rights' in docs/redis.md"),
    foreign.BusyLoadingError: _Meaning(Busy, "the server is loading its data; try again in a while"),
    foreign.MaxConnectionsError: _Meaning(Busy, "all connections of the client are in use; try again, or let it have more"),
    foreign.OutOfMemoryError: _Meaning(StorageFull, "the server has reached its maxmemory; raise it, or remove data, and repeat the call"),
    foreign.ReadOnlyError: _Meaning(StoreError, "the server is a replica; connect to the master, or repeat the call after a failover"),
    foreign.ClusterDownError: _Meaning(StoreError, "the cluster is down, or a part of it; repeat the call when it is up again"),
    foreign.TryAgainError: _Meaning(Busy, "the cluster is moving the owner's keys; try again"),
    foreign.ClusterCrossSlotError: _Meaning(StoreError, "the server sees keys of one owner in several slots; it is no Redis cluster as we know it"),
    foreign.MovedError: _Meaning(Busy, "the cluster's nodes disagree on where the owner's keys are; try again"),
    foreign.AskError: _Meaning(Busy, "the cluster is moving the owner's keys; try again"),
    foreign.TimeoutError: _Meaning(StoreError, "the server did not answer in time; see whether it is up, and repeat the call", refused=False),
    foreign.ConnectionError: _Meaning(StoreError, "the connection to the server failed; see whether it is up, and repeat the call", refused=False),
    foreign.RedisClusterException: _Meaning(StoreError, "the cluster cannot be reached, or does not cover all slots; see whether its nodes are up"),
}

_HARMED = _Meaning(Damaged, "some of the owner's keys are gone or changed (evicted? see maxmemory-policy); restore them from a backup", refused=False)
"""What our scripts fail with where keys do not fit each other."""

_WORDS: dict[str, _Meaning] = {
    "MISCONF": _Meaning(StorageFull, "the server cannot write to its disk, so it refuses writes; see its log, and repeat the call"),
    "NOREPLICAS": _Meaning(StoreError, "too few replicas are connected (min-replicas-to-write); repeat the call when they are back"),
    "BUSY": _Meaning(Busy, "the server is busy with somebody's script; try again"),
    "UNKILLABLE": _Meaning(Busy, "the server is busy with somebody's script; try again"),
    "executing the script can't": _MEANINGS[foreign.NoPermissionError],
    "WRONGTYPE": _Meaning(StoreError, "a key of ours holds something else; choose another prefix, or remove it", refused=False),
    "max number of clients reached": _Meaning(Busy, "the server has no connection left (maxclients); try again"),
    "-OOM": _MEANINGS[foreign.OutOfMemoryError],
    "DB index is out of range": _Meaning(StoreError, "the server has no database of this number; choose another, or raise its setting databases"),
    ": bad argument": _HARMED,
    ": attempt to": _HARMED,
    "unknown command 'SENTINEL'": _Meaning(StoreError, "no Sentinel answers there, but a server; Sentinels usually listen on port 26379"),
    "unknown command": _Meaning(StoreError, "the server lacks a command; Redis 6.2 and newer, and Valkey, have all that is needed"),
}
"""Beginnings or parts of replies that redis-py has no class for; a script's own errors carry them in their text."""


def translate(error: Exception, outcome: Outcome = "failed") -> StoreError:
    """Return our error for one of redis-py's. ``outcome``: what became of the call, where the server has not refused it."""
    meaning = _meaning(error)
    if meaning is None:
        return StoreError(f"Redis failed: {error}", outcome)
    return meaning.ours(f"{meaning.advice} (Redis says: {error})", "failed" if meaning.refused else outcome)


def _meaning(error: Exception) -> _Meaning | None:
    text = str(error)
    for words, meaning in _WORDS.items():
        if text.startswith(words) or words in text[:200]:
            return meaning
    if isinstance(error.__context__, foreign.ReadOnlyError):  # as redis-py tells it behind Sentinel
        return _MEANINGS[foreign.ReadOnlyError]
    return next((meaning for known, meaning in _MEANINGS.items() if isinstance(error, known)), None)
