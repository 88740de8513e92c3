"""`recollect graph`."""

import sys

import click
import msgspec

from recollect.cli.moment import Moment
from recollect.cli.number import Number
from recollect.cli.output import Output, minute
from recollect.cli.place import Place, memory_options
from recollect.facts.finding import USER
from recollect.facts.triples import Graph, Triple
from recollect.model import TRUSTS

EXAMPLES = """\b
Examples:
  recollect graph alice
  recollect graph alice --entity Ana --depth 2
  recollect graph alice --format svg > alice.svg
  recollect graph alice --format graphml > alice.graphml
  recollect graph alice --json | jq -r '.nodes[].name'
"""

HEADINGS = ("subject", "relation", "object", "since (UTC)", "until (UTC)")


@click.command(short_help="Show how what is known of a user hangs together.", epilog=EXAMPLES)
@click.argument("user")
@click.option("--entity", metavar="NAME", help="Only what lies around this one; the user is called user.")
@click.option("--depth", type=Number(1), metavar="N", default=1, show_default=True, help="N edges around the entity.")
@click.option("--format", "form", type=click.Choice(["svg", "graphml", "json"]), help="Write a picture, or a file for another program.")
@click.option("--as-of", type=Moment(), help="What was so at this time.")
@click.option("--trust", type=click.Choice(TRUSTS), help="Only what was told by those who are trusted at least so.")
@click.option("--history", is_flag=True, help="Also what is over, or was corrected.")
@memory_options
def graph(place: Place, output: Output, user: str, entity: str | None, depth: int, form: str | None, **options: object) -> None:
    """Show what is known of a USER as triples: who, in which relation, to whom or what; or as a picture, or for other programs."""
    if output.as_json and form not in (None, "json"):
        raise click.UsageError(f"--json and --format {form} exclude each other; give one of them")
    with place.read() as memory:
        found = memory.user(user).graph(entity, depth=depth, **options)  # type: ignore[arg-type]  # click checked them
    output.json(msgspec.json.decode(found.json()))
    if form is None:
        output.table(HEADINGS, map(_row, found.triples))
    elif not output.as_json:
        sys.stdout.flush()
        sys.stdout.buffer.write(_written(found, form, entity).encode())
        sys.stdout.buffer.flush()
    if not found.triples:
        output.remark(f"no facts that say something of somebody; list all with: {place.command('facts', user)}")


def _written(found: Graph, form: str, entity: str | None) -> str:
    if form == "svg":
        return found.svg(entity or USER)
    return found.graphml() if form == "graphml" else f"{found.json()}\n"


def _row(triple: Triple) -> tuple[str, ...]:
    until = "" if triple.valid_to is None else minute(triple.valid_to)
    return (triple.subject, triple.relation, triple.object, minute(triple.valid_from), until)
