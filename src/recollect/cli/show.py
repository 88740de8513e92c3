"""`recollect show`."""

from collections.abc import Iterator

import click

from recollect.cli.describe import message_json, show_message
from recollect.cli.find import find
from recollect.cli.number import Number
from recollect.cli.output import Output
from recollect.cli.place import Place, memory_options
from recollect.cli.walk import messages
from recollect.memory import Session
from recollect.model import Message
from recollect.views import TokenBudget, Window

EXAMPLES = """\b
Examples:
  recollect show order-12345 --user alice
  recollect show order-12345 --user alice --last 10
  recollect show order-12345 --user alice --after 40 --limit 20
  recollect show order-12345 --user alice --window 3
  recollect show order-12345 --user alice --json | jq -r .content
"""


@click.command(short_help="Show a session's messages, or what a model sees of it.", epilog=EXAMPLES)
@click.argument("session")
@click.option("--user", help="Whose session it is. Without it: an anonymous one.")
@click.option("--last", type=Number(0), metavar="N", help="The last N messages.")
@click.option("--after", type=Number(0), metavar="P", help="The messages behind position P, the number in front of each message.")
@click.option("--limit", type=Number(0), metavar="N", help="At most the first N of them.")
@click.option("--window", type=Number(1), metavar="N", help="What a window of N turns gives the model.")
@click.option("--tokens", type=Number(1), metavar="N", help="What a budget of N tokens gives the model.")
@memory_options
def show(
    place: Place,
    output: Output,
    session: str,
    user: str | None,
    last: int | None,
    after: int | None,
    limit: int | None,
    window: int | None,
    tokens: int | None,
) -> None:
    """Show the messages of a SESSION in order: all of them, a part, or what a model is given.

    With --json, each message is one line of JSON.
    """
    ways = {
        "--last": last is not None,
        "--after or --limit": after is not None or limit is not None,
        "--window": window is not None,
        "--tokens": tokens is not None,
    }
    given = [name for name, there in ways.items() if there]
    if len(given) > 1:
        raise click.UsageError(f"{' and '.join(given)} exclude each other; give one of them")
    with place.read() as memory:
        chat, _ = find(place, memory, session, user)
        for message in _messages(chat, last, after or 0, limit, window, tokens):
            if output.as_json:
                output.json(message_json(message))
            else:
                show_message(output, message)


def _messages(chat: Session, last: int | None, after: int, limit: int | None, window: int | None, tokens: int | None) -> Iterator[Message]:
    if window is not None:
        yield from chat.context(Window(turns=window))
    elif tokens is not None:
        yield from chat.context(TokenBudget(tokens))
    elif last is not None:
        yield from chat.messages(last=last)
    else:
        yield from messages(chat, after, limit)
