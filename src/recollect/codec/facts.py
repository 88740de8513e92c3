"""Facts as documents, and back."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct
from msgspec.json import Decoder

from recollect.codec.body import pack, unpack
from recollect.codec.redacted import REDACTED, decode_redacted
from recollect.errors import StoreError
from recollect.model import Document, Fact, FactKind, Source, Trust, Use

FACTS = "recollect.facts"
"""The collection of an owner's facts, by id."""

USES = "recollect.uses"
"""The collection of what tells when facts were used, by their ids: apart, so that a use never meets a change of the fact."""

STATE = "recollect.facts.state"
"""The collection of what tells how far a ledger's messages have been learned, by the way in which."""

PASSED = "recollect.facts.passed"
"""The collection of the messages, by the ids of forgotten facts, from which something was forgotten: nothing is learned of them again."""

CHANGES = "recollect.facts.changes"
"""The collection of what undoes a pruning or a merging, by id."""


CARRIED = frozenset({FACTS, USES, PASSED, CHANGES, REDACTED})
"""The collections of ours that are a part of what is known, and are exported: facts, and which label stands for which value."""


class _Body(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a fact's body holds: all but its id, its position, and what is seen from the other facts."""

    text: str
    kind: FactKind = "note"
    subject: str | None = None
    attribute: str | None = None
    value: str | None = None
    adds: bool = False
    denies: bool = False
    corrects: bool = False
    replaces: str | None = None
    wrong: str | None = None
    sources: tuple[Source, ...] = ()
    trust: Trust = "user"
    said: datetime | None = None
    created: datetime
    valid_from: datetime
    valid_to: datetime | None = None
    expires: datetime | None = None
    archived: datetime | None = None
    order: tuple[int, int] = (0, 0)


class Change(Struct, frozen=True, omit_defaults=True):
    """What is needed to undo a pruning or a merging: ids alone, so that a fact that is forgotten leaves no copy here.

    Args:
        archived: the ids of the facts that were put aside.
        at: when.
        kept: the id of the fact that stands for them since, where they were merged.
        added: the sources that it got from them.

    """

    archived: list[str]
    at: datetime
    kept: str | None = None
    added: list[Source] = []


_decoder = Decoder(_Body)
_use_decoder = Decoder(Use)
_passed_decoder: Decoder[list[tuple[str, str]]] = Decoder(list[tuple[str, str]])
_change_decoder = Decoder(Change)
_FIELDS = _Body.__struct_fields__


def encode_fact(fact: Fact) -> Document:
    """Return the document of a fact as it was remembered, without what is seen from other facts."""
    return Document(FACTS, fact.id, pack(_Body(**{name: getattr(fact, name) for name in _FIELDS})))


def decode_fact(document: Document) -> Fact:
    """Return the fact of a document, as it was remembered.

    A message stands before the facts that it tells. Where it does not, the document was copied, or written in an outage, and the place
    is that of another ledger: the fact then stands where its document does, before all that is said here later.

    Raises:
        NewerFormat, Damaged: the body cannot be read.

    """
    try:
        body = unpack(document.body or b"", _decoder)
    except StoreError as error:
        raise type(error)(f"fact {document.key!r}: {error}") from error
    known = {name: getattr(body, name) for name in _FIELDS}
    place, number = body.order
    known["order"] = (min(place, document.position) if place else document.position, number)
    return Fact(id=document.key, position=document.position, **known)


def encode_use(fact: str, use: Use) -> Document:
    """Return the document of a fact's uses."""
    return Document(USES, fact, pack(use))


def decode_use(document: Document) -> Use:
    """Return the uses of a document.

    Raises:
        NewerFormat, Damaged: the body cannot be read.

    """
    try:
        return unpack(document.body or b"", _use_decoder)
    except StoreError as error:
        raise type(error)(f"the uses of fact {document.key!r}: {error}") from error


def encode_passed(fact: str, messages: list[tuple[str, str]]) -> Document:
    """Return the document that has the messages of a forgotten fact passed over, by session and id."""
    return Document(PASSED, fact, pack(messages))


def decode_passed(document: Document) -> list[tuple[str, str]]:
    """Return the messages of a document.

    Raises:
        NewerFormat, Damaged: the body cannot be read.

    """
    try:
        return unpack(document.body or b"", _passed_decoder)
    except StoreError as error:
        raise type(error)(f"the messages of the forgotten fact {document.key!r}: {error}") from error


def encode_change(id: str, change: Change) -> Document:
    """Return the document of a change."""
    return Document(CHANGES, id, pack(change))


def decode_change(document: Document) -> Change:
    """Return the change of a document.

    Raises:
        NewerFormat, Damaged: the body cannot be read.

    """
    try:
        return unpack(document.body or b"", _change_decoder)
    except StoreError as error:
        raise type(error)(f"the change of facts {document.key!r}: {error}") from error


def check_carried(document: Document) -> None:
    """Make sure that a document of one of the collections ``CARRIED`` can be read.

    Raises:
        NewerFormat, Damaged: it cannot.

    """
    decode: dict[str, Callable[[Document], object]] = {
        FACTS: decode_fact,
        USES: decode_use,
        PASSED: decode_passed,
        CHANGES: decode_change,
        REDACTED: decode_redacted,
    }
    decode[document.collection](document)
