"""What a source is called, so that a copy finds its place in it again."""

from hashlib import blake2b
from pathlib import Path

from recollect.errors import Invalid
from recollect.store.url import parts_of

LOCAL = {"sqlite", "file"}
ALIASES = {"postgres": "postgresql", "mariadb": "mysql", "rediss": "redis"}
PLACES = {"database", "db", "dbname", "host", "port", "prefix", "schema", "unix_socket"}
"""Options of a URL that tell where in a server something is."""


def source_name(url: str) -> str:
    """Return the name of the store that a URL names: the same for any way to write its path, and without user and password.

    A file or a folder is named with its machine: another machine's is another source.

    Raises:
        Invalid: the URL is none, or names a store that has no name beyond this process.

    """
    from socket import gethostname  # these two bring much, and a command that copies nothing needs neither
    from urllib.parse import parse_qsl, urlencode, urlsplit

    scheme = url.partition("://")[0]
    if scheme in LOCAL:
        return f"{scheme}://{gethostname()}{Path(parts_of(url)[1]).resolve()}"
    if scheme == "memory":
        raise Invalid("a memory:// store is gone with its process, and has no name; give the source one")
    try:
        parts = urlsplit(url)
        options = sorted(option for option in parse_qsl(parts.query) if option[0] in PLACES)
    except ValueError:
        raise Invalid("the source's URL cannot be understood; check it") from None  # it may hold a password
    where = parts.netloc.rpartition("@")[2].lower()
    return f"{ALIASES.get(scheme, scheme)}://{where}{parts.path}" + (f"?{urlencode(options)}" if options else "")


def check_other(source: str, target: str) -> None:
    """Refuse a target that is the source."""
    if not source.startswith("memory:") and not target.startswith("memory:") and source_name(source) == source_name(target):
        raise Invalid("source and target are the same; give two stores")


def label(name: str) -> str:
    """Return what stands for a source's name in the target: 32 hexadecimal digits."""
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
