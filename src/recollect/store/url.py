"""Which store a URL names."""

from collections.abc import Callable

from recollect.errors import Invalid
from recollect.store.protocol import Store

FORMS = (
    "sqlite:///relative.db, sqlite:////absolute/path.db, file:///relative-folder, file:////absolute/folder, memory://, "
    "postgresql://user:password@host/database, mysql://user:password@host/database, redis://user:password@host/0"
)

PLANNED = {"dynamodb", "mongodb", "firestore"}


def open_store(url: str) -> Store:
    """Open the store that a URL names, as in FORMS: one slash after the host's place for a relative path, two for an absolute one.

    Raises:
        Invalid: the URL is of no known form.
        MissingExtra: the store needs a package that is not installed.
        StoreError: the store cannot be opened.

    """
    server = _SERVERS.get(url.partition("://")[0]) if isinstance(url, str) else None
    if server is not None:
        return server(url)
    scheme, path = parts_of(url)
    if scheme == "sqlite" and path == ":memory:":
        raise Invalid("sqlite:///:memory: names no file; for a memory that ends with the process, give memory://")
    if scheme == "sqlite" and path:
        from recollect.store.sqlite import SQLiteStore

        return SQLiteStore(path)
    if scheme == "file" and path:
        from recollect.store.files import FileStore

        return FileStore(path)
    if scheme == "memory" and not path:
        from recollect.store.memory import MemoryStore

        return MemoryStore()
    raise Invalid(f"{url!r} names no store; use one of {FORMS}")


def _postgresql(url: str) -> Store:
    from recollect.store.postgresql import open_url

    return open_url(url)


def _mysql(url: str) -> Store:
    from recollect.store.mysql import open_url

    return open_url(url)


def _redis(url: str) -> Store:
    from recollect.store.redis import RedisStore

    return RedisStore(url)


_SERVERS: dict[str, Callable[[str], Store]] = {
    "postgresql": _postgresql,
    "postgres": _postgresql,
    "mysql": _mysql,
    "mariadb": _mysql,
    "redis": _redis,
    "rediss": _redis,
    "redis+sentinel": _redis,
    "rediss+sentinel": _redis,
    "redis+cluster": _redis,
    "rediss+cluster": _redis,
}
"""What opens the URL of a server, by its scheme: whole, since it may hold a password, and settings behind ``?``."""


def names_server(url: str) -> bool:
    """Tell whether a URL names a server's database."""
    return url.partition("://")[0] in _SERVERS


def shown(url: str) -> str:
    """Return a URL as people may see it: a server's without what follows a user's name, which is a password, and without its settings."""
    if not names_server(url):
        return url
    scheme, _, rest = url.partition("://")
    where, question, _ = rest.partition("?")
    if "@" not in where and "@" in rest:  # the ? may stand in the password
        return f"{scheme}://…"
    who, at, host = where.rpartition("@")
    user, colon, _ = who.partition(":")
    return f"{scheme}://{user}{':***' if colon else ''}{at}{host}{'?…' if question else ''}"


def store_of(store: object) -> tuple[Store, bool]:
    """Return a store that is given, or opened from a URL, and whether it was opened.

    Raises:
        Invalid: it is neither.

    """
    if isinstance(store, str):
        return open_store(store), True
    if isinstance(store, type) or not (hasattr(store, "append") and hasattr(store, "changes")):
        raise Invalid(f"{store!r} is no store; give a URL such as sqlite:///memory.db, or an open store")
    given: Store = store  # type: ignore[assignment]  # StoreContract tells whether it is a whole one
    return given, False


def parts_of(url: object) -> tuple[str, str]:
    """Return the scheme and the path of a URL that has no more than these."""
    from urllib.parse import unquote, urlsplit  # brings ipaddress: a tenth of the import's time

    if not isinstance(url, str):
        raise Invalid(f"the URL is a {type(url).__name__}; give text such as sqlite:///memory.db, or an open store")
    try:
        url.encode()
        parts = urlsplit(url)
        path = unquote(parts.path.removeprefix("/"), errors="strict")
    except ValueError:
        raise Invalid(f"the URL cannot be understood; use one of {FORMS}") from None  # it may hold a password, which the cause repeats
    if parts.scheme in PLANNED:
        raise Invalid(f"this version has no store for {parts.scheme}://; use one of {FORMS}")
    if not parts.scheme or "://" not in url:  # it may hold a password: it is not repeated
        raise Invalid(f"the URL begins with no scheme; use one of {FORMS}")
    if parts.scheme not in {"sqlite", "file", "memory"}:
        raise Invalid(f"there is no store for {parts.scheme}://; use one of {FORMS}")
    if parts.netloc or not url.startswith(f"{parts.scheme}://"):
        raise Invalid(f"a path stands behind three slashes, with no host in front of it; use one of {FORMS}")
    if parts.query or parts.fragment or "\x00" in path or any(mark in url for mark in "\t\r\n"):
        raise Invalid(f"{url!r} has more than a path; write ? as %3F and # as %23 in it, and use one of {FORMS}")
    return parts.scheme, path
