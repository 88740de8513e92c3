"""`recollect remember`."""

from typing import Any

import click

from recollect.cli.facts import list_facts
from recollect.cli.moment import Moment
from recollect.cli.output import Output
from recollect.cli.place import Place, memory_options
from recollect.model import FACT_KINDS, TRUSTS

EXAMPLES = """\b
Examples:
  recollect remember alice "prefers e-mail to calls" --kind preference
  recollect remember alice --attribute "lives in" --value Lisbon --since 2024-05-01
  recollect remember alice --attribute likes --value "green tea" --adds
"""


@click.command(short_help="Remember a fact about a user.", epilog=EXAMPLES)
@click.argument("user")
@click.argument("text", required=False)
@click.option("--subject", metavar="NAME", help="Whom it is about; the user unless given.")
@click.option("--attribute", metavar="NAME", help='What of the subject, such as "lives in". Its new value supersedes the older one.')
@click.option("--value", metavar="TEXT", help="The value of the attribute.")
@click.option("--kind", type=click.Choice(FACT_KINDS), default="note", show_default=True, help="What sort of fact.")
@click.option("--trust", type=click.Choice(TRUSTS), default="user", show_default=True, help="Who told it.")
@click.option("--since", "valid_from", type=Moment(), help="Since when it is so; now unless given.")
@click.option("--expires", type=Moment(), help="When it is to be forgotten.")
@click.option("--source", "sources", multiple=True, metavar="NAME", help="A session or batch that it rests on; may be given again.")
@click.option("--adds", is_flag=True, help="The value stands beside the others of its attribute.")
@memory_options
def remember(place: Place, output: Output, user: str, text: str | None, **options: Any) -> None:
    """Remember about a USER a TEXT, or an attribute and its value. What says the same as an older fact confirms that one."""
    if text is None and options["value"] is None:
        raise click.UsageError("there is nothing to remember; give a text, or --attribute and --value")
    with place.write() as memory:
        fact = memory.user(user).remember(text, **options)
    output.json(fact)
    list_facts(output, [fact])
