"""`recollect retention` and `recollect classify`."""

from pathlib import Path

import click

from recollect.cli.delete import confirm
from recollect.cli.find import check_user
from recollect.cli.output import Output, many
from recollect.cli.place import Place, memory_options
from recollect.cli.progress import progress
from recollect.model import Retained
from recollect.privacy.retention import Retention

RETENTION = """\b
Examples:
  recollect retention rules.toml
  recollect retention rules.toml --no-dry-run
  recollect retention rules.toml --no-dry-run --yes --json

\b
rules.toml:
  [[rule]]
  data = "transcript"     # or facts, or audit
  keep = "1 year"         # hours, days, weeks, years
  [[rule]]
  data = "transcript"
  users = "trial"         # a class of users: see recollect classify
  keep = "30 days"
"""

CLASSIFY = """\b
Examples:
  recollect classify alice trial
  recollect classify alice
  recollect classify alice --none
"""


@click.command(short_help="Remove what is older than rules keep it.", epilog=RETENTION)
@click.argument("rules", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run/--no-dry-run", default=True, show_default=True, help="Only tell what would be removed.")
@click.option("--clock-is-right", is_flag=True, help="Believe the clock though it is far ahead of all that the memory has seen.")
@click.option("--yes", is_flag=True, help="Do not ask. Needed where nobody can be asked, such as in a script.")
@memory_options
def retention(place: Place, output: Output, rules: Path, dry_run: bool, clock_is_right: bool, yes: bool) -> None:
    """Remove what is older than the RULES of a TOML file keep it, of all users and anonymous sessions. What is under a legal hold stays.

    Unless there is --no-dry-run, nothing is changed. What was cut off goes on when it is repeated.
    """
    policy = Retention.load(rules)
    with place.read() as memory:

        def applied(dry: bool, what: str) -> Retained:
            with progress(output, what) as advance:
                return memory.retain(policy, dry_run=dry, clock_is_right=clock_is_right, progress=advance)

        if not (dry_run or yes):
            confirm(f"Remove {_told(applied(True, 'Looking'))}?", yes, verb="remove", done="removed")
        done = applied(dry_run, "Looking" if dry_run else "Removing")
    output.json(done)
    output.say(f"{'To remove' if dry_run else 'Removed'}: {_told(done)}.")
    if dry_run:
        output.remark(f"do it with: {place.command('retention', str(rules), '--no-dry-run')}")


@click.command(short_help="Say to what class of users a user belongs.", epilog=CLASSIFY)
@click.argument("user")
@click.argument("name", metavar="CLASS", required=False)
@click.option("--none", is_flag=True, help="To no class any more.")
@memory_options
def classify(place: Place, output: Output, user: str, name: str | None, none: bool) -> None:
    """Say to what CLASS of users a USER belongs, such as trial: rules of retention go by it. Without a CLASS, tell it."""
    if none and name is not None:
        raise click.UsageError("give a class, or --none")
    with place.read() as memory:
        check_user(place, memory.store, user)
        one = memory.user(user)
        if none or name is not None:
            one.classify(name)
        belongs = one.classification()
    output.json({"user": user, "class": belongs})
    output.say(f"{user}: {belongs}" if belongs is not None else f"{user}: no class")


def _told(found: Retained) -> str:
    parts = [
        f"{many(found.sessions, 'session')} with {many(found.messages, 'message')}",
        f"the text of {many(found.emptied, 'older message')}",
        many(found.facts, "fact"),
        *([many(found.audit, "audit record")] if found.audit else []),
    ]
    return ", ".join(parts) + (f"; {found.held:,} passed over, being under a legal hold" if found.held else "")
