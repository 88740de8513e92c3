"""How a step of the demo is told."""

import sys
from textwrap import wrap

from rich.console import Group
from rich.panel import Panel

from recollect.cli import visible
from recollect.cli.describe import picture, show_message
from recollect.cli.output import Output
from recollect.model import Message

MARGIN = 3


def step(output: Output, number: int, title: str) -> None:
    """Write the heading of a step."""
    output.say()
    output.say(f"{number}. {title}", "bold cyan")


def tell(output: Output, text: str, *, good: bool = False) -> None:
    """Write what a step did, in lines that fit."""
    line = visible.line(f"✓ {text}" if good else text)
    width = output.console.width - MARGIN if output.pretty else sys.maxsize
    for part in wrap(line, width, break_long_words=False, break_on_hyphens=False):  # a URL stays whole
        output.say(" " * MARGIN + part, "green" if good else "")


def show(output: Output, messages: list[Message]) -> None:
    """Write messages, framed in a terminal."""
    if output.pretty:
        output.draw(Panel(Group(*map(picture, messages)), border_style="dim", padding=(1, 2, 0, 2)))
        return
    for message in messages:
        show_message(output, message)
