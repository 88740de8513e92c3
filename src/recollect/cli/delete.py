"""`recollect delete`."""

import sys

import click

from recollect.cli import visible
from recollect.cli.find import find
from recollect.cli.output import Output, many
from recollect.cli.place import Place, memory_options
from recollect.errors import NotFound
from recollect.memory import Memory
from recollect.model import Json

EXAMPLES = """\b
Examples:
  recollect delete order-12345 --user alice
  recollect delete order-12345 --user alice --yes
"""


@click.command(short_help="Delete a session.", epilog=EXAMPLES)
@click.argument("session", required=False)
@click.option("--user", help="Whose session it is. Without it: an anonymous one.")
@click.option("--all", "everything", is_flag=True, hidden=True)
@click.option("--yes", is_flag=True, help="Do not ask. Needed where nobody can be asked, such as in a script.")
@memory_options
def delete(place: Place, output: Output, session: str | None, user: str | None, everything: bool, yes: bool) -> None:
    """Delete one SESSION. There is no way back. To erase a user with all that is stored of them: recollect erase."""
    if everything or session is None:
        raise click.UsageError(f"give the session to delete; a user is erased by: {place.command('erase', user or 'USER')}")
    with place.read() as memory:
        report = _delete(place, memory, session, user, yes)
    output.json(report)
    output.say(f"Deleted {many(report['sessions'], 'session')} with {many(report['messages'], 'message')}.")


def _delete(place: Place, memory: Memory, id: str, user: str | None, yes: bool) -> Json:
    session, info = find(place, memory, id, user)
    what = f"the anonymous session {id!r}" if user is None else f"session {id!r} of user {user!r}"
    confirm(f"Delete {what} with {many(info.count, 'message')}?", yes)
    if not session.delete():
        raise NotFound(f"session {id!r} was deleted by somebody else in the meantime")
    return {"user": user, "session": id, "sessions": 1, "messages": info.count}


def confirm(question: str, yes: bool, *, verb: str = "delete", done: str = "deleted") -> None:
    """Ask a person, and end the command if the answer is no: with what was not done."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError(f"nobody can be asked here, and nothing was {done}; add --yes to {verb} without asking")
    if not click.confirm(visible.line(question), err=True):
        raise click.ClickException(f"nothing was {done}")
