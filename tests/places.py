"""Where a test's memory may live, on every store, by URL."""

from pathlib import Path

from servers import mariadb, postgresql, redis

PLACES = {
    "memory": lambda _: "memory://",
    "sqlite": lambda folder: f"sqlite:///{folder}/memory.db",
    "files": lambda folder: f"file:///{folder}/memory",
    "postgresql": postgresql.database_of,
    "mysql": mariadb.database_of,
    "redis": redis.database_of,
}
"""What returns the URL of the memory of a test's own folder."""

LASTING = [name for name in PLACES if name != "memory"]


def url_of(kind: str, folder: Path) -> str:
    """Return the URL of a folder's memory: an empty one at the first call, the same at the next."""
    return PLACES[kind](folder)
