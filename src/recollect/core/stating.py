"""A fact as an application states it, checked."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import get_args

from recollect.codec.messages import to_micros
from recollect.codec.plain import check_name, plain
from recollect.errors import Invalid
from recollect.facts.finding import KINDS, USER
from recollect.model import TRUSTS, Fact, FactKind, Source, Trust, new_id, utc_now

LONGEST = 10_000
"""Characters of a fact's text or value, at the most."""


def stated(
    text: str | None,
    *,
    subject: str | None = None,
    attribute: str | None = None,
    value: str | None = None,
    kind: FactKind = "note",
    trust: Trust = "user",
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
    expires: datetime | None = None,
    sources: Sequence[Source | str] = (),
    adds: bool = False,
) -> Fact:
    """Return a fact, new and checked.

    Raises:
        Invalid: it says nothing, or cannot be kept exactly.

    """
    now = utc_now()
    subject, attribute, value = _slot(subject, attribute, value)
    begins, ends = _validity(now if valid_from is None else valid_from, valid_to)
    if text is None and value is not None:
        text = sentence(subject, attribute, value)
    goes = None if expires is None else check_moment(expires, "expires")
    if goes is not None and goes <= begins:
        raise Invalid(f"expires is {expires!r}, which is not behind {'now' if valid_from is None else 'valid_from'}; give a later time")
    return Fact(
        id=new_id(),
        text=_text(text, "the text"),
        kind=check_kind(kind),
        subject=subject,
        attribute=attribute,
        value=value,
        adds=adds,
        sources=tuple(_source(source) for source in _listed(sources)),
        trust=check_trust(trust),
        created=now,
        valid_from=begins,
        valid_to=ends,
        expires=goes,
    )


def sentence(subject: str | None, attribute: str | None, value: str | None) -> str:
    """Return what stands in a slot as a text: of the user, without a subject."""
    return " ".join(part for part in (None if subject == USER else subject, attribute, value) if part)


def check_kind(kind: object) -> FactKind:
    """Return a kind of fact."""
    if kind not in KINDS:
        raise Invalid(f"the kind is {kind!r}; give one of {', '.join(get_args(FactKind))}")
    return kind  # type: ignore[return-value]  # one of them


def check_trust(trust: object) -> Trust:
    """Return a level of trust."""
    if trust not in TRUSTS:
        raise Invalid(f"the trust is {trust!r}; give one of {', '.join(TRUSTS)}")
    return trust


def check_moment(moment: datetime, what: str) -> datetime:
    """Return an aware time in UTC."""
    if not isinstance(moment, datetime) or moment.utcoffset() is None:
        raise Invalid(f"{what} is {moment!r}; give an aware datetime, such as datetime.now(UTC)")
    to_micros(moment, what)
    return moment.astimezone(UTC)


def _slot(subject: str | None, attribute: str | None, value: str | None) -> tuple[str | None, str | None, str | None]:
    """Return a slot and its value: the user's, where there is no subject."""
    if (attribute is None) != (value is None):
        raise Invalid("an attribute and a value belong together; give both, or a text alone")
    if attribute is not None:
        attribute, value = check_name(attribute, "the attribute"), _text(value, "the value")
        subject = USER if subject is None else subject
    return None if subject is None else check_name(subject, "the subject"), attribute, value


def _validity(valid_from: datetime, valid_to: datetime | None) -> tuple[datetime, datetime | None]:
    """Return from when and until when a fact holds."""
    begins = check_moment(valid_from, "valid_from")
    ends = None if valid_to is None else check_moment(valid_to, "valid_to")
    if ends is not None and ends <= begins:
        raise Invalid(f"valid_to is {valid_to!r}, which is not behind valid_from; give a later time")
    return begins, ends


def _listed(sources: Sequence[Source | str]) -> Sequence[Source | str]:
    if isinstance(sources, str | Source):
        raise Invalid("sources is a single one; give a list of them")
    return sources


def _source(source: Source | str) -> Source:
    if isinstance(source, str):
        return Source(check_name(source, "a source"))
    if not isinstance(source, Source):
        raise Invalid(f"a source is a {type(source).__name__}; give a recollect.Source, or the name of a session or batch")
    message = None if source.message is None else check_name(source.message, "a source's message")
    if source.position is not None and (type(source.position) is not int or source.position < 1):
        raise Invalid(f"a source's position is {source.position!r}; give that of its message, or None")
    return Source(check_name(source.session, "a source's session"), message, source.position)


def _text(text: object, what: str) -> str:
    if not isinstance(text, str) or not text.strip():
        raise Invalid(f"{what} is {text!r}; give some text")
    if len(text) > LONGEST:
        raise Invalid(f"{what} has more than {LONGEST:,} characters; a fact is a sentence: append longer texts as messages")
    clean: str = plain(text, what)
    return clean
