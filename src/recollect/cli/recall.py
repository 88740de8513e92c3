"""`recollect recall`."""

from typing import Any

import click
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from recollect.cli import visible
from recollect.cli.describe import INDENT, STYLES, body, heading, message_json
from recollect.cli.moment import Moment
from recollect.cli.number import Number
from recollect.cli.output import Output, minute
from recollect.cli.place import Place, memory_options
from recollect.cli.waiting import with_vectors
from recollect.model import FACT_KINDS, ROLES, TRUSTS, Fact, Json, Recollection

EXAMPLES = """\b
Examples:
  recollect recall alice "Where does my sister live?"
  recollect recall alice "late deliveries" --k 3 --neighbours 1
  recollect recall alice "refunds" --tokens 500 --role user --since 2025-01-01
  recollect recall alice "address" --kind profile --as-of 2024-06-30
  recollect recall alice "late deliveries" --json | jq -r .text
"""

NOTHING = "nothing found; narrow it less, or list the users with"


@click.command(short_help="Find what a user said, or what is known of the user.", epilog=EXAMPLES)
@click.argument("user")
@click.argument("query")
@click.option("--k", type=Number(1), metavar="N", help="At most N, 10 unless given.")
@click.option("--tokens", type=Number(1), metavar="N", help="As many as fit into N tokens.")
@click.option("--session", "sessions", multiple=True, metavar="ID", help="Only of this session; may be given again.")
@click.option("--role", "roles", multiple=True, type=click.Choice(sorted(ROLES)), help="Only messages of this role; may be given again.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(FACT_KINDS), help="Only facts of this kind; may be given again.")
@click.option("--since", type=Moment(), help="Only of this time or later.")
@click.option("--until", type=Moment(), help="Only from before this time.")
@click.option("--as-of", type=Moment(), help="What was known at this time.")
@click.option("--trust", type=click.Choice(TRUSTS), help="Only facts told by those who are trusted at least so.")
@click.option("--neighbours", type=Number(0), metavar="N", default=0, help="N messages on either side of each.")
@memory_options
def recall(place: Place, output: Output, user: str, query: str, **options: Any) -> None:
    """Find what answers a QUERY best in all that a USER ever said and was told, and in the facts that are known; the best first.

    The query is any text; nothing in it is an operator. Under each result stands why it was found: the shares of its score. With
    --json, each result is one line of JSON. Where a model is installed, the first recall of a user makes vectors of what was said, and
    waits for them for up to 20 seconds.
    """
    for name in ("sessions", "roles", "kinds"):
        options[name] = list(options[name]) or None
    with place.read() as memory:
        found = with_vectors(memory, output, lambda: memory.user(user).recall(query, **options))
    for one in found:
        if output.as_json:
            output.json(recollection_json(one))
        else:
            show_recollection(output, one)
    if not found:
        output.remark(f"{NOTHING}: {place.command('users')}")


def recollection_json(one: Recollection) -> Json:
    """Return a recollection for a program, to be encoded as JSON."""
    return {
        "text": one.text,
        "score": round(one.score, 4),
        "why": {name: round(share, 4) for name, share in one.why.items()},
        "session": one.session,
        "position": one.position,
        "created": one.created,
        "message": None if one.message is None else message_json(one.message),
        "fact": one.fact,
        "before": [message_json(message) for message in one.before],
        "after": [message_json(message) for message in one.after],
    }


def show_recollection(output: Output, one: Recollection) -> None:
    """Write a recollection with its source, and why it was found."""
    parts = [(message, message is one.message) for message in (*one.before, *([] if one.message is None else [one.message]), *one.after)]
    if one.fact is not None:
        _write(output, _fact_heading(one.fact), visible.lines(one.text), "fact", one)
    for message, found in parts:
        _write(output, f"{heading(message)} · {visible.line(one.session or '')}", body(message), message.role, one if found else None)


def _write(output: Output, head: str, lines: list[str], role: str, found: Recollection | None) -> None:
    """Write a message or a fact with why it was found; what only stands around is dim."""
    if output.pretty:
        output.draw(_picture(head, lines, role, found))
        return
    output.write(head)
    for text in lines if found is None else [*lines, f"({_why(found)})"]:
        output.write(" " * INDENT + text)


def _picture(head: str, lines: list[str], role: str, found: Recollection | None) -> RenderableType:
    style = "" if found is not None else "dim"
    shown = Text(head, style)
    shown.highlight_words([role], STYLES.get(role, "bold blue"))
    told = Text("\n".join(lines), style)
    if found is not None:
        told.append(f"\n{_why(found)}", "dim italic")
    return Group(shown, Padding(told, (0, 0, 1, INDENT)))


def _fact_heading(fact: Fact) -> str:
    until = "" if fact.valid_to is None else f" to {minute(fact.valid_to)}"
    return visible.line(f"#{fact.position} fact · {fact.kind} · {fact.trust} · since {minute(fact.valid_from)}{until}")


def _why(one: Recollection) -> str:
    shares = sorted(one.why.items(), key=lambda share: -share[1])
    return f"{one.score:.2f} = " + " + ".join(f"{name} {share:.2f}" for name, share in shares if share >= 0.005)  # noqa: PLR2004  # what rounds to 0.01
