"""The options of `recollect chat`."""

import sys

import click

from recollect.cli.chat.loop import Chat, go_on, new_session_id
from recollect.cli.chat.models import Model
from recollect.cli.chat.responder import Responder
from recollect.cli.chat.rules import Rules
from recollect.cli.number import Number
from recollect.cli.output import Output
from recollect.cli.place import Place, memory_options
from recollect.views import Window

EXAMPLES = """\b
Examples:
  recollect chat --user ana
  recollect chat --user ana --session trip-to-lisbon
  recollect chat --user ana --model openai:gpt-4o-mini --window 10
  echo "What do you know about me?" | recollect chat --user ana
"""


@click.command(short_help="Chat in the terminal, and keep every message.", epilog=EXAMPLES)
@click.option("--session", metavar="ID", help="Go on with this session, or begin it. Without it: a new one, named by the time.")
@click.option("--user", help="Who you are: what you said in earlier sessions is remembered. Without it: an anonymous session.")
@click.option(
    "--model", metavar="NAME", help="A LangChain chat model, such as openai:gpt-4o-mini (pip install 'recollect[chat]'). Without it: simple rules."
)
@click.option("--window", type=Number(1), default=20, show_default=True, metavar="N", help="How many turns the model sees.")
@click.option("--system", metavar="TEXT", help="The system message that a new session opens with.")
@memory_options
def chat(place: Place, output: Output, session: str | None, user: str | None, model: str | None, window: int, system: str | None) -> None:
    """Chat in the terminal, and keep every message: what you said before an answer is asked for, the answer before it counts as given.

    With --model a language model answers; without one, a few rules that need no key and no network, and look up what you said. Lines can also be
    piped in. With --json, each message is one line of JSON once it is kept.
    """
    responder_of_model = None if model is None else Model(model, Window(turns=window))
    with place.write() as memory:
        responder: Responder = responder_of_model or Rules(memory, user)
        conversation = Chat(memory, memory.session(new_session_id() if session is None else session, user=user), responder, output, system)
        try:
            conversation.run()
        finally:
            if output.pretty and sys.stdin.isatty():
                output.say(f"Go on with: {go_on(place, conversation.session)}", "dim")
