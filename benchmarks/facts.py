"""What the rules find in messages, and how fast: ``python -m benchmarks.facts``.

The utterances of ``texts/facts`` are our own: one half was at hand when the rules were made, the other was written before them and is only
measured. A fact counts as right if subject, attribute, value, denial and correction are all as labelled. Speed is also measured on the
messages of LoCoMo, where they are found.
"""

import time
from statistics import mean

from tests import locomo
from tests.facts.utterances import SAID, Score, Utterance, score, utterances

from benchmarks.report import Table
from recollect.facts.rules import Rules

ROUNDS = 5


def quality(rules: Rules) -> Table:
    halves = {"development half": utterances("development"), "held-out half": utterances("held_out")}
    parts = {**halves, "all": [one for some in halves.values() for one in some]}
    header = ["", "utterances", "facts", "found", "right", "precision", "recall", "traps", "trapped"]
    return Table("Facts found by rules, English", header, [row(name, some, score(rules, some)) for name, some in parts.items()])


def languages() -> Table:
    sets = {"German": "de", "Spanish": "es", "French": "fr"}
    header = ["", "utterances", "facts", "found", "right", "precision", "recall", "traps", "trapped"]
    rows = [row(name, some, score(Rules.of(code), some)) for name, code in sets.items() for some in [utterances(code)]]
    return Table("Facts found by rules, other languages", header, rows)


def row(name: str, some: list[Utterance], found: Score) -> list[str]:
    counts = [len(some), found.there, found.found, found.right]
    return [name, *map(str, counts), f"{found.precision:.3f}", f"{found.recall:.3f}", str(found.traps), str(found.trapped)]


def speed(rules: Rules) -> Table:
    texts = {"utterances": [one.text for name in ("development", "held_out") for one in utterances(name)]}
    if locomo.PATH.exists():
        texts["messages of LoCoMo"] = [message.text for talk in locomo.conversations() for message in talk.messages]
    texts["a pasted megabyte"] = ["I live in Lisbon.\n" * 58_000]
    rows = [[name, f"{mean(map(len, some)):,.0f}", f"{took(rules, some):,.0f}"] for name, some in texts.items()]
    return Table("Time to read a message", ["", "characters", "time (µs of the processor)"], rows)


def took(rules: Rules, texts: list[str]) -> float:
    """Return the microseconds that a text takes, in the best of some rounds."""
    rounds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for text in texts:
            rules.find(text, SAID)
        rounds.append((time.process_time() - began) / len(texts) * 1e6)
    return min(rounds)


def run() -> list[Table]:
    """Return the tables of all parts."""
    rules = Rules.of("en")
    return [quality(rules), languages(), speed(rules)]


if __name__ == "__main__":
    for table in run():
        print(table.markdown())
