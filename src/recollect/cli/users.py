"""`recollect users`."""

import click

from recollect.cli.output import Output, many, minute
from recollect.cli.place import Place, memory_options
from recollect.cli.walk import user_sessions

EXAMPLES = """\b
Examples:
  recollect users
  recollect users --limit 20 --after bob
  recollect users --json | jq -r '.users[].user'
"""


@click.command(short_help="List the users.", epilog=EXAMPLES)
@click.option("--limit", type=int, default=100, show_default=True, help="Users a page, from 1 to 1000.")
@click.option("--after", metavar="USER", help="Go on behind this user: the last of the page before.")
@memory_options
def users(place: Place, output: Output, limit: int, after: str | None) -> None:
    """List the users that have anything stored, in order of their names, with their latest session.

    Columns: user, latest session, its time. Anonymous sessions have no user: see recollect stats.
    """
    with place.read() as memory:
        page = memory.users(after=after, limit=limit)
        latest = [(name, next(user_sessions(memory.user(name), 1), None)) for name in page]
    found = [{"user": name, "session": info and info.id, "updated": info and info.updated} for name, info in latest]
    output.json({"users": found, "next": page.next})
    rows = [(name, info.id, minute(info.updated)) if info else (name, "", "") for name, info in latest]
    output.table(("user", "latest session", "updated (UTC)"), rows)
    if not found:
        output.remark(f"no users; begin with: {place.command('chat', '--user', 'NAME')}")
    if page.next is not None:
        output.remark(f"There may be more than these {many(len(page), 'user')}: go on with --after and the last name.")
