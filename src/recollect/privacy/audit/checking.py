"""Checking one chain: every record, its place, and its bond with the one before."""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from msgspec import Struct

from recollect.model import Entry
from recollect.privacy.audit.key import Key
from recollect.privacy.audit.record import Head, Record, Written, read

Kind = Literal["altered", "missing", "reordered", "truncated", "rewritten", "foreign"]
"""What was found: a record that was altered, is missing within a chain, stands elsewhere, is missing at a chain's end, is another than it was
when it was anchored, or cannot be of this audit."""

MOST = 100
"""Findings of one chain at the most: where all of it is wrong, the first ones tell."""


class Finding(Struct, frozen=True):
    """What is wrong. ``number`` is that of the record; 0 for a chain as a whole."""

    kind: Kind
    chain: str
    number: int
    message: str


class Checked(NamedTuple):
    """What one chain holds: its first record's number and link, its end, how many records, the MACs asked for, the registry's records."""

    chain: str
    first: int
    link: str
    head: Head
    records: int
    macs: dict[int, str]
    registered: list[tuple[Record, str]]
    findings: list[Finding]


def check(chain: str, pages: Iterable[Sequence[Entry]], keys: list[Key], wanted: frozenset[int]) -> Checked:
    """Check a chain by itself.

    Args:
        chain: its id, as its session tells it.
        pages: its entries, as they stand.
        keys: one of these has signed it.
        wanted: the numbers of the records whose MACs are asked for.

    """
    walk = _Walk(chain, keys, wanted)
    for page in pages:
        for entry in page:
            walk.take(entry)
    return walk.checked()


def missing(first: int, last: int) -> str:
    """Say that some records are missing."""
    return f"records {first} to {last} are missing" if last > first else f"record {first} is missing"


class _Walk:
    """A way along a chain."""

    def __init__(self, chain: str, keys: list[Key], wanted: frozenset[int]) -> None:
        self._chain = chain
        self._keys = keys
        self._wanted = wanted
        self._findings: list[Finding] = []
        self._macs: dict[int, str] = {}
        self._registered: list[tuple[Record, str]] = []
        self._first: tuple[int, str] | None = None
        self._head = Head(chain, 0, "")
        self._sound = True
        self._count = 0

    def take(self, entry: Entry) -> None:
        """Check an entry, and go on behind it."""
        self._count += 1
        written = read(entry.body, self._keys)
        number = self._number(entry, written)
        if written is None or written.key is None or not self._agrees(entry, written.record):
            self._find("altered", number, "was altered: its MAC is not that of what it says, or it was signed with a key that was not given")
            self._go_on(number, "", sound=False)
            return
        record = written.record
        if record.chain != self._chain:
            self._find("foreign", number, f"is record {record.number} of chain {record.chain}")
            return
        self._place(record)
        if number in self._wanted:
            self._macs[number] = written.mac
        if record.registers:
            self._registered.append((record, written.mac))
        self._go_on(max(number, self._head.number), written.mac, sound=True)

    def checked(self) -> Checked:
        """Return what was found."""
        first, link = self._first or (0, "")
        return Checked(self._chain, first, link, self._head, self._count, self._macs, self._registered, self._findings)

    def _place(self, record: Record) -> None:
        """Check that a sound record follows on the one before."""
        number, expected = record.number, self._head.number + 1
        if self._first is None:
            self._first = (number, record.link)
        elif number > expected:
            self._findings.append(Finding("missing", self._chain, expected, missing(expected, number - 1)))
        elif number < expected:
            self._find("reordered", number, f"stands behind record {self._head.number}")
        elif self._sound and record.link != self._head.mac:
            self._find("rewritten", number, "does not follow on the record that stands before it")

    def _go_on(self, number: int, mac: str, *, sound: bool) -> None:
        if self._first is None:
            self._first = (number, "")
        self._head, self._sound = Head(self._chain, number, mac), sound

    def _number(self, entry: Entry, written: Written | None) -> int:
        if written is not None and written.key is not None:
            return written.record.number
        return int(entry.id) if entry.id.isdecimal() and len(entry.id) < 16 else self._head.number + 1  # noqa: PLR2004  # of any that was ever given

    def _agrees(self, entry: Entry, record: Record) -> bool:
        """Tell whether the columns beside a body say what it says."""
        return (entry.id, entry.role, entry.created, entry.tokens) == (str(record.number), "audit", record.at, None)

    def _find(self, kind: Kind, number: int, message: str) -> None:
        if len(self._findings) < MOST:
            self._findings.append(Finding(kind, self._chain, number, f"record {number} {message}"))
