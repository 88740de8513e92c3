"""`recollect sessions`."""

import click

from recollect.cli.describe import list_sessions, session_json
from recollect.cli.output import Output
from recollect.cli.place import Place, memory_options

EXAMPLES = """\b
Examples:
  recollect sessions
  recollect sessions --user alice --limit 10
  recollect sessions --user alice --json | jq -r '.sessions[].id'
"""


@click.command(short_help="List sessions, the latest first.", epilog=EXAMPLES)
@click.option("--user", help="This user's sessions only. Without it: the latest of all users, and the anonymous ones.")
@click.option("--limit", type=int, default=50, show_default=True, help="Sessions a page, from 1 to 1000.")
@click.option("--after", metavar="CURSOR", help="Go on behind a page: what that page named as next. Needs --user.")
@memory_options
def sessions(place: Place, output: Output, user: str | None, limit: int, after: str | None) -> None:
    """List sessions, those with the latest activity first.

    Columns: session, user (empty for an anonymous session), messages, tokens, time of the latest message, title.
    Tokens are those that the messages carry a count of.
    """
    if after is not None and user is None:
        raise click.UsageError("--after pages through one user's sessions: give --user too, or a larger --limit")
    with place.read() as memory:
        if user is None:
            found, following = memory.recent(limit=limit), None
        else:
            page = memory.user(user).sessions(after=after, limit=limit)
            found, following = page.items, page.next
    output.json({"sessions": [session_json(info) for info in found], "next": following})
    list_sessions(output, found)
    if not found:
        output.remark(f"no sessions; begin one with: {place.command('chat')}")
    if following is not None:
        output.remark(f"There may be more: go on with --after {following}")
