"""Findings as facts: dated, trusted by who said it, and known again."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from uuid import UUID

from msgspec.json import Encoder

from recollect.codec.messages import from_micros
from recollect.codec.plain import NAME_BYTES
from recollect.facts.finding import KINDS, USER, Finding
from recollect.facts.identity import fold, words
from recollect.facts.wanted import holds
from recollect.model import Fact, Message, Role, Source, Trust

TRUST: dict[Role, Trust] = {"user": "user", "assistant": "assistant", "tool": "tool"}
"""How far what a message says is trusted. Nothing is learned of system messages: they are the application's own."""

LONGEST = 2_000
"""Characters of what a finding says, at the most: what is longer is no fact."""

_encoder = Encoder()


def state(
    message: Message, session: str, finding: Finding, number: int, known: Sequence[Fact], now: datetime, *, doubted: bool = False
) -> Fact | None:
    """Return the fact that a message says; None if it cannot be one, or corrects what is not known.

    Args:
        message: a stored message.
        session: where it stands.
        finding: what it says.
        number: which of the message's findings this is.
        known: what may be corrected, the latest last.
        now: when it is remembered.
        doubted: a value that is not in the words of the message counts as inferred.

    """
    if not _sound(finding):
        return None
    subject, attribute, adds, kind = finding.subject, finding.attribute, finding.adds, finding.kind
    if attribute is not None and subject is None:
        subject = USER
    if finding.corrects and attribute is None:
        wrong = _wrong(finding, session, known, message.created)
        if wrong is None or finding.value is None:
            return None
        subject, attribute, adds, kind = wrong.subject, wrong.attribute, wrong.adds, wrong.kind
    begins = message.created if finding.since is None else from_micros(finding.since)
    ends = None if finding.until is None else from_micros(finding.until)
    over = ends is not None and ends <= begins
    return Fact(
        id=fact_id(session, message.id, subject, attribute, finding.value or finding.text, finding.denies or over),
        text=finding.text,
        kind=kind,
        subject=subject,
        attribute=attribute,
        value=finding.value if attribute is not None else None,
        adds=adds,
        denies=finding.denies or over,
        corrects=finding.corrects,
        wrong=finding.wrong if finding.corrects else None,
        sources=(Source(session, message.id, message.position),),
        trust="inferred" if doubted and not _literal(finding, message) else TRUST[message.role],
        said=message.created.astimezone(UTC),
        created=now,
        valid_from=ends if ends is not None and over else begins,
        valid_to=None if over else ends,
        order=(message.position or 0, number),
    )


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


def _literal(finding: Finding, message: Message) -> bool:
    """Tell whether the message has the words of a value."""
    return words(finding.value or "") <= words(message.text)


def _encodable(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in text)


def _wrong(finding: Finding, session: str, known: Iterable[Fact], said: datetime) -> Fact | None:
    """Return what a correction without a slot corrects: what has the wrong value, or what the conversation told last."""
    slots = [fact for fact in known if fact.attribute is not None and not fact.denies and (fact.said or fact.valid_from) <= said]
    if finding.wrong is not None:
        named = [fact for fact in slots if fold(fact.value) == fold(finding.wrong) and holds(fact, said + timedelta.resolution)]
        return max(named, key=lambda fact: (fact.said or fact.created, fact.order), default=None)
    here = [fact for fact in slots if fact.said is not None and any(source.session == session for source in fact.sources)]
    return max(here, key=lambda fact: (fact.said or fact.created, fact.order), default=None)
