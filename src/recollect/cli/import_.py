"""`recollect import`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import Any

import click

from recollect.cli.failure import REFUSED
from recollect.cli.output import Output, many
from recollect.cli.place import Place, memory_options
from recollect.cli.progress import progress
from recollect.store.url import shown
from recollect.transfer import FORMATS, ImportReport, check_history, format_of, import_file, import_history
from recollect.transfer.histories import History, is_url
from recollect.transfer.histories.history import PREFIX, TABLE

STDIN = "-"

SHOWN = 20
"""Reasons of refusals that a person is shown; JSON has all that the report lists."""

NAMED = 5
"""Lines that are named for one reason."""

FORMAT_LINES = "\b\nFormats:\n" + "".join(f"  {name:<15} {what}\n" for name, what in FORMATS.items())

URL_LINES = """
\b
URLs, of the database that LangChain's chat history is in:
  postgresql://   SQLChatMessageHistory and PostgresChatMessageHistory
  mysql://        SQLChatMessageHistory
  redis://        RedisChatMessageHistory
"""

EXAMPLES = """
\b
Examples:
  recollect import conversations.json --user ana
  recollect import log.jsonl --format openai
  recollect import chat_history.db --format langchain-sql --table message_store
  recollect import backup.jsonl --json
  recollect import postgresql://app@db/shop --table chat_history
  recollect import redis://cache:6379/0
  gunzip -c backup.jsonl.gz | recollect import -
"""


class Source(click.Path):
    """A file, or the URL of a server's database."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return a Path, or the URL as it is. One of another kind may hold a password, and is not repeated."""
        if not isinstance(value, str) or is_url(value):
            return value
        if "://" in value and not Path(value).exists():
            self.fail("histories are imported from postgresql://, mysql:// and redis:// URLs, and from files", param, ctx)
        return super().convert(value, param, ctx)


@click.command("import", short_help="Import the conversations of a file, or of LangChain's histories.", epilog=FORMAT_LINES + URL_LINES + EXAMPLES)
@click.argument("source", metavar="PATH|URL", type=Source(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--format", "format_", type=click.Choice(list(FORMATS)), help="What the file is. Without it, the content tells.")
@click.option("--user", help="Whose the conversations are, where the file does not say it.")
@click.option("--session", help="Which session they go to, where the file does not say it.")
@click.option("--table", default=TABLE, show_default=True, help="The table with the messages, in a database.")
@click.option("--prefix", default=PREFIX, show_default=True, help="What the keys of the sessions begin with, in Redis.")
@memory_options
@click.pass_context
def import_(
    context: click.Context,
    place: Place,
    output: Output,
    source: Path | str,
    format_: str | None,
    user: str | None,
    session: str | None,
    table: str,
    prefix: str,
) -> None:
    """Import the conversations of a file, or with - of stdin. What is there already is left as it is: an import can be repeated.

    The URL of a database, in place of a file, imports the chat histories that LangChain keeps there.

    Lines that cannot be taken in are told with the reason, the others are kept, and the exit code is 3.
    """
    if isinstance(source, str):
        if format_ is not None or session is not None:
            raise click.UsageError("--format and --session are for files; a database tells the sessions itself")
        report = _import_history(place, output, source, user, table, prefix)
        if report.format == "langchain-redis" and not report.sessions and not report.refused:
            output.remark(f"No list's key begins with {prefix!r}; if the history's do with something else, give it as --prefix.")
    else:
        report = _import_file(place, output, source, format_, user, session, table)
    output.json(report)
    _tell(output, report)
    if report.refused:
        context.exit(REFUSED)


def _import_file(place: Place, output: Output, path: Path, format_: str | None, user: str | None, session: str | None, table: str) -> ImportReport:
    with _whole(path) as file:
        found = format_of(file, format=format_, table=table)
        with place.write() as memory, progress(output, f"Importing {file.name}") as advance:
            return import_file(memory, file, format=found, user=user, session=session, table=table, progress=advance)


def _import_history(place: Place, output: Output, url: str, user: str | None, table: str, prefix: str) -> ImportReport:
    check_history(url, table=table, prefix=prefix)
    with place.write() as memory, progress(output, f"Importing {shown(History(url).url)}") as advance:
        return import_history(memory, url, user=user, table=table, prefix=prefix, progress=advance)


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Give a file that can be read twice, once for its format: for stdin, one that nobody else can read, and that is removed at the end."""
    if str(path) != STDIN:
        yield path
        return
    if sys.stdin.isatty():
        raise click.UsageError("stdin is a terminal; name a file, or pipe one in")
    with TemporaryDirectory(prefix="recollect-import-") as folder:
        file = Path(folder, "stdin")
        file.touch(mode=0o600)
        with file.open("wb") as target:
            copyfileobj(sys.stdin.buffer, target)
        yield file


def _tell(output: Output, report: ImportReport) -> None:
    documents = f" and {many(report.documents, 'document')}" if report.documents else ""
    output.say(f"Imported {many(report.messages, 'message')} of {many(report.sessions, 'session')}{documents} ({report.format}).")
    known = [f"{report.known:,} known already"] if report.known else []
    skipped = [f"{report.skipped:,} with nothing to remember"] if report.skipped else []
    if known or skipped:
        output.say(f"Left as it was: {', '.join([*known, *skipped])}.")
    refused = len(report.refused) + report.unlisted
    if refused:
        output.remark(f"Refused {refused:,}:")
        reasons: dict[str, list[int]] = {}
        for refusal in report.refused:
            reasons.setdefault(refusal.reason, []).append(refusal.line)
        told = dict(list(reasons.items())[:SHOWN])
        for reason, lines in told.items():
            output.remark(f"  {_lines(lines)}: {reason}")
        rest = refused - sum(len(lines) for lines in told.values())
        if rest:
            output.remark(f"  … and {rest:,} more; --json lists them")


def _lines(numbers: list[int]) -> str:
    """Return which lines: ``lines 2, 14, 28 and 5 more``."""
    if len(numbers) == 1:
        return f"line {numbers[0]}"
    more = f" and {len(numbers) - NAMED:,} more" if len(numbers) > NAMED else ""
    return f"lines {', '.join(str(number) for number in numbers[:NAMED])}{more}"
