"""What a store sees: opaque bytes, and what it needs beside them."""

from msgspec import Struct


class Entry(Struct, frozen=True, gc=False):
    """A message as a store sees it: opaque bytes, beside the columns that a store needs or that a person may query.

    ``created`` is in microseconds since 1970 (UTC). ``digest`` (16 bytes) is equal for equal content: it tells a retry
    from a conflict. ``position`` is 0 until the store has handed one out. ``edition`` is how often entries of its session
    have been rewritten: what was read at another edition may be stale.
    """

    position: int
    id: str
    role: str
    created: int
    tokens: int | None
    digest: bytes
    body: bytes
    session: str = ""
    edition: int = 0


class Document(Struct, frozen=True, gc=False):
    """The latest value under ``(collection, key)`` as a store sees it. A body of None is a notice that it was removed."""

    collection: str
    key: str
    body: bytes | None
    position: int = 0


class Saved(Struct, frozen=True, gc=False):
    """A derived document as a store sees it: opaque parts, and the position at which its owner's ledger ended when it was made."""

    position: int
    parts: tuple[bytes, ...]


class SessionState(Struct, frozen=True, gc=False):
    """A session as a store sees it. Times are in microseconds since 1970 (UTC); ``ttl`` is a span in microseconds.

    ``position`` is that of its latest entry, 0 while it has none. ``activity`` is the position that listings go by: that
    of its latest entry, or of its making or clearing while it is empty. ``settings`` is the body of the session's document
    in the collection SETTINGS, and ``revision`` that document's position.
    """

    name: str
    count: int
    tokens: int
    created: int
    updated: int
    position: int
    activity: int
    ttl: int | None = None
    expires: int | None = None
    settings: bytes | None = None
    revision: int = 0
