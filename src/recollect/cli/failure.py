"""How the command ends when something is wrong: one line on stderr, and an exit code that scripts can rely on."""

import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from recollect.cli import visible
from recollect.cli.program import command
from recollect.errors import Invalid, RecollectError

FAILED = 1
USAGE = 2
REFUSED = 3
INTERRUPTED = 130
PIPE_CLOSED = 141

EXIT_CODES = """\b
Exit codes:
  0    done
  1    failed: nothing of that name, or the database or a file failed
  2    wrong usage, or a value that cannot be kept
  3    imported, copied or erased, but not all of it: the output tells what
  130  interrupted
  141  the reader of a pipe went away
"""


class App(click.Group):
    """A group of commands whose errors are one line on stderr (with --json, one JSON object), never a traceback.

    ``sections``: the names of the commands, by what they are for.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.sections: dict[str, list[str]] = {}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Return the names of the commands, in the order in which they were added."""
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's signature
        """Write what each command does, in the sections."""
        width = max(map(len, self.commands))
        for title, names in self.sections.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), self.commands[name].get_short_help_str(formatter.width)) for name in names])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, and see its output off."""
        try:
            value = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter flushes stdout once more as it ends
            ctx.exit(PIPE_CLOSED)
        return value

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any) -> NoReturn:  # type: ignore[override]  # always ends the process
        """Run the command that the arguments name, and end the process with its exit code."""
        arguments = list(sys.argv[1:] if args is None else args)
        as_json = "--json" in arguments
        extra["standalone_mode"] = False
        try:
            code = super().main(arguments, prog_name or "recollect", **extra)
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.format_message())
            code = USAGE
        except click.UsageError as error:
            code = _fail(as_json, "Usage", _usage(self, error, arguments), USAGE)
        except click.ClickException as error:
            code = _fail(as_json, "Failed", error.format_message(), FAILED)
        except RecollectError as error:
            report(as_json, error)
            code = USAGE if isinstance(error, Invalid) else FAILED
        except click.Abort:
            code = _fail(as_json, "Interrupted", "interrupted", INTERRUPTED)
        except OSError as error:
            code = _fail(as_json, "Failed", f"{error.filename or 'input or output'}: {error.strerror or error}", FAILED)
        sys.exit(code or 0)


def report(as_json: bool, error: RecollectError) -> None:
    """Write an error on stderr."""
    advice = " (it is not known whether this was written; the command can be repeated)" if error.outcome == "unknown" else ""
    _report(as_json, type(error).__name__, f"{error}{advice}", error.outcome)


def _fail(as_json: bool, kind: str, message: str, code: int) -> int:
    _report(as_json, kind, message, "failed")
    return code


def _report(as_json: bool, kind: str, message: str, outcome: str) -> None:
    text = visible.json_line({"error": kind, "message": message, "outcome": outcome}) if as_json else f"recollect: {visible.line(message)}"
    click.echo(text, err=True)


def _usage(app: App, error: click.UsageError, arguments: Sequence[str]) -> str:
    if isinstance(error, click.NoSuchOption) and error.ctx is not None and error.ctx.command is app:
        name = next((word for word in arguments if word in app.commands), "COMMAND")
        return f"{error.option_name} is no option here; put it behind the command: {command(name, str(error.option_name))} …"
    path = error.ctx.command_path.split()[1:] if error.ctx is not None else []
    return f"{error.format_message().rstrip('.')}; see {command(*path, '--help')}"
