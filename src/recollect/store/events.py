"""What can happen to a ledger: the only ways in which it changes."""

from collections.abc import Iterable

from msgspec import Struct

from recollect.model import Document, Entry


class EntryAdded(Struct, frozen=True, gc=False):
    """An entry, with its position and session, came to stand at the end of that session, which is made where it is new.

    ``expires`` is when the session is over from now on, in microseconds since 1970 (UTC).
    """

    item: Entry
    expires: int | None = None


class DocumentWritten(Struct, frozen=True, gc=False):
    """A document, with its position, took the place of the one under the same collection and key."""

    item: Document


class EntryRewritten(Struct, frozen=True, gc=False):
    """An entry holds something else than it did, where it stands. Its session has so many ``tokens`` more, or fewer."""

    item: Entry
    tokens: int


class SessionSet(Struct, frozen=True, gc=False):
    """A session, made where it is new, has these values. Times and spans are in microseconds; see SessionState."""

    name: str
    created: int
    updated: int
    activity: int
    ttl: int | None = None
    expires: int | None = None
    edition: int = 0


class SessionRemoved(Struct, frozen=True, gc=False):
    """A session is gone, with its entries. One that was only cleared is then set anew."""

    name: str


Kept = EntryAdded | EntryRewritten | DocumentWritten
"""What stands at a position, and has a body that must be kept somewhere."""


Forgetting = SessionRemoved | EntryRewritten
"""Behind what something is forgotten that a ledger held."""

Recorded = EntryAdded | DocumentWritten | SessionSet
"""What adds to a ledger."""

Event = Recorded | Forgetting


def removes(events: Iterable[Event]) -> bool:
    """Tell whether something that stood in the ledger is gone behind these events: then what was derived of it must go as well."""
    return any(isinstance(event, Forgetting) or (isinstance(event, DocumentWritten) and event.item.body is None) for event in events)
