"""A bar on stderr while something takes long."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from recollect.cli import visible
from recollect.cli.output import Output


class Rate(ProgressColumn):
    """How many of something are done in a second."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        """Return the rate of late; nothing until there is one."""
        return Text("" if task.speed is None else f"{task.speed:,.0f} {self._unit}/s", style="progress.data.speed")


@contextmanager
def progress(output: Output, what: str, unit: str | None = None) -> Iterator[Callable[[int, int], None] | None]:
    """Give a function to be called with how much is done of how much; None where nobody watches. ``unit``: what a rate is told in."""
    if output.as_json or not sys.stderr.isatty():
        yield None
        return
    label = TextColumn("{task.description}", markup=False)
    rate = [] if unit is None else [Rate(unit)]
    columns = (label, BarColumn(), TaskProgressColumn(), *rate, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(visible.line(what), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
