"""What a sealed record is bound to: the associated data, each part behind its length, so that no two places have the same."""

from recollect.model import Owner

_ABSENT = b"\xff\xff\xff\xff"
"""In the place of a length: there is no such part. No part is so long."""


def entry_place(owner: bytes, session: str, id: str, role: str, created: int, tokens: int | None, digest: bytes) -> bytes:
    """Return where an entry stands, and what stands beside its body."""
    count = _ABSENT if tokens is None else _part(tokens.to_bytes(8, "big"))
    name, key, said = session.encode(), id.encode(), role.encode()
    return b"".join(
        (
            b"E",
            owner,
            len(name).to_bytes(4, "big"),
            name,
            len(key).to_bytes(4, "big"),
            key,
            len(said).to_bytes(4, "big"),
            said,
            created.to_bytes(9, "big", signed=True),
            count,
            _part(digest),
        )
    )


def document_place(owner: bytes, collection: str, key: str) -> bytes:
    """Return where a document stands."""
    return b"".join((b"D", owner, _part(collection.encode()), _part(key.encode())))


def derived_place(owner: bytes, name: str, number: int, count: int, position: int) -> bytes:
    """Return where a part of a derived document stands: the how manieth of how many, made at which position."""
    return b"".join((b"S", owner, _part(name.encode()), *(n.to_bytes(8, "big", signed=True) for n in (number, count, position))))


def owner_place(owner: Owner) -> bytes:
    """Return the part that tells whose."""
    return b"".join(_part(part.encode()) for part in (owner.tenant, owner.kind, owner.name))


def _part(part: bytes) -> bytes:
    return len(part).to_bytes(4, "big") + part
