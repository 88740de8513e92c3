"""`recollect facts`."""

from collections.abc import Sequence
from typing import Any

import click
from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from recollect.cli import visible
from recollect.cli.moment import Moment
from recollect.cli.output import Output, minute
from recollect.cli.place import Place, memory_options
from recollect.model import FACT_KINDS, TRUSTS, Fact

EXAMPLES = """\b
Examples:
  recollect facts alice
  recollect facts alice --kind preference --trust user
  recollect facts alice --attribute "lives in" --history
  recollect facts alice --as-of 2024-06-30
  recollect facts alice --json | jq -r '.facts[].text'
"""

INDENT = 2
"""Columns in front of what is told about a fact, in a terminal."""


@click.command(short_help="List what is known of a user.", epilog=EXAMPLES)
@click.argument("user")
@click.option("--subject", metavar="NAME", help="Only about this one; the user is called user.")
@click.option("--attribute", metavar="NAME", help='Only this attribute, such as "lives in".')
@click.option("--kind", "kinds", multiple=True, type=click.Choice(FACT_KINDS), help="Only of this kind; may be given again.")
@click.option("--as-of", type=Moment(), help="What was so at this time.")
@click.option("--trust", type=click.Choice(TRUSTS), help="Only what was told by those who are trusted at least so.")
@click.option("--source", metavar="NAME", help="Only what rests on this session or batch.")
@click.option("--history", is_flag=True, help="Also what is over, was denied, or was corrected.")
@click.option("--archived", is_flag=True, help="Also what was put aside.")
@memory_options
def facts(place: Place, output: Output, user: str, **options: Any) -> None:
    """List what is known of a USER, by the time since when it is so.

    Told of each: kind, who told it, since and until when (UTC) it is so, id. What was wrong from the beginning ends when it began. In a
    pipe, each fact is a line with these columns, tabs between them.
    """
    options["kinds"] = list(options["kinds"]) or None
    with place.read() as memory:
        found = memory.user(user).facts(**options)
    output.json({"facts": found})
    list_facts(output, found)
    if not found:
        output.remark(f"no facts; find some with: {place.command('learn', user)}, or list the users with: {place.command('users')}")


def list_facts(output: Output, found: Sequence[Fact]) -> None:
    """Write facts: one a line, or in a terminal in full, with what is told about each below it."""
    if output.pretty:
        for fact in found:
            text, kind, trust, since, until, id = _row(fact)
            in_full(output, text, f"{kind}, {trust}, since {since}{until and f' to {until}'}, {id}")
    else:
        output.table((), map(_row, found))


def in_full(output: Output, text: str, about: str) -> None:
    """Write a text in a terminal, in as many lines as it takes, and what is told about it below."""
    output.draw(Group(Text(visible.line(text)), Padding(Text(visible.line(about), "dim"), (0, 0, 0, INDENT))))


def _row(fact: Fact) -> tuple[str, ...]:
    until = "" if fact.valid_to is None else minute(fact.valid_to)
    text = f"not: {fact.statement}" if fact.denies else fact.statement
    return (text, fact.kind, fact.trust, minute(fact.valid_from), until, fact.id)
