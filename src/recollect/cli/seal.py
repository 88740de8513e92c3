"""`recollect seal`."""

from contextlib import closing

import click

from recollect.cli.auditing import noting_at
from recollect.cli.failure import REFUSED
from recollect.cli.find import check_user
from recollect.cli.output import Output, many
from recollect.cli.place import Place, memory_options
from recollect.cli.progress import progress
from recollect.errors import Invalid
from recollect.transfer import seal as seal_memory

EXAMPLES = """\b
Examples:
  recollect keys new kek.txt
  export RECOLLECT_KEK=file:kek.txt
  recollect seal --keys keys.db
  recollect seal --keys keys.db --user alice
"""


@click.command(short_help="Encrypt all that a memory holds, with a key for each user.", epilog=EXAMPLES)
@click.option("--user", "users", multiple=True, help="Seal anew what this user has under earlier keys; may be given several times.")
@memory_options
@click.pass_context
def seal(context: click.Context, place: Place, output: Output, users: tuple[str, ...]) -> None:
    """Compress and encrypt all that a memory holds, each user's with a key of their own, and keep it so from now on.

    Close everything that has the memory open without keys first, and open it with its keys afterwards. Interrupted, it goes on when it is
    run again. Expired sessions are removed. The keys stand in the file or database of --keys: without them, nothing can be read again. Keep
    a copy of them, apart from the copies of the memory.
    """
    keyring = place.keyring(make=True)
    if keyring is None:
        raise Invalid("give --keys: the file, or the URL of the database, in which the users' keys are to be")
    with closing(place.store()) as store, progress(output, "Sealing", "records") as advance:
        for user in users:
            check_user(place, store, user)
        report = seal_memory(store, keyring, tenant=place.tenant, users=users or None, progress=advance)
    with noting_at(place, "seal"):
        output.json(report)
    what = f"{many(report.messages, 'message')} and {many(report.documents, 'document')} of {many(report.owners, 'owner')}"
    output.say(f"Sealed {what}." if report.messages + report.documents else "All is sealed.")
    for text in report.left:
        output.remark(f"plain bytes may be left: {text}")
    if report.erased:
        output.remark(f"left out, since their keys were destroyed: {many(len(report.erased), 'erased owner')}; erase what is left of them")
        context.exit(REFUSED)
