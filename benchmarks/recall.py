"""How much recall finds, and how fast: ``python -m benchmarks.recall [quality] [signals] [speed]``; all three unless told.

Quality is the share of a question's evidence turns among the first k, averaged over the questions that have evidence, on the ten
LoCoMo conversations (1,982 questions of all five categories, one message a result). It is skipped where the data is not found.
Beside it stand SQLite's FTS5 (porter, OR, stop words out), and the made-up chats with long answers of ``assistant_chats``.
"""

import json
import random
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from statistics import mean, quantiles
from time import perf_counter
from typing import NamedTuple

import apsw
import msgspec
from tests import locomo

from benchmarks.assistant_chats import chats
from benchmarks.report import Table, progress
from recollect.models.install import missing
from recollect.models.minilm import MiniLM
from recollect.models.shelf import Shelf
from recollect.recall.embedder import matrix
from recollect.recall.english import ASKING
from recollect.recall.index import Index
from recollect.recall.passage import Passage
from recollect.recall.pieces import pieces
from recollect.recall.vectors import Vectors
from recollect.recall.weights import DEFAULT, Weights

DEPTHS = (5, 10, 25, 50)
SIZES = (1_000, 10_000, 100_000, 1_000_000)
CHOSEN, UNSEEN = range(5), range(5, 10)
"""The conversations that the default was chosen on, and the others."""

Search = Callable[[str, int], list[int]]
"""Takes a question and k; returns positions."""


class Questions(NamedTuple):
    """A conversation, with its questions and the positions of the turns that answer each; -1 for a turn that there is not."""

    passages: list[Passage]
    asked: list[tuple[str, list[int]]]


def conversations() -> list[Questions]:
    """Return the LoCoMo conversations. A picture's caption stands before the text."""
    talks: dict[str, list[Passage]] = {}
    places: dict[tuple[str, str], int] = {}
    for talk in locomo.conversations():
        passages = talks.setdefault(talk.user, [])
        for message in talk.messages:
            caption = message.metadata.get("blip_caption")
            text = f"[{caption}] {message.text}" if caption else message.text
            created = int(message.created.timestamp()) * 1_000_000
            passages.append(Passage(talk.session, len(passages) + 1, message.role, created, text, message.name))
            places[talk.user, message.id] = len(passages)
    samples = json.loads(locomo.PATH.read_text("utf-8"))
    return [Questions(talks[name], list(asked(sample, name, places))) for sample in samples for name in [sample["sample_id"]]]


def asked(sample: dict, name: str, places: dict[tuple[str, str], int]) -> Iterator[tuple[str, list[int]]]:
    """Yield questions that have evidence. Ids are written in several ways: "D1:3", "D:11:26", "D8:6; D9:17", "D30:05"."""
    for question in sample["qa"]:
        found = re.findall(r"D:?(\d+):(\d+)", " ".join(question.get("evidence") or []))
        ids = dict.fromkeys(f"D{int(session)}:{int(turn)}" for session, turn in found)
        if ids:
            yield question["question"], [places.get((name, one), -1) for one in ids]


def recalled(search: Search, questions: list[tuple[str, list[int]]]) -> list[list[float]]:
    """Return, for each question, the share of its evidence among the first results of each depth."""
    shares = []
    for text, evidence in questions:
        found = search(text, DEPTHS[-1])
        shares.append([len(set(found[:depth]) & set(evidence)) / len(evidence) for depth in DEPTHS])
    return shares


def indexed(passages: list[Passage], weights: Weights = DEFAULT) -> Search:
    index = Index()
    index.add(passages)
    return lambda text, k: [hit.position for hit in index.search(text, k, weights=weights)]


@cache
def minilm() -> MiniLM | None:
    """Return the installed model, if there is one."""
    return MiniLM() if Shelf().manifest("minilm") is not None and not missing() else None


def embedded(passages: list[Passage], weights: Weights = DEFAULT) -> Search:
    model, index = minilm(), Index()
    vectors = Vectors(model.name)
    index.add(passages)
    parts = [(passage.position, piece) for passage in passages for piece in pieces(passage.text)]
    vectors.add([position for position, _ in parts], matrix(model.embed_documents([piece for _, piece in parts]), len(parts)))

    def search(text: str, k: int) -> list[int]:
        dense = vectors.about(matrix([model.embed_query(index.unnamed(text))], 1)[0])
        return [hit.position for hit in index.search(text, k, dense=dense, weights=weights)]

    return search


def systems() -> list[tuple[str, Callable[[list[Passage]], Search]]]:
    found = [("SQLite FTS5", fts5), ("Recollect, without an embedder", indexed)]
    return [*found, ("Recollect with MiniLM", embedded)] if minilm() else found


def fts5(passages: list[Passage]) -> Search:
    """Return the plain search that anybody would write with SQLite: speaker and text, porter, OR, stop words out."""
    db = apsw.Connection(":memory:")
    db.execute("CREATE VIRTUAL TABLE f USING fts5 (text, tokenize='porter unicode61')")
    db.executemany("INSERT INTO f (rowid, text) VALUES (?, ?)", ((one.position, f"{one.speaker or ''}: {one.text}") for one in passages))

    def search(text: str, k: int) -> list[int]:
        words = [word for word in re.findall(r"\w+", text.lower()) if word not in ASKING]
        expression = " OR ".join(f'"{word}"' for word in words) or '""'
        return [row for (row,) in db.execute("SELECT rowid FROM f WHERE f MATCH ? ORDER BY rank LIMIT ?", (expression, k))]

    return search


def percent(shares: list[list[float]]) -> list[str]:
    return [f"{100 * mean(column):.1f}" for column in zip(*shares, strict=True)]


def quality() -> list[Table]:
    header = ["", *(f"R@{depth}" for depth in DEPTHS)]
    tables = []
    if locomo.PATH.exists():
        talks = conversations()
        rows = []
        for name, make in systems():
            found = [recalled(make(talk.passages), talk.asked) for talk in talks]
            for part, numbers in (("all", range(10)), ("0 to 4, which the default was chosen on", CHOSEN), ("5 to 9", UNSEEN)):
                rows.append([f"{name}: {part}", *percent([shares for number in numbers for shares in found[number]])])
        tables.append(Table(f"LoCoMo, {sum(len(talk.asked) for talk in talks):,} questions", header, rows))
    else:
        print(f"LoCoMo is not at {locomo.PATH}: set RECOLLECT_LOCOMO to measure quality on it.\n")
    said, questions = chats()
    passages = [Passage(one.session, position, one.role, one.created, one.text) for position, one in enumerate(said, 1)]
    rows = []
    for name, make in systems():
        search = make(passages)
        for part, some in (("what the user said", questions[::2]), ("what the assistant said", questions[1::2])):
            places = [[*search(one.question, 10), one.answer].index(one.answer) for one in some]
            rows.append([f"{name}: {part}", *(f"{100 * mean(place < depth for place in places):.0f}" for depth in (1, 3, 5, 10))])
    return [*tables, Table("Chats with long answers, 48 questions", ["", "R@1", "R@3", "R@5", "R@10"], rows)]


def signals() -> list[Table]:
    """Return what recall loses without each signal, on all of LoCoMo."""
    if not locomo.PATH.exists():
        return []
    talks = conversations()
    indexes = []
    for talk in talks:
        index = Index()
        index.add(talk.passages)
        indexes.append(index)
    rows = []
    names = [name for name in Weights.__struct_fields__ if name not in {"words", "dense", "beside"}]
    for done, name in enumerate(["", *names]):
        weights = msgspec.structs.replace(DEFAULT, **({name: 0.0} if name else {}))
        shares = []
        for talk, index in zip(talks, indexes, strict=True):
            shares += recalled(
                lambda text, k, index=index, weights=weights: [hit.position for hit in index.search(text, k, weights=weights)], talk.asked
            )
        rows.append([f"without {name}" if name else "all signals", *percent(shares)])
        progress("signals", done, len(names))
    return [Table("LoCoMo, one signal left out", ["", *(f"R@{depth}" for depth in DEPTHS)], rows)]


def repeated(count: int) -> Iterator[Passage]:
    """Yield messages: those of LoCoMo again and again, a minute apart, each time as other sessions, and with the time's number behind the text.

    So no message is said twice, as in talks that are as long. Made-up chats stand in where LoCoMo is not found.
    """
    talks = [talk.passages for talk in conversations()] if locomo.PATH.exists() else [[Passage(*one[:1], 0, *one[1:]) for one in chats()[0]]]
    position = 0
    for turn in range(count):
        for number, passages in enumerate(talks):
            for passage in passages:
                position += 1
                if position > count:
                    return
                session = f"{turn}-{number}-{passage.session}"
                text = f"{passage.text} ({turn})" if turn else passage.text
                yield msgspec.structs.replace(passage, session=session, position=position, created=position * 60_000_000, text=text)


def speed(sizes: tuple[int, ...] = SIZES) -> list[Table]:
    questions = [text for talk in conversations() for text, _ in talk.asked] if locomo.PATH.exists() else [one.question for one in chats()[1]]
    random.Random(5).shuffle(questions)
    rows = []
    for size in sizes:
        index = Index()
        began = perf_counter()
        index.add(repeated(size))
        built = perf_counter() - began
        data = index.dump()
        index.close()
        colds = []
        for question in questions[:5]:
            began = perf_counter()
            index = Index.load(data)
            index.search(question)
            colds.append(perf_counter() - began)
        times = []
        for question in questions[:200]:
            began = perf_counter()
            index.search(question)
            times.append(perf_counter() - began)
        points = quantiles(times, n=100)
        figures = [
            f"{1000 * points[49]:.2f}",
            f"{1000 * points[98]:.2f}",
            f"{1000 * sorted(colds)[2]:.1f}",
            f"{len(data) / 1e6:.1f}",
            f"{size / built:,.0f}",
        ]
        rows.append([f"{size:,}", *figures])
        progress("speed", len(rows), len(sizes))
    header = ["messages", "p50 (ms)", "p99 (ms)", "load and first answer (ms)", "size (MB)", "indexed a second"]
    return [Table("Recall in one user's messages, k = 10", header, rows)]


PARTS = {"quality": quality, "signals": signals, "speed": speed}


def run() -> list[Table]:
    """Return the tables of all parts."""
    return [table for part in PARTS.values() for table in part()]


def main() -> None:
    for name in sys.argv[1:] or PARTS:
        for table in PARTS[name]():
            print(table.markdown(), flush=True)


if __name__ == "__main__":
    main()
