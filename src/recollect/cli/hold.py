"""`recollect hold`, `release` and `holds`."""

import click

from recollect.cli.find import is_there
from recollect.cli.output import Output, minute
from recollect.cli.place import Place, memory_options
from recollect.errors import NotFound
from recollect.memory import Memory, Session, User
from recollect.model import Owner

HOLD = """\b
Examples:
  recollect hold alice --reason "case 12/2026"
  recollect hold alice --session order-12345 --reason "chargeback" --by legal
"""

RELEASE = """\b
Examples:
  recollect release alice
  recollect release alice --session order-12345
"""

HOLDS = """\b
Examples:
  recollect holds
  recollect holds --json
"""


def _whom(memory: Memory, session: str | None, user: str | None) -> User | Session:
    if session is None and user is None:
        raise click.UsageError("name whom it is about: a user, --session, or both")
    return memory.user(user) if session is None and user is not None else memory.session(session or "", user=user)


def _called(session: str | None, user: str | None) -> str:
    if session is None:
        return f"user {user!r}"
    return f"session {session!r} of user {user!r}" if user is not None else f"the anonymous session {session!r}"


@click.command(short_help="Place a legal hold: nothing of it is removed.", epilog=HOLD)
@click.argument("user", required=False)
@click.option("--session", help="This session only: the user's, or, without one, an anonymous one.")
@click.option("--reason", required=True, help="Why, such as the number of a case.")
@click.option("--by", help="Who ordered it.")
@memory_options
def hold(place: Place, output: Output, user: str | None, session: str | None, reason: str, by: str | None) -> None:
    """Place a legal hold on a USER, or on one session. Until it is released, nothing of it is erased, deleted, forgotten, or ends by time."""
    with place.read() as memory:
        placed = _whom(memory, session, user).hold(reason, by=by)
        there = is_there(memory.store, Owner(place.tenant, "session", session or "") if user is None else Owner(place.tenant, "user", user))
    output.json(placed)
    output.say(f"Held: {_called(session, user)}. Nothing of it is removed until: {place.command('release', *_words(session, user))}")
    if not there:
        output.remark(f"nothing is stored of {_called(session, user)} as yet: check the name")


@click.command(short_help="Lift a legal hold.", epilog=RELEASE)
@click.argument("user", required=False)
@click.option("--session", help="The session that was held: the user's, or, without one, an anonymous one.")
@memory_options
def release(place: Place, output: Output, user: str | None, session: str | None) -> None:
    """Lift the legal hold on a USER, or that on one session. Times to live begin anew."""
    with place.read() as memory:
        if not _whom(memory, session, user).release():
            raise NotFound(f"{_called(session, user)} is under no legal hold; list them with: {place.command('holds')}")
    output.json({"user": user, "session": session, "released": True})
    output.say(f"Released: {_called(session, user)}.")


@click.command(short_help="List the legal holds.", epilog=HOLDS)
@memory_options
def holds(place: Place, output: Output) -> None:
    """List the legal holds, the oldest first.

    Columns: since when, user, session, reason, by whose order.
    """
    with place.read() as memory:
        found = memory.holds()
    output.json({"holds": found})
    rows = [(minute(one.since), one.user or "", one.session or "", one.reason, one.by or "") for one in found]
    output.table(("since (UTC)", "user", "session", "reason", "by"), rows)
    if not found:
        output.remark("nothing is held")


def _words(session: str | None, user: str | None) -> list[str]:
    return [*([] if user is None else [user]), *([] if session is None else ["--session", session])]
