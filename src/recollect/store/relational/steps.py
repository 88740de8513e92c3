"""The numbered steps of a schema: forward only, each applied once, and never changed afterwards."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.resources import files

from recollect.errors import Damaged, NewerFormat


def steps_of(package: str) -> list[str]:
    """Return the SQL of each step that a package holds as ``0001-*.sql``, in order, with the tables' names still to be put in."""
    found = sorted((step for step in files(package).iterdir() if step.name.endswith(".sql")), key=lambda step: step.name)
    return [step.read_text("utf-8") for step in found]


def checksum(step: str) -> str:
    """Return what tells a step from every other."""
    return sha256(step.encode()).hexdigest()


def missing(steps: Sequence[str], applied: Mapping[int, str]) -> list[int]:
    """Return the numbers of the steps that a database with these numbers and checksums still needs.

    Raises:
        NewerFormat: the database has steps that are not known here.
        Damaged: a step is not the one that is known here.

    """
    newest = max(applied, default=0)
    if newest > len(steps):
        text = f"the database has schema {newest}, and this Recollect knows {len(steps)}; upgrade it with: pip install -U recollect"
        raise NewerFormat(text)
    for number, step in enumerate(steps, 1):
        if applied.get(number, checksum(step)) != checksum(step):
            text = f"schema step {number} of the database is not the one that this Recollect ships; was it changed by hand?"
            raise Damaged(text)
    return [number for number in range(1, len(steps) + 1) if number not in applied]
