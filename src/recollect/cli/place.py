"""Which memory a command works on."""

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import apsw
import click

from recollect.cli.auditing import check, settings
from recollect.cli.output import Output
from recollect.cli.program import command
from recollect.cli.redaction import redaction_asked
from recollect.errors import Invalid, NotFound, RecollectError
from recollect.memory import Memory
from recollect.store.protocol import Store
from recollect.store.url import names_server, open_store, parts_of, shown

if TYPE_CHECKING:
    from recollect.privacy.keys import Keyring

URL = "RECOLLECT_URL"
KEYS = "RECOLLECT_KEYS"
DEFAULT_URL = "sqlite:///recollect.db"


class Place(NamedTuple):
    """A database, and the tenant in it."""

    url: str
    tenant: str
    keys: str | None = None
    """Where the keys are, if it is sealed."""

    def read(self, audit_keys: tuple[str, ...] = (), *, noted: bool = True) -> Memory:
        """Open the memory that is there. In a server's database, it is made where it is new.

        Args:
            audit_keys: the audit's keys; those of the environment unless given.
            noted: whether what the command does is noted, where the memory is audited.

        Raises:
            NotFound: there is no such file or folder. Nothing is made.

        """
        self._check_there()
        return self.write(audit_keys, noted=noted)

    def store(self) -> Store:
        """Open the database that is there, as it is: what is sealed stays sealed, and no keys are needed.

        Raises:
            NotFound: there is no such file or folder. Nothing is made.

        """
        self._check_there()
        return open_store(self.url)

    def keyring(self, *, make: bool) -> "Keyring | None":
        """Open the keys, which are closed when the command ends; None where none are named. ``make``: their file, where it is new."""
        if self.keys is None:
            return None
        from recollect.cli.keyring import keyring_of  # with cryptography, which few need

        return keyring_of(self.keys, make=make)

    def _check_there(self) -> None:
        if names_server(self.url):
            return
        scheme, path = parts_of(self.url)
        if path and scheme in ("sqlite", "file") and not _holds_memory(scheme, Path(path)):
            raise NotFound(
                f"there is no memory at {self.url}; give another --url or {URL}, or fill this one with: "
                f"{self.command('import', 'FILE')}, or: {self.command('chat')}, or see how it works: {command('demo')}"
            )

    def write(self, audit_keys: tuple[str, ...] = (), *, noted: bool = True) -> Memory:
        """Open the memory, making it where it is new.

        Raises:
            Invalid: the URL names none; or the memory is audited, and no key is known.

        """
        scheme, path = ("", "") if names_server(self.url) else parts_of(self.url)
        if scheme == "file" and Path(path).is_file():
            raise Invalid(f"{path} is a file, and {self.url} needs a folder; for a SQLite file, write sqlite:/// in place of file:///")
        audit = settings(audit_keys) if noted else None
        keys = self.keyring(make=names_server(self.url) or not _holds_memory(scheme, Path(path)))  # keys of a memory that is there are there, too
        memory = Memory(self.url, tenant=self.tenant, keys=keys, audit=audit, redact=redaction_asked())
        try:
            if noted:
                check(memory)
        except RecollectError:
            memory.close()
            raise
        return memory

    def command(self, *words: str) -> str:
        """Return a command for a person to type, on this same memory; a password is left for the person to put in."""
        at = [] if self.url == (os.environ.get(URL) or DEFAULT_URL) else ["--url", shown(self.url)]
        tenant = ["--tenant", self.tenant] if self.tenant else []
        keys = [] if self.keys in {None, os.environ.get(KEYS)} else ["--keys", shown(self.keys or "")]
        return command(*words, *at, *tenant, *keys)


def _holds_memory(scheme: str, path: Path) -> bool:
    """Tell whether something of ours is there, so that reading never adds tables to another application's database."""
    if scheme != "sqlite" or not path.exists():
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


def report_options(subcommand: Callable[..., None]) -> Callable[..., None]:
    """Give a command --json, and its ``Output``."""

    @click.option("--json", "as_json", is_flag=True, help="Write JSON for programs: results on stdout, errors on stderr.")
    @wraps(subcommand)
    def run(as_json: bool, **options: Any) -> None:
        subcommand(output=Output(as_json), **options)

    return run


def memory_options(subcommand: Callable[..., None]) -> Callable[..., None]:
    """Give a command --url, --tenant, --keys and --json, and its ``Place`` and ``Output``."""

    @click.option(
        "--url",
        envvar=URL,
        default=DEFAULT_URL,
        show_default=True,
        show_envvar=True,
        help="The database: sqlite:///FILE, file:///FOLDER (one more slash for an absolute path), postgresql://…, mysql://…, redis://….",
    )
    @click.option("--tenant", default="", help="Whose memory, where one database holds several applications or customers.")
    @click.option("--keys", envvar=KEYS, show_envvar=True, help="Where the keys of a sealed memory are: a file, or the URL of a database.")
    @report_options
    @wraps(subcommand)
    def run(output: Output, url: str, tenant: str, keys: str | None, **options: Any) -> None:
        subcommand(place=Place(url, tenant, keys or None), output=output, **options)

    return run
