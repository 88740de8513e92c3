"""The same database, seen by another process."""

import subprocess
import sys

from msgspec import DecodeError, Struct
from msgspec.json import decode

from recollect.errors import StoreError


class Seen(Struct, frozen=True):
    """What a process finds in a database."""

    process: int
    sessions: int
    messages: int
    checksum: str


class _Stats(Struct):
    sessions: int
    messages: int
    checksum: str


def reopen(url: str) -> Seen:
    """Start a new Python, let it open the database and read every message, and return what it finds.

    Raises:
        StoreError: it failed; the message tells what it said.

    """
    command = [sys.executable, "-P", "-m", "recollect", "stats", "--checksum", "--json", "--url", url, "--tenant", ""]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603  # our own words
        told, complaint = process.communicate()
    try:
        found = decode(told, type=_Stats)
    except DecodeError as error:
        raise StoreError(f"the other process could not read the database: {complaint.decode(errors='replace').strip()}") from error
    return Seen(process.pid, found.sessions, found.messages, found.checksum)
