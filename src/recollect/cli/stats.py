"""`recollect stats`."""

from collections.abc import Iterable
from heapq import nlargest

import click
from msgspec import Struct, to_builtins

from recollect.cli.checksum import checksum
from recollect.cli.number import Number
from recollect.cli.output import Output
from recollect.cli.place import Place, memory_options
from recollect.cli.walk import anonymous_sessions, user_sessions, users
from recollect.memory import Memory
from recollect.model import Json, SessionInfo

EXAMPLES = """\b
Examples:
  recollect stats
  recollect stats --top 3
  recollect stats --checksum --json
"""


class Sum(Struct):
    """Sessions, messages and tokens, of a user or of all."""

    sessions: int = 0
    messages: int = 0
    tokens: int = 0

    def add(self, found: Iterable[SessionInfo]) -> "Sum":
        """Add sessions, and return the sum itself."""
        for info in found:
            self.sessions += 1
            self.messages += info.count
            self.tokens += info.tokens
        return self


@click.command(short_help="Count what is stored.", epilog=EXAMPLES)
@click.option("--top", type=Number(0), default=10, show_default=True, metavar="N", help="Name the N users with the most messages.")
@click.option("--checksum", "with_checksum", is_flag=True, help="Read every message too, and print one SHA-256 over all: equal for equal memories.")
@memory_options
def stats(place: Place, output: Output, top: int, with_checksum: bool) -> None:
    """Count what is stored: users, sessions, messages, tokens, bytes.

    Tokens are those that messages carry a count of. Bytes are those of the whole database, over all tenants. In the table, recall tells
    what recall goes by: words alone, or a model of this machine as well. The users with the most messages stand below.
    """
    with place.read() as memory:
        report = _count(memory, top)
        if with_checksum:
            report["checksum"] = checksum(memory).value
    output.json(report)
    most = report.pop("top")
    output.table(
        ("", ""),
        [(name.replace("_", " "), f"{value:,}" if output.pretty and isinstance(value, int) else str(value)) for name, value in report.items()],
    )
    if most and output.pretty:
        output.say()
    mark = () if output.pretty else ("user",)
    rows = [(*mark, user["user"], *(str(user[name]) for name in ("messages", "sessions", "tokens"))) for user in most]
    output.table(("user", "messages", "sessions", "tokens"), rows, numbers=(1, 2, 3), optional=(3,))


def _count(memory: Memory, top: int) -> Json:
    anonymous = Sum().add(anonymous_sessions(memory))
    by_user = {user.name: Sum().add(user_sessions(user)) for user in users(memory)}
    every = [anonymous, *by_user.values()]
    most = nlargest(top, by_user.items(), key=lambda item: item[1].messages)
    return {
        "users": len(by_user),
        "sessions": sum(one.sessions for one in every),
        "anonymous_sessions": anonymous.sessions,
        "messages": sum(one.messages for one in every),
        "tokens": sum(one.tokens for one in every),
        "bytes": memory.store.size(),
        "recall": str(memory.embedder),
        "top": [{"user": name, **to_builtins(one)} for name, one in most],
    }
