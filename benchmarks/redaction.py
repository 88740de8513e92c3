"""What redaction finds, and how fast: ``python -m benchmarks redaction``.

The texts of ``texts/redaction.jsonl`` were written and labelled by somebody who had not seen the rules; then the rules were mended on them. Those of
``texts/redaction-held-out.jsonl`` are by somebody who had seen neither the rules nor the first set. A value counts as found if something of the same
kind is found that overlaps it; a finding counts as right if it overlaps a value of its kind. No region is given.
"""

import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from benchmarks.report import Table
from recollect.privacy.redaction import Redaction

TEXTS = Path(__file__).parent / "texts"
TITLES = {
    TEXTS / "redaction.jsonl": "Redaction, on texts labelled blind to the rules, which were then mended on them",
    TEXTS / "redaction-held-out.jsonl": "Redaction, on texts held out until the rules had been mended on the others; then mended on these",
}
CHARACTERS = 400
ROUNDS = 5
QUIET = "We spent the weekend at the lake with Anna and her brother, cooked pasta, and talked about moving to Lisbon next year. "
DATED = "On 2024-05-12 at 10:30 we met in room 204, and then 15 people came by train 1234 to platform 7. "
UMLAUTS = "Am Wochenende fuhren wir mit dem Zug nach München und haben die schöne Brücke über die Isar gesehen. "
PRIVATE = "Call me on +34 612 345 678 or write to ana@example.com; the card is 4111 1111 1111 1111. "


class Span(NamedTuple):
    """A labelled or found value."""

    start: int
    end: int
    kind: str

    def meets(self, other: "Span") -> bool:
        return self.kind == other.kind and self.start < other.end and other.start < self.end


class Case(NamedTuple):
    """A text, its language, what is labelled in it, and what is found."""

    text: str
    language: str
    labelled: list[Span]
    found: list[Span]


class Score(NamedTuple):
    """How many values there are and how many of them were found; how many findings there are and how many of them are right."""

    values: int
    caught: int
    findings: int
    right: int

    @property
    def recall(self) -> float:
        return self.caught / self.values if self.values else 1.0

    @property
    def precision(self) -> float:
        return self.right / self.findings if self.findings else 1.0


def cases(redaction: Redaction, path: Path) -> list[Case]:
    """Return the labelled texts of a file with what the rules find in them."""
    read = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [
        Case(one["text"], one["lang"], [Span(*span) for span in one["spans"]], [Span(f.start, f.end, f.kind) for f in redaction.find(one["text"])])
        for one in read
    ]


def score(some: Iterable[Case], kind: str | None = None) -> Score:
    """Return how the rules do on some texts, all kinds together or one."""
    counts = [0, 0, 0, 0]
    for case in some:
        labelled = [span for span in case.labelled if kind in (None, span.kind)]
        found = [span for span in case.found if kind in (None, span.kind)]
        counts[0] += len(labelled)
        counts[1] += sum(any(span.meets(other) for other in found) for span in labelled)
        counts[2] += len(found)
        counts[3] += sum(any(span.meets(other) for other in labelled) for span in found)
    return Score(*counts)


def quality(title: str, some: list[Case]) -> Table:
    kinds = sorted({span.kind for case in some for span in case.labelled})
    rows = [row("all", some, score(some))]
    rows += [row(kind, [case for case in some if any(span.kind == kind for span in case.labelled)], score(some, kind)) for kind in kinds]
    for language in sorted({case.language for case in some}):
        part = [case for case in some if case.language == language]
        rows.append(row(f"in {language}", part, score(part)))
    rows.append(row("without a value", nothing := [case for case in some if not case.labelled], score(nothing)))
    return Table(title, ["", "texts", "values", "recall", "findings", "precision"], rows)


def row(name: str, some: list[Case], how: Score) -> list[str]:
    return [name, str(len(some)), str(how.values), f"{how.recall:.3f}", str(how.findings), f"{how.precision:.3f}"]


def speed(redaction: Redaction) -> Table:
    texts = {"prose": QUIET, "prose with dates": DATED, "prose in German": UMLAUTS, "a phone, an email and a card in each sentence": PRIVATE}
    cut = {name: (text * CHARACTERS)[:CHARACTERS] for name, text in texts.items()}
    cut["a megabyte of prose"] = (QUIET * 10_000)[:1_000_000]
    rows = [[name, f"{len(text):,}", f"{micros(lambda text=text: redaction.find(text)):,.0f}"] for name, text in cut.items()]
    return Table("Time to look through a text", ["", "characters", "time (µs of the processor)"], rows)


def micros(work: Callable[[], object]) -> float:
    """Return the microseconds that some work takes, in the best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        began, count = time.process_time(), 0
        while (took := time.process_time() - began) < 0.02 or not count:
            work()
            count += 1
        best = min(best, took / count)
    return best * 1e6


def run() -> list[Table]:
    """Return the tables of all parts."""
    redaction = Redaction()
    return [*(quality(title, cases(redaction, path)) for path, title in TITLES.items()), speed(redaction)]
