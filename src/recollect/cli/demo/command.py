"""The options of `recollect demo`."""

import tempfile
from pathlib import Path

import click

from recollect.cli.demo.tour import run
from recollect.cli.output import Output
from recollect.cli.place import report_options

EXAMPLES = """\b
Examples:
  recollect demo
  recollect demo --keep demo.db
  recollect demo --json | jq .reopened
"""


@click.command(short_help="See it work, without a key or a network.", epilog=EXAMPLES)
@click.option(
    "--keep",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PATH",
    help="The new database file. Without it: one in a new temporary folder, which stays too.",
)
@report_options
def demo(output: Output, keep: Path | None) -> None:
    """See it work, in seconds, without a key or a network.

    Loads sample support conversations into a new SQLite database, closes it, lets a new process open it and compare every message,
    continues a conversation, shows what a model is given of it, learns facts by rules, recalls what was said months ago, and lists the
    sessions. Exit code 1 if anything came back changed.
    """
    if keep is not None and keep.exists():
        raise click.UsageError(f"{keep} is there already, and the demo fills a new file; name another, or remove it first")
    run(keep or Path(tempfile.mkdtemp(prefix="recollect-demo-")) / "demo.db", output)
