"""`recollect prune`."""

import click

from recollect.cli.facts import list_facts
from recollect.cli.output import Output, many
from recollect.cli.place import Place, memory_options
from recollect.facts.outcome import FAINT, Pruned

EXAMPLES = """\b
Examples:
  recollect prune alice
  recollect prune alice --no-dry-run
  recollect prune alice --undo 01a1feeb-7a51-7b0c-8f5e-0f4c1c8a9a77
"""


@click.command(short_help="Put aside what has faded of what is known of a user.", epilog=EXAMPLES)
@click.argument("user")
@click.option("--dry-run/--no-dry-run", default=True, show_default=True, help="Only tell what would be done.")
@click.option("--below", type=click.FloatRange(0, 1), metavar="STRENGTH", default=FAINT, show_default=True, help="What is weaker has faded.")
@click.option("--undo", metavar="CHANGE", help="Bring back what a pruning put aside.")
@memory_options
def prune(place: Place, output: Output, user: str, dry_run: bool, below: float, undo: str | None) -> None:
    """Put aside what has faded of what is known of a USER, and remove what has expired, with what that superseded.

    Unless there is --no-dry-run, nothing is changed. What is put aside is listed by recollect facts --archived, and comes back by --undo.
    """
    with place.read() as memory:
        if undo is not None:
            back = memory.user(user).undo(undo)
            output.json({"user": user, "facts": back})
            list_facts(output, back)
            return
        pruned = memory.user(user).prune(dry_run=dry_run, below=below)
    output.json({"user": user, "dry_run": dry_run, "archived": pruned.archived, "expired": pruned.expired, "change": pruned.change})
    list_facts(output, [*pruned.archived, *pruned.expired])
    output.remark(_told(place, user, pruned, dry_run=dry_run))


def _told(place: Place, user: str, pruned: Pruned, *, dry_run: bool) -> str:
    done = f"{many(len(pruned.archived), 'fact')} put aside, {many(len(pruned.expired), 'fact')} expired"
    if not (pruned.archived or pruned.expired):
        return "nothing has faded or expired"
    if dry_run:
        return f"to do: {done}; do it with: {place.command('prune', user, '--no-dry-run')}"
    return done if pruned.change is None else f"{done}; bring back what was put aside with: {place.command('prune', user, '--undo', pruned.change)}"
