"""Tables, as Markdown; progress, on the terminal."""

import sys
from typing import NamedTuple


class Table(NamedTuple):
    """A titled table of text."""

    title: str
    header: list[str]
    rows: list[list[str]]

    def markdown(self) -> str:
        lines = [self.header, ["---"] + ["---:"] * (len(self.header) - 1), *self.rows]
        return f"**{self.title}**\n\n" + "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def progress(what: str, done: int, total: int) -> None:
    """Show how far a measurement is, if somebody looks."""
    if sys.stderr.isatty():
        print(f"\r{what}: {done}/{total} ", end="\n" if done == total else "", file=sys.stderr, flush=True)
