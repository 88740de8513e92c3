"""`recollect hygiene`."""

from collections.abc import Sequence

import click

from recollect.cli.facts import in_full
from recollect.cli.output import Output, many
from recollect.cli.place import Place, memory_options
from recollect.facts.outcome import Hygiene
from recollect.model import Fact

EXAMPLES = """\b
Examples:
  recollect hygiene alice
  recollect hygiene alice --json | jq '.hygiene.stale | length'
"""


@click.command(short_help="Tell what should be looked at of what is known of a user.", epilog=EXAMPLES)
@click.argument("user")
@memory_options
def hygiene(place: Place, output: Output, user: str) -> None:
    """Tell what should be looked at of what is known of a USER: what is there twice, what contradicts, what fades, what was never used.

    Nothing is changed, and no model is asked. Columns: what it is, the fact, the other one, their ids.
    """
    with place.read() as memory:
        found = memory.user(user).hygiene()
    output.json({"user": user, "hygiene": found})
    rows = [row for name, groups in _parts(found) for group in groups for row in _rows(name, group)]
    if output.pretty:
        for what, text, other, *ids in rows:
            in_full(output, f"{what}: {text}{other and f' / {other}'}", ", ".join(filter(None, ids)))
    else:
        output.table((), rows)
    more = f", and {many(found.more, 'further pair')}" if found.more else ""
    output.remark(f"{many(len(rows), 'thing')} to look at{more} in {many(found.facts, 'fact')}")


def _parts(found: Hygiene) -> list[tuple[str, Sequence[Sequence[Fact]]]]:
    return [
        ("duplicate", found.duplicates),
        ("similar", found.similar),
        ("contradicted", found.contradicted),
        ("stale", [[fact] for fact in found.stale]),
        ("never used", [[fact] for fact in found.unused]),
    ]


def _rows(name: str, group: Sequence[Fact]) -> list[tuple[str, ...]]:
    """Return a row for each further fact of a group, beside the first; one for a fact alone."""
    first, *others = group
    if not others:
        return [(name, _text(first), "", first.id, "")]
    return [(name, _text(first), _text(one), first.id, one.id) for one in others]


def _text(fact: Fact) -> str:
    return f"not: {fact.statement}" if fact.denies else fact.statement
