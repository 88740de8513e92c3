"""How messages stand in a vector store: ids and metadata that say whose each piece is, and reading them back."""

from hashlib import sha256
from struct import pack
from typing import Any
from uuid import UUID

import msgspec
from langchain_core.documents import Document
from msgspec import Struct

from recollect.model import Owner
from recollect.recall.vector_index import Near, Row

KINDS = ("session", "tenant", "user")


class Piece(Struct, frozen=True):
    """A piece of a message: its id in the vector store, its text, and what tells whose it is, each in a field of its own."""

    id: str
    text: str
    metadata: dict[str, Any]

    def same(self, other: Document | None) -> bool:
        """Tell whether a document is this piece."""
        return other is not None and other.page_content == self.text and self.metadata.items() <= other.metadata.items()


def mark(owner: Owner) -> str:
    """Return 64 hexadecimal digits that stand for an owner: what searches are narrowed by, so that no name ever gets into a filter."""
    return sha256(msgspec.json.encode((owner.tenant, owner.kind, owner.name))).hexdigest()


def id_of(owner: str, position: int, piece: int) -> str:
    """Return the id of a piece, a UUID: the same whoever asks, and never that of another one, since positions are not used again."""
    return str(UUID(bytes=sha256(bytes.fromhex(owner) + pack(">QI", position, piece)).digest()[:16]))


def pieces(owner: Owner, row: Row) -> list[Piece]:
    """Return a message's pieces, the first one first."""
    whose = mark(owner)
    metadata: dict[str, Any] = {"owner": whose, "tenant": owner.tenant, "kind": owner.kind, "user": owner.name}
    metadata |= {"session": row.session, "position": row.position, "pieces": len(row.pieces)}
    return [Piece(id_of(whose, row.position, number), text, metadata | {"piece": number}) for number, text in enumerate(row.pieces)]


def near(document: Document, score: float) -> Near | None:
    """Return what was found; None if it is no piece of a memory's."""
    get = document.metadata.get
    tenant, kind, user, session, position = get("tenant"), get("kind"), get("user"), get("session"), get("position")
    if kind not in KINDS or not all(isinstance(one, str) for one in (tenant, user, session)) or not isinstance(position, int):
        return None
    return Near(Owner(str(tenant), kind, str(user)), position, str(session), float(score))


def place(document: Document) -> tuple[int, int, int] | None:
    """Return a document's position, which piece it is, and of how many; None if it is no piece of a memory's."""
    found = tuple(document.metadata.get(name) for name in ("position", "piece", "pieces"))
    return found if all(isinstance(one, int) for one in found) else None  # type: ignore[return-value]  # three numbers
