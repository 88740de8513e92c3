"""Entries, documents and sessions as bytes."""

from collections.abc import Iterator
from hashlib import blake2b
from struct import Struct

from recollect.errors import Damaged
from recollect.model import Document, Entry, SessionState
from recollect.store.redis.keys import document_of

_HEAD = Struct(">IBBH")
_STORED = Struct(">HIIBBH")
_TIME = Struct(">q")
_COUNT = Struct(">Q")
_TIMES = Struct(">qQ")
_ROW = Struct(">IQQQqq")
_ENDS = Struct(">qq")
_TOKENS = 128


def fingerprint(id: str) -> bytes:
    """Return 12 bytes for an id. That two ids share them is next to impossible, and would be told as a Conflict."""
    return blake2b(id.encode(), digest_size=12).digest()


def pack_entry(entry: Entry) -> bytes:
    """Return an entry as it stands behind its position: length, lengths, digest, role, id, time, tokens if any, body."""
    role, id, tokens = entry.role.encode(), entry.id.encode(), entry.tokens
    times = _TIME.pack(entry.created) if tokens is None else _TIMES.pack(entry.created, tokens)
    size = 4 + len(entry.digest) + len(role) + len(id) + len(times) + len(entry.body)
    head = _HEAD.pack(size, len(entry.digest), len(role) | (0 if tokens is None else _TOKENS), len(id))
    return b"".join((head, entry.digest, role, id, times, entry.body))


def unpack_entries(packed: bytes, session: str, edition: bytes | None) -> list[Entry]:
    """Return the entries that stand behind each other. ``edition``: that of their session, as it is kept."""
    found, at, end, rewritten = [], 0, len(packed), int(edition or 0)
    while at < end:
        high, low, size, digest, role, id = _STORED.unpack_from(packed, at)
        following = at + 10 + size
        at += 14
        tokens = None
        kind = role & 127
        after_digest = at + digest
        after_role = after_digest + kind
        after_id = after_role + id
        if role == kind:
            (created,), body = _TIME.unpack_from(packed, after_id), after_id + 8
        else:
            (created, tokens), body = _TIMES.unpack_from(packed, after_id), after_id + 16
        found.append(
            Entry(
                high << 32 | low,
                packed[after_role:after_id].decode(),
                packed[after_digest:after_role].decode(),
                created,
                tokens,
                packed[at:after_digest],
                packed[body:following],
                session,
                rewritten,
            )
        )
        at = following
    return found


def unpack_row(name: str, row: bytes, settings: bytes | None) -> SessionState:
    """Return a session from its row, and from the document of its settings."""
    if len(row) not in {_ROW.size, _ROW.size + _ENDS.size}:
        raise Damaged(f"the row of session {name!r} has {len(row)} bytes; was it written by something else? Restore it from a backup")
    count, activity, _, tokens, created, updated = _ROW.unpack_from(row)
    ttl, expires = _ENDS.unpack_from(row, _ROW.size) if len(row) > _ROW.size else (None, None)
    body = unpack_body(settings)
    return SessionState(
        name,
        count,
        tokens,
        created,
        updated,
        activity if count else 0,
        activity,
        ttl,
        expires,
        body,
        0 if settings is None or body is None else int.from_bytes(settings[:6], "big"),
    )


def has_expired(row: bytes, now: int) -> bool:
    """Tell whether a session's time is over, by its row."""
    return len(row) > _ROW.size and _ENDS.unpack_from(row, _ROW.size)[1] <= now


def first_of(row: bytes) -> bytes:
    """Return what tells a session's entries from those that it had before it was emptied, by its row."""
    return row[12:20]


def pack_body(body: bytes | None) -> bytes:
    """Return a document's value as it stands behind its position."""
    return b"0" if body is None else b"1" + body


def unpack_body(value: bytes | None) -> bytes | None:
    """Return the body of a document's value; None where there is only a notice, or nothing."""
    return value[7:] if value and value[6:7] == b"1" else None


def unpack_documents(found: list[bytes]) -> Iterator[Document]:
    """Return the documents of fields and values by turns."""
    for field, value in zip(found[::2], found[1::2], strict=True):
        yield Document(*document_of(field), unpack_body(value), int.from_bytes(value[:6], "big"))


def pack_tokens(tokens: int | None) -> bytes:
    """Return a count of tokens as 8 bytes; nothing where there is none."""
    return b"" if tokens is None else _COUNT.pack(tokens)


def pack_time(micros: int) -> bytes:
    """Return a time or a span in microseconds as 8 bytes."""
    return _TIME.pack(micros)
