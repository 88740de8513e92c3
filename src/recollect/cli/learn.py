"""`recollect learn`."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recollect.cli.number import Number
from recollect.cli.output import Output, many
from recollect.cli.place import Place, memory_options
from recollect.cli.walk import users
from recollect.errors import Erased, Invalid
from recollect.facts.outcome import Learned
from recollect.memory import Memory, User

if TYPE_CHECKING:
    from recollect.core.finders import Finder
    from recollect.runtime import Model

EXAMPLES = """\b
Examples:
  recollect learn
  recollect learn alice --session order-12345
  recollect learn alice --rules my-language.toml
  recollect learn alice --model openai:gpt-4o-mini --limit 200
"""


@click.command(short_help="Find facts in what users said.", epilog=EXAMPLES)
@click.argument("user", required=False)
@click.option("--session", "sessions", multiple=True, metavar="ID", help="Only of this session; may be given again. Needs a user.")
@click.option("--model", metavar="NAME", help="Ask this model, such as openai:gpt-4o-mini, in place of rules.")
@click.option("--rules", metavar="FILE", help="Rules in place of the English ones: a file, or a language that comes along, such as de.")
@click.option("--limit", type=Number(0), metavar="N", help="Look at N messages of each user at the most.")
@memory_options
def learn(
    place: Place,
    output: Output,
    user: str | None,
    sessions: tuple[str, ...],
    model: str | None,
    rules: str | None,
    limit: int | None,
) -> None:
    """Find facts in the messages of a USER, or of all users, that have not been looked at yet: by rules, or by a model.

    Each message is learned once; the command can be repeated at any time, also while others learn.
    """
    if sessions and user is None:
        raise click.UsageError("--session is of one user: give the user too")
    if model is not None and rules is not None:
        raise click.UsageError("--model and --rules exclude each other; give one of them")
    asked, finder = _model(model), _rules(rules)
    with place.read() as memory:
        for one in _chosen(memory, user):
            try:
                learned = one.learn(asked, rules=finder, sessions=list(sessions) or None, limit=limit)
            except Erased:
                if user is not None:
                    raise
                continue
            output.json({"user": one.name, "learned": learned})
            if user is not None or learned.messages:
                output.say(f"{one.name}: {_told(learned)}")
            if user is not None and not (learned.messages or one.sessions(limit=1)):
                output.remark(f"{user!r} has said nothing; list the users with: {place.command('users')}")


def _chosen(memory: Memory, user: str | None) -> Iterable[User]:
    return users(memory) if user is None else [memory.user(user)]


def _told(learned: Learned) -> str:
    parts = [f"{many(learned.found, 'new fact')} in {many(learned.messages, 'message')}"]
    if learned.superseded:
        parts.append(f"{many(learned.superseded, 'older one')} superseded")
    if learned.dropped:
        parts.append(f"{many(learned.dropped, 'finding')} dropped")
    return ", ".join(parts)


def _model(name: str | None) -> "Model | None":
    if name is None:
        return None
    from recollect.cli.chat.models import open_model

    return open_model(name)


def _rules(named: str | None) -> "Finder | None":
    if named is None:
        return None
    from recollect.facts.rules import Rules, languages

    if named in languages():
        return Rules.of(named)
    if not Path(named).exists():
        raise Invalid(f"{named!r} is no file, and no language that comes along; there are {', '.join(languages())}")
    return Rules.load(named)
