"""Findings as facts: dated, trusted by who said it, and known again."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from uuid import UUID

from msgspec import Struct
from msgspec.json import Encoder
from msgspec.structs import replace

from recollect.codec.messages import from_micros
from recollect.codec.plain import NAME_BYTES
from recollect.facts.finding import KINDS, USER, Finding
from recollect.facts.identity import fold
from recollect.facts.wanted import holds
from recollect.facts.wording import literal
from recollect.model import Fact, Message, Role, Source, Trust

TRUST: dict[Role, Trust] = {"user": "user", "assistant": "assistant", "tool": "tool"}
"""How far what a message says is trusted. Nothing is learned of system messages: they are the application's own."""

LONGEST = 2_000
"""Characters of what a finding says, at the most: what is longer is no fact."""

ALIKE = 0.6
"""The part of their letters that two values share, from which on the one may be a slip for the other."""

_encoder = Encoder()


class Heard(Struct, frozen=True):
    """Where findings come from.

    Args:
        message: a stored message.
        session: where it stands.
        known: what may be corrected.
        lately: the messages, by id, whose facts a correction may mean that tells neither a slot nor what was wrong.
        now: when it is remembered.
        doubted: what is not in the words of the message counts as inferred.

    """

    message: Message
    session: str
    known: Sequence[Fact]
    lately: frozenset[str]
    now: datetime
    doubted: bool = False


def state(finding: Finding, number: int, heard: Heard) -> Fact | None:
    """Return the fact that a finding, one of so many of its message, says; None if it cannot be one, or corrects what is not known."""
    placed = _placed(finding, heard) if _sound(finding) else None
    if placed is None:
        return None
    message = heard.message
    begins = message.created if placed.since is None else from_micros(placed.since)
    ends = None if placed.until is None else from_micros(placed.until)
    over = ends is not None and ends <= begins
    return Fact(
        id=fact_id(heard.session, message.id, placed.subject, placed.attribute, placed.value or placed.text, placed.denies or over),
        text=placed.text,
        kind=placed.kind,
        subject=placed.subject,
        attribute=placed.attribute,
        value=placed.value if placed.attribute is not None else None,
        adds=placed.adds,
        denies=placed.denies or over,
        corrects=placed.corrects,
        wrong=placed.wrong if placed.corrects else None,
        sources=(Source(heard.session, message.id, message.position),),
        trust="inferred" if heard.doubted and not literal(placed, message) else TRUST[message.role],
        said=message.created.astimezone(UTC),
        created=heard.now,
        valid_from=ends if ends is not None and over else begins,
        valid_to=None if over else ends,
        order=(message.position or 0, number),
    )


def _placed(finding: Finding, heard: Heard) -> Finding | None:
    """Return a finding with its slot; None if it corrects what is not known."""
    if finding.attribute is not None:
        return finding if finding.subject is not None else replace(finding, subject=USER)
    if not finding.corrects:
        return finding
    wrong = _wrong(finding, heard) if finding.value is not None else None
    if wrong is None:
        return None
    return replace(finding, subject=wrong.subject, attribute=wrong.attribute, adds=wrong.adds, kind=wrong.kind, wrong=wrong.value)


def fact_id(session: str, message: str, subject: str | None, attribute: str | None, value: str, denies: bool) -> str:
    """Return the id of what a message says: the same at each time that it is found."""
    said = _encoder.encode([session, message, fold(subject), fold(attribute), fold(value), denies])
    return str(UUID(bytes=blake2b(said, digest_size=16).digest(), version=4))


def _sound(finding: Finding) -> bool:
    """Tell whether a finding can be kept, whoever found it."""
    texts = [finding.text, finding.value or "", finding.wrong or ""]
    names = [finding.subject or "", finding.attribute or ""]
    return (
        finding.kind in KINDS
        and bool(finding.text.strip())
        and all(len(text) <= LONGEST for text in texts)
        and all(_encodable(text) for text in (*texts, *names))
        and all(len(name.encode()) <= NAME_BYTES for name in names)
        and (finding.attribute is None or finding.value is not None or finding.denies)
    )


def _encodable(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in text)


def _wrong(finding: Finding, heard: Heard) -> Fact | None:
    """Return what a correction without a slot corrects: what has the wrong value, or what was just told.

    Without the wrong value, what was just told is meant if it is of the same sort, and alone; or alone in being written nearly alike.
    """
    said = heard.message.created
    slots = [fact for fact in heard.known if fact.attribute is not None and not fact.denies and (fact.said or fact.valid_from) <= said]
    if finding.wrong is not None:
        named = [fact for fact in slots if fold(fact.value) == fold(finding.wrong) and holds(fact, said + timedelta.resolution)]
        return max(named, key=lambda fact: (fact.said or fact.created, fact.order), default=None)
    right = finding.value or ""
    told = [fact for fact in slots if any(one.session == heard.session and one.message in heard.lately for one in fact.sources)]
    fitting = [fact for fact in told if _sort(fact.value or "") == _sort(right) and fold(fact.value) != fold(right)]
    if len(fitting) > 1:
        fitting = [fact for fact in fitting if _nearly(fact.value or "", right)]
    return fitting[0] if len(fitting) == 1 else None


def _sort(value: str) -> tuple[bool, bool]:
    """Return of what sort a value is: whether it is a name, and whether it has digits."""
    return value[:1].isupper(), any(sign.isdigit() for sign in value)


def _nearly(one: str, other: str) -> bool:
    """Tell whether two values are written nearly alike, as "Anna" and "Ana" are."""
    from difflib import SequenceMatcher

    return SequenceMatcher(None, one.casefold(), other.casefold()).ratio() >= ALIKE
