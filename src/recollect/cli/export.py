"""`recollect export`."""

import sys
from pathlib import Path

import click

from recollect.cli import visible
from recollect.cli.output import Output, many
from recollect.cli.place import Place, memory_options
from recollect.cli.progress import progress
from recollect.transfer import export_file

STDOUT = "-"

EXAMPLES = """\b
Examples:
  recollect export backup.jsonl
  recollect export --user alice alice.jsonl
  recollect export --user alice alice.zip
  recollect export - | gzip > backup.jsonl.gz
"""


@click.command(short_help="Export conversations as JSON Lines, or all of one user as an archive.", epilog=EXAMPLES)
@click.argument("path", default=STDOUT)
@click.option("--user", help="This user's conversations only. Without it: everything, the anonymous sessions included.")
@click.option("--overwrite", is_flag=True, help="Replace the file where there is one.")
@memory_options
def export(place: Place, output: Output, path: str, user: str | None, overwrite: bool) -> None:
    """Export conversations as JSON Lines to a file, or to stdout without one (or with -). They import back to the same.

    On stdout, the lines are all that is written there: the report goes to stderr.

    A PATH that ends with .zip, of one user, becomes an archive to be given to that user: with the files that messages carry, what the
    memory keeps for its own work, the schema, and a checksum of each part.
    """
    to_stdout = path == STDOUT
    if to_stdout and sys.stdout.isatty():
        raise click.UsageError("stdout is a terminal; name a file, or pipe the lines somewhere")
    if not to_stdout and Path(path).exists() and not overwrite:
        raise click.UsageError(f"{path} is there already; name another file, or add --overwrite")
    whole = Path(path).suffix.lower() == ".zip"
    if whole and user is None:
        raise click.UsageError("a .zip is the archive of one user: give --user, or a name that ends with .jsonl")
    target = sys.stdout.buffer if to_stdout else path
    with place.read() as memory, progress(output, "Exporting") as advance:
        report = memory.user(user).export(path, progress=advance) if whole and user else export_file(memory, target, user=user, progress=advance)
    text = f"Exported {many(report.messages, 'message')} of {many(report.sessions, 'session')} and {many(report.users, 'user')}."
    if to_stdout:
        click.echo(visible.json_line(report) if output.as_json else text, err=True)
    else:
        output.json(report)
        output.say(text)
