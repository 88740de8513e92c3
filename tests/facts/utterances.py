"""Utterances with what they say of somebody: benchmarks/texts/facts. Each file tells how it is written."""

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from recollect.facts.finding import Finding
from recollect.facts.rules import Rules

FOLDER = Path(__file__).parent.parent.parent / "benchmarks" / "texts" / "facts"
SAID = int(datetime(2024, 3, 13, 12, tzinfo=UTC).timestamp()) * 1_000_000
ARTICLES = ("a ", "an ", "the ")


class Fact(NamedTuple):
    """What is to be found; ``"?"`` is a subject or attribute that is not told."""

    subject: str
    attribute: str
    value: str
    denied: bool
    correction: bool


class Utterance(NamedTuple):
    line: int
    text: str
    speaker: str | None
    facts: list[Fact]
    since: dict[Fact, str]


def utterances(name: str) -> list[Utterance]:
    """Return the utterances of a file."""
    found = []
    number = 1
    for block in (FOLDER / f"{name}.txt").read_text("utf-8").split("\n\n"):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        if lines:
            found.append(utterance(number, lines))
        number += block.count("\n") + 2
    return found


def utterance(number: int, lines: list[str]) -> Utterance:
    text = "\n".join(line[2:] for line in lines if line.startswith("> "))
    speaker = None
    if text.startswith("@"):
        speaker, _, text = text[1:].partition(": ")
    facts, since = [], {}
    for line in lines:
        if not line.startswith("> "):
            subject, attribute, value, *flags = (part.strip() for part in line.split("|"))
            flag = flags[0] if flags else ""
            fact = Fact(subject, attribute, plain(value), "denied" in flag, "correction" in flag)
            facts.append(fact)
            if "since" in flag:
                since[fact] = flag.split("since ")[1].strip()
    return Utterance(number, text, speaker, facts, since)


def plain(value: str) -> str:
    """Return a value as it is compared: without case, final points and an article in front."""
    value = value.casefold().strip(" .!")
    for article in ARTICLES:
        value = value.removeprefix(article)
    return value


def fact(finding: Finding) -> Fact:
    return Fact(finding.subject or "?", finding.attribute or "?", plain(finding.value or ""), finding.denies, finding.corrects)


def found(rules: Rules, one: Utterance) -> list[Finding]:
    return rules.find(one.text, SAID, speaker=one.speaker)


class Score(NamedTuple):
    right: int
    found: int
    there: int
    trapped: int
    traps: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.there if self.there else 1.0


def score(rules: Rules, some: list[Utterance]) -> Score:
    """Return how many facts are right, found and there, and how many traps gave any."""
    right = total = there = trapped = traps = 0
    for one in some:
        got = {fact(finding) for finding in found(rules, one)}
        right += len(got & set(one.facts))
        total += len(got)
        there += len(one.facts)
        traps += not one.facts
        trapped += not one.facts and bool(got)
    return Score(right, total, there, trapped, traps)
