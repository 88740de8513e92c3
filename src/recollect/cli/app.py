"""The command, and its subcommands."""

import sys
from io import TextIOWrapper

import click

from recollect import __version__
from recollect.cli.audit import audit
from recollect.cli.backup import backup
from recollect.cli.chat import chat
from recollect.cli.completion import completion
from recollect.cli.copy import copy
from recollect.cli.delete import delete
from recollect.cli.demo import demo
from recollect.cli.drill import drill
from recollect.cli.erase import erase, readmit
from recollect.cli.export import export
from recollect.cli.facts import facts
from recollect.cli.failure import EXIT_CODES, App
from recollect.cli.forget import forget
from recollect.cli.graph import graph
from recollect.cli.hold import hold, holds, release
from recollect.cli.hygiene import hygiene
from recollect.cli.import_ import import_
from recollect.cli.keys import keys
from recollect.cli.learn import learn
from recollect.cli.model import model
from recollect.cli.prune import prune
from recollect.cli.recall import recall
from recollect.cli.remember import remember
from recollect.cli.restore import restore
from recollect.cli.retention import classify, retention
from recollect.cli.scan import scan
from recollect.cli.schema import schema
from recollect.cli.seal import seal
from recollect.cli.sessions import sessions
from recollect.cli.show import show
from recollect.cli.stats import stats
from recollect.cli.users import users
from recollect.cli.verify import verify

COMMANDS = {
    "See it work": (demo, chat),
    "Look": (users, sessions, stats, show, recall, facts, graph, hygiene),
    "Facts": (learn, remember, forget, prune),
    "Move and keep safe": (import_, export, copy, backup, restore, drill),
    "Privacy": (scan, delete, erase, readmit, retention, classify, hold, release, holds, seal, keys, audit, verify),
    "Set up": (model, schema, completion),
}
"""The commands, by what they are for."""


@click.group(cls=App, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="recollect %(version)s")
def app() -> None:
    """Recollect keeps the memory of LLM applications in a database that its owner already runs.

    Which one: --url or RECOLLECT_URL, sqlite:///recollect.db unless given. Start with: recollect demo
    """


for section, commands in COMMANDS.items():
    for command in commands:
        app.add_command(command)
    app.sections[section] = [str(command.name) for command in commands]


def main() -> None:
    """Run the command of this process's arguments."""
    for stream, errors in ((sys.stdin, "surrogateescape"), (sys.stdout, "backslashreplace"), (sys.stderr, "backslashreplace")):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=errors)
    app.main()
