"""`recollect scan`."""

from collections.abc import Mapping

import click

from recollect.cli.delete import confirm
from recollect.cli.find import check_user
from recollect.cli.output import Output, many
from recollect.cli.place import Place, memory_options
from recollect.cli.progress import progress
from recollect.cli.redaction import ALL, redaction_of
from recollect.model.scanned import Scanned

PLACES = {"messages": "message", "facts": "fact", "documents": "document", "sessions": "session title"}
"""Where values are found, and how that is told."""

EXAMPLES = """\b
Examples:
  recollect scan
  recollect scan --no-dry-run
  recollect scan --user alice --kinds EMAIL,PHONE --no-dry-run --yes
  recollect scan --json | jq .scan.found
"""


@click.command(short_help="Find personal values in what is stored, and redact them.", epilog=EXAMPLES)
@click.option("--user", help="This user only. Without it: all users, anonymous sessions and the tenant's documents.")
@click.option("--kinds", default=ALL, metavar="LIST", help="Only these kinds, such as EMAIL,PHONE. Without it: all.")
@click.option("--dry-run/--no-dry-run", default=True, show_default=True, help="Only tell what would be done.")
@click.option("--yes", is_flag=True, help="Do not ask. Needed where nobody can be asked, such as in a script.")
@memory_options
def scan(place: Place, output: Output, user: str | None, kinds: str, dry_run: bool, yes: bool) -> None:
    """Find email addresses, phone, card and account numbers, ids and secrets in messages, facts, titles and documents, and put labels there.

    It tells how many there are, and never which. Unless there is --no-dry-run, nothing is changed. There is no way back. What was cut off goes on
    where it stood when it is run again.
    """
    redaction = redaction_of(kinds)
    with place.read() as memory:
        if user is not None:
            check_user(place, memory.store, user)

        def look(dry: bool, what: str) -> Scanned:
            with progress(output, what) as advance:
                if user is None:
                    return memory.scan(redaction, dry_run=dry, progress=advance)
                return memory.user(user).scan(redaction, dry_run=dry, progress=advance)

        if dry_run:
            found = look(True, "Scanning")
        else:
            waiting = {} if yes else look(True, "Scanning").changed
            if waiting:
                confirm(f"Redact {_places(waiting)}? There is no way back.", yes, verb="redact", done="redacted")
            found = look(False, "Redacting")
    output.json({"user": user, "scan": found})
    output.table(("kind", "values"), [(kind, f"{number:,}") for kind, number in found.found.items()], numbers=(1,))
    _remark(place, output, found, user, kinds)


def _remark(place: Place, output: Output, found: Scanned, user: str | None, kinds: str) -> None:
    looked = ", ".join(many(number, what) for what, number in (("message", found.messages), ("fact", found.facts), ("document", found.documents)))
    whose = many(found.owners, "owner") if user is None else f"user {user!r}"
    output.remark(f"looked through {looked} of {whose}: {_places(found.changed) or 'nothing'} {'to redact' if found.dry_run else 'redacted'}")
    if found.dry_run and found.changed:
        words = ([] if user is None else ["--user", user]) + ([] if kinds == ALL else ["--kinds", kinds])
        output.remark(f"do it with: {place.command('scan', *words, '--no-dry-run')}")
    if found.held:
        output.remark(f"{many(found.held, 'owner')} passed over, being under a legal hold")
    if found.binary:
        output.remark(f"{many(found.binary, 'document')} of bytes not looked into")
    if found.unread:
        output.remark(f"left as they are, since they cannot be read: {found.unread:,}")
    for one in found.left:
        output.remark(f"former bytes may be left: {one}")


def _places(changed: Mapping[str, int]) -> str:
    """Return how much is concerned: ``3 messages, 1 fact``."""
    return ", ".join(many(changed[place], noun) for place, noun in PLACES.items() if changed.get(place))
