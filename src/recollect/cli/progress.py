"""A bar on stderr while something takes long."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from recollect.cli import visible
from recollect.cli.output import Output


@contextmanager
def progress(output: Output, what: str) -> Iterator[Callable[[int, int], None] | None]:
    """Give a function to be called with how much is done of how much; None where nobody watches."""
    if output.as_json or not sys.stderr.isatty():
        yield None
        return
    label = TextColumn("{task.description}", markup=False)
    with Progress(label, BarColumn(), TaskProgressColumn(), TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(visible.line(what), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
