"""A chat history that a URL names."""

from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime

from recollect.errors import Invalid
from recollect.store.url import names_server
from recollect.transfer.items import Item

TABLE = "message_store"
PREFIX = "message_store:"
"""What LangChain calls the table, and what its keys in Redis begin with, unless it is told otherwise."""


class History:
    """A history that is imported.

    Args:
        url: of the database, as LangChain was given it; the name of a driver in it (``postgresql+psycopg://``) is passed over.
        table: the table, in PostgreSQL and MySQL.
        prefix: what the keys begin with, in Redis.

    ``format`` is its name, for the report. ``done`` of ``total`` tells how far it has been read: rows, or keys in Redis. ``now`` stands for the
    times that it does not tell.

    Raises:
        Invalid: the URL is of no server that histories are read from.

    """

    def __init__(self, url: str, *, table: str = TABLE, prefix: str = PREFIX) -> None:
        scheme, mark, rest = url.partition("://")
        kind, _, driver = scheme.partition("+")
        if not is_url(url) or driver in ("cluster", "sentinel"):
            raise Invalid("LangChain's histories are read from postgresql://, mysql://, redis:// and rediss:// URLs; give one of these, or a file")
        self.url = kind + mark + rest
        self.table = table
        self.prefix = prefix
        self.format = "langchain-redis" if kind in ("redis", "rediss") else "langchain-sql"
        self.now = datetime.now(UTC)
        self.done = 0
        self.total = 0


def is_url(text: str) -> bool:
    """Tell whether a text is the URL of a server, and not the path of a file."""
    return "://" in text and names_server(text.partition("://")[0].partition("+")[0] + "://")


def read(history: History) -> Generator[Item]:
    """Yield a history's sessions and messages.

    Raises:
        Invalid: the database has no such table, or the URL cannot be understood.
        MissingExtra: the driver is not installed.
        StoreError: the database cannot be read.

    """
    yield from _READERS[history.url.partition("://")[0]](history)


def _postgresql(history: History) -> Iterator[Item]:
    from recollect.transfer.histories.postgresql import read

    return read(history)


def _mysql(history: History) -> Iterator[Item]:
    from recollect.transfer.histories.mysql import read

    return read(history)


def _redis(history: History) -> Iterator[Item]:
    from recollect.transfer.histories.redis import read

    return read(history)


_READERS: dict[str, Callable[[History], Iterator[Item]]] = {
    "postgresql": _postgresql,
    "postgres": _postgresql,
    "mysql": _mysql,
    "mariadb": _mysql,
    "redis": _redis,
    "rediss": _redis,
}
