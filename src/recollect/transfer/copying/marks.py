"""What a copy notes in its target: how far it has come, and which sessions it has made.

Both are documents in the ledger of the owner that is copied, in collections of our own, so that they are erased with the owner,
and that the mark moves on in one transaction with the documents of its batch. Neither is ever copied on.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Literal

from msgspec import Struct
from msgspec.json import Decoder
from msgspec.structs import replace

from recollect.codec.body import pack, unpack
from recollect.errors import Conflict, Invalid
from recollect.model import Document, Entry, Owner
from recollect.store.protocol import Store

MARKS = "recollect.copies"
"""The collection of the marks, by the label of their source."""

CLAIMS = "recollect.copied."
"""What stands in front of a label in the name of the collection of its claims, which are by session."""

PAGE = 500
"""Claims read at a time."""


class Mark(Struct, frozen=True, omit_defaults=True):
    """How far an owner's ledger has been copied.

    Args:
        position: the source's position up to which it has been.
        seen: the fingerprint of what stood there, by which the ledger is known again.
        since: the target's position of the first mark: what stands before it, this copy has not written.
        sole: the owner was new in the target.
        documents: how many documents of the target are the copy's.
        aside: documents that were left alone, since the target had others under the same collection and key.

    """

    position: int = 0
    seen: str = ""
    since: int = 0
    sole: bool = False
    documents: int = 0
    aside: tuple[tuple[str, str], ...] = ()


class Claim(Struct, frozen=True, omit_defaults=True):
    """That a session of the target is this copy's.

    Args:
        at: its position in the target behind the latest append that is known of.
        last: the id of the last message of an append that may have happened since.
        whole: not all that stands before is there yet.
        aside: why the session was left alone.

    """

    at: int = 0
    last: str = ""
    whole: bool = False
    aside: Literal["", "other messages", "other settings", "deleted"] = ""

    @property
    def foreign(self) -> bool:
        """Whether the copy has never written to the session."""
        return bool(self.aside) and not self.at and not self.last


_marks = Decoder(Mark)
_claims = Decoder(Claim)


class Notes:
    """The notes about one source in one target."""

    def __init__(self, target: Store, label: str) -> None:
        self._target = target
        self._label = label
        self._collection = CLAIMS + label

    def mark(self, owner: Owner) -> tuple[Mark, int] | None:
        """Return an owner's mark, and its own position in the target."""
        found = self._target.documents(owner, MARKS, keys=[self._label])
        if not found:
            return None
        mark, position = unpack(found[0].body or b"", _marks), found[0].position
        return (mark if mark.since else replace(mark, since=position)), position

    def check_other(self, source: Store, owner: Owner, mark: Mark, stands: int) -> None:
        """Refuse a source in which the mark stands that was just written: it is the target, by another URL."""
        found = source.documents(owner, MARKS, keys=[self._label])
        if found and (found[0].body, found[0].position) == (pack(mark), stands):
            raise Invalid("source and target are the same; give two stores")

    def write(self, owner: Owner, documents: Sequence[Document], claims: dict[str, Claim | None], mark: Mark, stands: int) -> int:
        """Write documents, claims (None: given up) and the mark, all or none, and return where the mark stands.

        Raises:
            Conflict: the mark does not stand where it stood: another copy of this source is at work.

        """
        noted = [Document(self._collection, name, None if claim is None else pack(claim)) for name, claim in claims.items()]
        written = [*documents, *noted, Document(MARKS, self._label, pack(mark))]
        try:
            return self._target.put(owner, written, expect={(MARKS, self._label): stands})
        except Conflict as error:
            raise Conflict("another copy of this source into this target is at work; wait for its end, and copy again", error.position) from error

    def claims(self, owner: Owner, names: Sequence[str]) -> dict[str, Claim]:
        """Return the claims on some sessions."""
        return (
            {found.key: unpack(found.body or b"", _claims) for found in self._target.documents(owner, self._collection, keys=names)} if names else {}
        )

    def every_claim(self, owner: Owner) -> dict[str, Claim]:
        """Return the claims on all sessions of an owner."""
        claims: dict[str, Claim] = {}
        after: str | None = None
        while page := self._target.documents(owner, self._collection, after=after, limit=PAGE):
            claims |= {found.key: unpack(found.body or b"", _claims) for found in page}
            after = page[-1].key
        return claims

    def alone(self, owner: Owner) -> bool:
        """Tell whether no other source is copied into this owner's ledger."""
        return all(found.key == self._label for found in self._target.documents(owner, MARKS, limit=2))


def is_note(document: Document) -> bool:
    """Tell whether a document is a copy's note: of any copy, of any source."""
    return document.collection == MARKS or document.collection.startswith(CLAIMS)


def fingerprint(item: Entry | Document) -> str:
    """Return what tells an entry or document from another at the same position."""
    if isinstance(item, Entry):
        parts = (b"entry", item.session.encode(), item.id.encode(), item.role.encode(), item.digest)
    else:
        parts = (b"document", item.collection.encode(), item.key.encode(), b"" if item.body is None else b"+", item.body or b"")
    sum_ = blake2b(digest_size=12)
    for part in parts:
        sum_.update(len(part).to_bytes(8, "big") + part)
    return sum_.hexdigest()
