"""What a query asks for, before anything is looked up: words, people, times."""

import re
from collections.abc import Mapping
from functools import cache

from msgspec import Struct

from recollect.recall.dates import Span, spans
from recollect.recall.english import ASKING, EMPTY, KIN, RELATED
from recollect.recall.stems import stem
from recollect.recall.words import terms

LONGEST = 8_000
"""Characters of a query that are read."""
MOST = 48
"""Terms of a query that are looked for."""

_OWN = re.compile(r"\b(?:i|i'm|i've|me|my|mine|myself)\b", re.IGNORECASE)
_KIN = re.compile(rf"\b(?:my|our)\s+(?:\w+\s+)?(?:{'|'.join(sorted(KIN))})(?:s|'s|\u2019s)?\b", re.IGNORECASE)
_TOLD = re.compile(
    r"\b(?:did|have|had|do|could|were)\s+you\b|\byour?\s+(?:said|told|suggest|recommend|advi[cs]e|mention|gave|list|propos|explain|wrote|answer|recipe|plan)"
    r"|\byou\s+(?:\w+\s+){0,2}(?:said|told|gave|wrote|suggested|recommended|mentioned|proposed|explained|listed|advised|shared)",
    re.IGNORECASE,
)


class Wanted(Struct, frozen=True):
    """A term, and those that are often said for it."""

    term: str
    related: tuple[str, ...] = ()


class Question(Struct, frozen=True):
    """A query, analysed.

    ``speakers`` are the ids of the people that it names, if that tells messages apart; ``role`` is whose words it asks for where
    it says "my" or "you told me"; ``own`` tells that this is about the user, not about one of the user's ("my sister"); ``spans`` are
    the times that it names.
    """

    wanted: tuple[Wanted, ...]
    speakers: frozenset[int] = frozenset()
    role: str | None = None
    own: bool = False
    spans: tuple[Span, ...] = ()


def question(text: str, now: int, names: Mapping[str, frozenset[int]], speakers: int) -> Question:
    """Analyse a query.

    Args:
        text: any text; its first LONGEST characters are read.
        now: what "last week" is seen from, in microseconds since 1970 (UTC).
        names: for each term of a speaker's name the speakers' ids.
        speakers: how many speakers there are.

    """
    text = text[:LONGEST]
    said = dict.fromkeys(terms(text, ASKING, tails=False)) or dict.fromkeys(terms(text, EMPTY, tails=False))
    named = frozenset(who for term in said for who in names.get(term, ()))
    words = [term for term in said if term not in names] or list(said)
    role = None if named else _role(text)
    return Question(
        tuple(Wanted(term, related().get(term, ())) for term in words[:MOST]),
        named if 0 < len(named) < speakers else frozenset(),
        role,
        role == "user" and not _KIN.search(text),
        tuple(spans(text, now)),
    )


def unnamed(text: str, names: Mapping[str, object]) -> str:
    """Return a query without speakers' names, which would draw its vector to any message that has one; whole where it is nothing else."""
    words = text[:LONGEST].split()
    kept = [word for word in words if not _named(terms(word, EMPTY, tails=False), names)] if names else words
    return " ".join(kept or words)


def _named(found: list[str], names: Mapping[str, object]) -> bool:
    return bool(found) and all(term in names for term in found)


def _role(text: str) -> str | None:
    if _TOLD.search(text):
        return "assistant"
    return "user" if _OWN.search(text) else None


@cache
def related() -> dict[str, tuple[str, ...]]:
    """Return, for a term, the terms that are often said for it."""
    found: dict[str, dict[str, None]] = {}
    for row in RELATED:
        first, *others = (stem(word) for word in row)
        for other in others:
            if other != first:
                found.setdefault(first, {})[other] = None
                found.setdefault(other, {})[first] = None
    return {term: tuple(others) for term, others in found.items()}
