"""What a copy tells."""

from collections.abc import Callable
from threading import Lock

from msgspec import Struct, field

from recollect.model import Owner

LISTED = 10_000
"""Conflicts that are listed; further ones are only counted."""


class CopyConflict(Struct, frozen=True, omit_defaults=True):
    """Something that is not as at the source, and was left as it is in the target.

    ``kind`` and ``name`` tell the owner: a ``user``, a ``session`` without a user, or the ``tenant``. ``session``, or ``collection``
    and ``key``, tell what of it; without these, all of it.
    """

    kind: str
    name: str
    reason: str
    session: str | None = None
    collection: str | None = None
    key: str | None = None


class CopyReport(Struct):
    """What a copy has done so far.

    Args:
        owners: users, sessions without a user, and the tenant itself, that the source has.
        sessions: sessions that something was written to.
        messages: messages written.
        rewritten: messages that were given other contents, because the source's were.
        documents: documents written or removed.
        removed: sessions that were cleared or deleted, because the source's were.
        erased: owners that were erased, because the source's were.
        gone: owners that the source has no longer, and that were not erased.
        verified: owners that were read back, and are equal.
        conflicts: what was left alone, since the target has something else in its place. The next copy tries it again.
        differences: what was written, and read back otherwise.
        unlisted: how many more conflicts and differences there were.

    """

    owners: int = 0
    sessions: int = 0
    messages: int = 0
    rewritten: int = 0
    documents: int = 0
    removed: int = 0
    erased: int = 0
    gone: int = 0
    verified: int = 0
    conflicts: list[CopyConflict] = field(default_factory=list)
    differences: list[CopyConflict] = field(default_factory=list)
    unlisted: int = 0

    @property
    def complete(self) -> bool:
        """Whether the target has all that the source has, as it has it, and nothing that the source has erased."""
        return not (self.conflicts or self.differences or self.unlisted or self.gone)


class Round(Struct, frozen=True):
    """One pass over the source of a copy that follows it.

    Args:
        number: counted from 1.
        owners: whom the source has.
        messages, rewritten, documents, removed, erased: as in CopyReport, of this round.
        behind: owners of whom there was more to copy when the round ended.
        seconds: since the target last had all that the source had.
        conflicts: how many things are left alone at present.
        error: what kept the round from its end; the next one tries again.

    """

    number: int
    owners: int
    messages: int
    rewritten: int
    documents: int
    removed: int
    erased: int
    behind: int
    seconds: float
    conflicts: int = 0
    error: str | None = None


Told = Callable[[Round], None]
"""Called at the end of each round."""


class Troubles:
    """Conflicts or differences that stand at present, each once. Several threads may note them."""

    def __init__(self) -> None:
        self._found: dict[tuple[Owner, str | None, tuple[str, str] | None], str] = {}
        self._owners_more = self._more = 0
        self._lock = Lock()

    def note(self, owner: Owner, reason: str, *, session: str | None = None, document: tuple[str, str] | None = None) -> None:
        """Note one, in place of what was noted of the same."""
        what = (owner, session, document)
        with self._lock:
            if what in self._found or len(self._found) < LISTED:
                self._found[what] = reason
            elif session is None and document is None:
                self._owners_more += 1
            else:
                self._more += 1

    def settle(self, owner: Owner, *, session: str | None = None, document: tuple[str, str] | None = None) -> None:
        """Forget one: it is no longer."""
        with self._lock:
            self._found.pop((owner, session, document), None)

    def concern(self, owner: Owner) -> bool:
        """Tell whether there are any of an owner."""
        with self._lock:
            return any(what[0] == owner for what in self._found)

    def settle_owners(self) -> None:
        """Forget those of whole owners, which each round finds anew."""
        with self._lock:
            self._found = {what: reason for what, reason in self._found.items() if what[1:] != (None, None)}
            self._owners_more = 0

    @property
    def unlisted(self) -> int:
        """How many there are beyond those that are listed."""
        return self._owners_more + self._more

    def __len__(self) -> int:
        """Count them."""
        return len(self._found) + self.unlisted

    def listed(self) -> list[CopyConflict]:
        """Return them in the order in which they were found."""
        with self._lock:
            found = list(self._found.items())
        return [CopyConflict(owner.kind, owner.name, reason, session, *(document or (None, None))) for (owner, session, document), reason in found]
