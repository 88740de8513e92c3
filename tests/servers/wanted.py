"""Whether a test has its server: started here, named by the environment, or missing, which is said aloud."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest

REQUIRED = "RECOLLECT_REQUIRE_SERVERS"
"""The variable that makes a missing server a failure."""

URLS = ("RECOLLECT_POSTGRESQL_URL", "RECOLLECT_MYSQL_URL", "RECOLLECT_REDIS_URL")
"""The variables that name servers."""

absent: set[str] = set()
"""What was missed, for the summary at the end of the run."""


def named(variable: str) -> str | None:
    """Return the URL of a server that is running already; None where the environment names none."""
    return os.environ.get(variable) or None


def program(name: str, package: str, *places: str) -> str:
    """Return the path of a server's program, found on the PATH or in one of the places (patterns), the newest first. Without it, see ``lack``."""
    found = shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin")))
    for place in () if found else places:
        versions = sorted(Path("/").glob(f"{place[1:]}/{name}"), key=_version)
        found = str(versions[-1]) if versions else None
    return found or lack(f"{name} (Debian: apt-get install {package})")


def lack(what: str) -> NoReturn:
    """Skip the test, aloud; let it fail where the environment requires the servers."""
    absent.add(what)
    message = f"there is no {what}; `make test` installs the servers where it may, compose.yaml starts them where it may not"
    if os.environ.get(REQUIRED) == "1" and not any(map(named, URLS)):  # else the servers are those of compose.yaml
        pytest.fail(f"{message}; and {REQUIRED}=1", pytrace=False)
    pytest.skip(message)


def own(variable: str) -> None:
    """Skip a test that kills or restarts a server, where the environment names one that is not ours to kill."""
    if named(variable):
        pytest.skip(f"{variable} names a server, which this test would kill")


def summary() -> Sequence[str]:
    """Return what to say at the end of a run."""
    return [f"SKIPPED for want of a server: {what}" for what in sorted(absent)]


def _version(path: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in path.parts if part.isdigit())
