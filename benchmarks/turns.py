"""The time of a turn, by the number of messages that a session has already."""

import time
from collections.abc import Mapping
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.embedded import FileHistory, Files, Floor, FullFloor, SQLite, SQLiteAsync, SQLiteHistory
from benchmarks.report import Table, progress
from benchmarks.sqlchat import SQLHistory
from benchmarks.systems import System

LENGTHS = (10, 1_000, 10_000, 100_000)

SYSTEMS: tuple[type[System], ...] = (Floor, FullFloor, SQLite, SQLiteAsync, SQLiteHistory, Files, SQLHistory, FileHistory)

ROUNDS = 40
BLOCK = 25
"""Turns of one system in a round: systems take their turns in blocks, one after another, so that the disk's moods meet them all."""

PATIENCE = 6.0
"""Seconds after which a system's rounds end, for those that take seconds for a turn."""

SLOW = 0.05
"""Seconds above which a system takes one turn in a round."""


def serve(kind: type[System], place: str, pipe: Connection) -> None:
    """Take turns as told, in a process of its own, as an application would: no system meets another one's garbage."""
    system = kind(place)
    while (order := pipe.recv()) is not None:
        session, load, turns = order
        if load is not None:
            system.load(session, load)
        times = []
        for _ in range(turns):
            start = time.perf_counter()
            system.turn(session)
            times.append(time.perf_counter() - start)
        pipe.send(times)


def measure(systems: Mapping[type[System], str], length: int) -> dict[str, float]:
    """Return the median seconds of a turn of each system, in its place, for sessions of a length."""
    context = get_context("spawn")
    pipes = {}
    for kind, place in systems.items():
        pipes[kind.name], theirs = context.Pipe()
        context.Process(target=serve, args=(kind, place, theirs), daemon=True).start()
    times: dict[str, list[float]] = {name: [] for name in pipes}
    for number in range(ROUNDS):
        for name, pipe in pipes.items():
            taken = times[name]
            if sum(taken) > PATIENCE:
                continue
            fresh = length <= 1_000  # short sessions grow by their turns: each round starts a new one
            load = length if fresh or number == 0 else None
            pipe.send((f"s{number if fresh else 0}", load, BLOCK if taken and median(taken) < SLOW else 1))
            taken.extend(pipe.recv())
        progress(f"turns at {length:,} messages", number + 1, ROUNDS)
    for pipe in pipes.values():
        pipe.send(None)
    return {name: median(taken) for name, taken in times.items()}


def run() -> list[Table]:
    """Return the table of times, and that of ratios."""
    found: dict[int, dict[str, float]] = {}
    for length in LENGTHS:
        with TemporaryDirectory(dir=".") as folder:
            places = {kind: Path(folder).resolve() / kind.__name__ for kind in SYSTEMS}
            for place in places.values():
                place.mkdir()
            found[length] = measure({kind: str(place) for kind, place in places.items()}, length)
    names = [kind.name for kind in SYSTEMS]
    header = ["system", *(f"N = {length:,}" for length in LENGTHS)]
    times = [[name, *(f"{found[length][name] * 1e3:.3f}" for length in LENGTHS)] for name in names]
    floor, ours = Floor.name, SQLite.name
    ratios = [
        [f"{ours} / floor (goal: at most 1.5)", *(f"{found[length][ours] / found[length][floor]:.2f}" for length in LENGTHS)],
        [f"{ours} / {FullFloor.name}", *(f"{found[length][ours] / found[length][FullFloor.name]:.2f}" for length in LENGTHS)],
        *(
            [f"{peer} / {ours}", *(f"{found[length][peer] / found[length][ours]:,.0f}" for length in LENGTHS)]
            for peer in (SQLHistory.name, FileHistory.name)
        ),
        [f"{ours}, N / N = {LENGTHS[0]} (goal: at most 1.15)", *(f"{found[length][ours] / found[LENGTHS[0]][ours]:.2f}" for length in LENGTHS)],
    ]
    return [
        Table("A turn in milliseconds (median): the last 20 messages, and two messages of about 400 characters appended", header, times),
        Table("Ratios", header, ratios),
    ]
