"""What Microsoft's Presidio finds, as a rule: names and places, for which patterns are not enough. Extra ``presidio``."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from recollect.extras import needed
from recollect.privacy.redaction.rules import Rule, Span

ENTITIES: Mapping[str, str] = {"PERSON": "PERSON", "LOCATION": "LOCATION", "NRP": "GROUP"}
"""Presidio's entities that are taken over, and the kinds that they become. For the others, there are rules here."""
SCORE = 0.5


class Result(Protocol):
    """What Presidio's analyzer returns for each value."""

    entity_type: str
    start: int
    end: int
    score: float


class Analyzer(Protocol):
    """What is used of Presidio's ``AnalyzerEngine``."""

    def analyze(self, text: str, language: str, *, entities: list[str] | None = None) -> Sequence[Any]:
        """Return what is found in a text, a Result each."""
        ...


def presidio(analyzer: Analyzer | None = None, *, language: str = "en", entities: Mapping[str, str] = ENTITIES, score: float = SCORE) -> Rule:
    """Return a rule that asks Presidio.

    Args:
        analyzer: an ``AnalyzerEngine``, or what has its ``analyze``; without one, Presidio's own is made, with its models.
        language: of the texts.
        entities: those that are taken over, and the kinds that they become.
        score: how sure Presidio must be, from 0 to 1.

    Raises:
        MissingExtra: no analyzer is given, and the package presidio-analyzer is absent.

    """
    engine = _engine() if analyzer is None else analyzer

    def recogniser(text: str) -> list[Span]:
        results: Sequence[Result] = engine.analyze(text, language, entities=list(entities))
        return [(one.start, one.end, entities[one.entity_type]) for one in results if one.score >= score and one.entity_type in entities]

    return Rule("PRESIDIO", recogniser=recogniser)


def _engine() -> Analyzer:
    with needed("presidio-analyzer", "presidio"):
        from presidio_analyzer import AnalyzerEngine
    engine: Analyzer = AnalyzerEngine()
    return engine
