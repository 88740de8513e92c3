"""`recollect forget`."""

import click

from recollect.cli.delete import confirm
from recollect.cli.output import Output, many
from recollect.cli.place import Place, memory_options
from recollect.errors import NotFound
from recollect.memory import User

EXAMPLES = """\b
Examples:
  recollect forget alice 01a1feeb-7a51-7b0c-8f5e-0f4c1c8a9a77
  recollect forget alice --source crm-import --yes
"""


@click.command(short_help="Forget facts about a user.", epilog=EXAMPLES)
@click.argument("user")
@click.argument("fact", required=False)
@click.option("--source", metavar="NAME", help="Forget all that rests on this session or batch alone.")
@click.option("--yes", is_flag=True, help="Do not ask. Needed where nobody can be asked, such as in a script.")
@memory_options
def forget(place: Place, output: Output, user: str, fact: str | None, source: str | None, yes: bool) -> None:
    """Remove a FACT about a USER by its id, with the older ones that it superseded; or all that rests on a source. There is no way back."""
    if (fact is None) == (source is None):
        raise click.UsageError("give the id of a fact, or --source; list facts with: recollect facts USER")
    with place.read() as memory:
        known = memory.user(user)
        removed = _fact(place, known, fact, yes) if fact is not None else _source(place, known, source or "", yes)
    output.json({"user": user, "facts": removed})
    output.say(f"Forgot {many(removed, 'fact')}.")


def _fact(place: Place, user: User, id: str, yes: bool) -> int:
    try:
        found = next(fact for fact in user.history(id) if id in (fact.id, *fact.also))
        _confirm(f"Forget that {user.name!r} {found.statement!r}, and what it superseded?", yes)
        return user.forget(id)  # it may have gone while somebody was asked
    except NotFound as error:
        listing = place.command("facts", user.name, "--history", "--archived")
        raise NotFound(f"there is no fact {id!r} about {user.name!r}; list the facts with: {listing}") from error


def _source(place: Place, user: User, source: str, yes: bool) -> int:
    found = user.facts(source=source, history=True, archived=True)
    if not found:
        raise NotFound(f"nothing about {user.name!r} rests on {source!r}; list facts with: {place.command('facts', user.name, '--history')}")
    _confirm(f"Forget what rests on {source!r}: up to {many(len(found), 'fact')}?", yes)
    return user.forget_source(source)


def _confirm(question: str, yes: bool) -> None:
    confirm(question, yes, verb="forget", done="forgotten")
