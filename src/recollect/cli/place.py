"""Which memory a command works on."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import apsw
import click

from recollect.cli.output import Output
from recollect.errors import NotFound
from recollect.memory import Memory

DEFAULT_URL = "sqlite:///recollect.db"


class Place(NamedTuple):
    """A database, and the tenant in it."""

    url: str
    tenant: str

    def read(self) -> Memory:
        """Open the memory that is there.

        Raises:
            NotFound: there is none. Nothing is made.

        """
        path = local_path(self.url)
        if path is not None and not _holds_memory(path, self.url):
            raise NotFound(
                f"there is no memory at {self.url}; give another --url or RECOLLECT_URL, or fill this one with: "
                f"recollect import FILE --url {self.url}, or: recollect chat --url {self.url}"
            )
        return self.write()

    def write(self) -> Memory:
        """Open the memory, making it where it is new."""
        return Memory(self.url, tenant=self.tenant)


def local_path(url: str) -> Path | None:
    """Return the file or folder that a URL names; None where it names none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None  # opening it tells what is wrong
    path = unquote(parts.path.removeprefix("/"))
    return Path(path) if parts.scheme in ("sqlite", "file") and path and not parts.netloc else None


def _holds_memory(path: Path, url: str) -> bool:
    """Tell whether something of ours is there, so that reading never adds tables to another application's database."""
    if not url.startswith("sqlite:") or not path.exists():
        return path.exists()
    try:
        database = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    except apsw.Error:
        return True  # opening it as a memory tells what is wrong
    try:
        return database.table_exists("main", "recollect_owner")
    except apsw.Error:
        return True
    finally:
        database.close()


def report_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command --json, and its ``Output``."""

    @click.option("--json", "as_json", is_flag=True, help="Write JSON for programs: results on stdout, errors on stderr.")
    @wraps(command)
    def run(as_json: bool, **options: Any) -> None:
        command(output=Output(as_json), **options)

    return run


def memory_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command --url, --tenant and --json, and its ``Place`` and ``Output``."""

    @click.option(
        "--url",
        envvar="RECOLLECT_URL",
        default=DEFAULT_URL,
        show_default=True,
        show_envvar=True,
        help="The database: sqlite:///FILE, file:///FOLDER (one more slash for an absolute path).",
    )
    @click.option("--tenant", default="", help="Whose memory, where one database holds several applications or customers.")
    @report_options
    @wraps(command)
    def run(output: Output, url: str, tenant: str, **options: Any) -> None:
        command(place=Place(url, tenant), output=output, **options)

    return run
