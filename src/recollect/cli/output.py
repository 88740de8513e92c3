"""Where a command writes: pretty in a terminal, plain text in a pipe, JSON when asked."""

import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import click
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.text import Text

from recollect.cli import visible

GAP = "   "
"""What stands between two columns of a table."""

SHORTEST = 12
"""Columns of the terminal that are left of a text which is shortened."""


class Output:
    """A command's results on stdout, and its remarks on stderr. Whatever it is given is shown, and never obeyed.

    Where JSON was asked for, only ``json`` writes anything; elsewhere, all the others do.
    """

    def __init__(self, as_json: bool, *, console: Console | None = None) -> None:
        self.as_json = as_json
        self.console = console or Console(highlight=False, markup=False, emoji=False)
        self.pretty = not as_json and self.console.is_terminal and not self.console.is_dumb_terminal

    def json(self, value: Any) -> None:
        """Write one line of JSON on stdout, in UTF-8."""
        if self.as_json:
            sys.stdout.flush()
            sys.stdout.buffer.write(visible.json_line(value).encode() + b"\n")
            sys.stdout.buffer.flush()

    def say(self, text: str = "", style: str = "") -> None:
        """Write one line on stdout."""
        if self.pretty:
            self.console.print(Text(visible.line(text), style), soft_wrap=True)
        else:
            self.write(visible.line(text))

    def write(self, text: str) -> None:
        """Write one line of visible text on stdout, plainly."""
        if not self.as_json:
            self.console.file.write(text + "\n")

    def draw(self, picture: RenderableType) -> None:
        """Write something of rich's on stdout: only where the output is pretty, and of visible text."""
        self.console.print(picture)

    def stream(self, piece: str, style: str = "") -> None:
        """Write a piece of a longer text on stdout, at once."""
        text = "\n".join(visible.lines(piece))
        if self.pretty:
            self.console.print(Text(text, style), end="", soft_wrap=True)
        elif not self.as_json:
            self.console.file.write(text)
        self.console.file.flush()

    def remark(self, text: str) -> None:
        """Write one line on stderr, for a person."""
        if not self.as_json:
            click.echo(visible.line(text), err=True)

    def table(
        self,
        headings: Sequence[str],
        rows: Iterable[Sequence[str]],
        *,
        numbers: Sequence[int] = (),
        optional: Sequence[int] = (),
        shortened: int | None = None,
    ) -> None:
        """Write rows: a table in a terminal; lines of columns with tabs between them, without headings, elsewhere.

        ``numbers`` are the columns that stand at the right. A terminal leaves out those that are ``optional`` where all are 0 or empty, and
        shortens the one that is ``shortened`` where the lines are too long for it: the others are names and times to be copied.
        """
        shown = [[visible.line(cell) for cell in row] for row in rows]
        if not self.pretty:
            for row in shown:
                self.write("\t".join(row))
        elif shown:
            self._draw_table(headings, shown, numbers, optional, shortened)

    def _draw_table(
        self, headings: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int], optional: Sequence[int], shortened: int | None
    ) -> None:
        columns = [number for number in range(len(headings)) if number not in optional or any(row[number] not in ("", "0") for row in rows)]
        widths = {number: max(cell_len(row[number]) for row in (headings, *rows)) for number in columns}
        if shortened is not None:
            others = sum(widths.values()) - widths[shortened] + len(GAP) * (len(columns) - 1)
            widths[shortened] = min(widths[shortened], max(SHORTEST, self.console.width - others))
        heading = [(headings, "bold")] if any(headings) else []
        for row, style in (*heading, *((row, "") for row in rows)):
            cells = [Text(row[number], style) for number in columns]
            for cell, number in zip(cells, columns, strict=True):
                cell.truncate(widths[number], overflow="ellipsis")
                cell.align("right" if number in numbers else "left", widths[number])
            self.console.print(Text(GAP).join(cells), soft_wrap=True)


def minute(moment: datetime) -> str:
    """Return a time for a person: UTC, to the minute."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "minutes")


def many(count: int, noun: str) -> str:
    """Return a count with its noun: ``1 message``, ``1,200 messages``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
