"""`recollect restore`."""

from datetime import datetime

import click

from recollect.cli.auditing import noting_at
from recollect.cli.moment import Moment
from recollect.cli.output import Output, many
from recollect.cli.place import KEYS, Place, report_options
from recollect.cli.progress import progress
from recollect.errors import Locked
from recollect.store.url import shown
from recollect.transfer import RestoreReport
from recollect.transfer import restore as bring_back

EXAMPLES = """\b
Examples:
  recollect restore /backup/memory sqlite:///restored.db
  recollect restore s3://our-backups/memory postgresql://app@db/memory --at 2025-03-01T12:30
"""


@click.command(short_help="Restore a backup into an empty database of any kind.", epilog=EXAMPLES)
@click.argument("src", metavar="SRC")
@click.argument("url", metavar="URL")
@click.option("--at", type=Moment(), help="As of the latest segment of that time or before. Without it: the latest one.")
@click.option("--head", help="The checksum that the latest manifest must have, as the backup told it.")
@click.option("--keys", envvar=KEYS, show_envvar=True, help="Where the keys are, if the memory is sealed, so that its tombstones can be compared.")
@report_options
def restore(output: Output, src: str, url: str, at: datetime | None, head: str | None, keys: str | None) -> None:
    """Restore the backup in SRC, a folder or s3://bucket/prefix, into the database URL, which must have nothing of its tenant.

    The whole backup is checked before anything is written: one that is cut off or altered is refused. Who was erased does not come back, also not
    from a time before. Until all is there and read back, no command opens the database; a restore that was interrupted is run again.
    """
    with progress(output, "Restoring", "items") as advance:
        report = bring_back(src, url, at=at, head=head, keys=Place(url, "", keys or None).keyring(make=False), progress=advance)
    output.json(report)
    try:
        with noting_at(Place(url, report.tenant, keys), "recover"):
            pass
    except Locked:
        output.remark(f"The restore is not noted in the audit: the memory is sealed, and {KEYS} does not name its keys.")
    tell(output, report)
    output.say(f"It is at {shown(url)}.")


def tell(output: Output, report: RestoreReport) -> None:
    """Tell a person what was restored."""
    what = f"{many(report.entries, 'message')} of {many(report.sessions, 'session')} and {many(report.documents, 'document')}"
    output.say(f"Restored {what}, of {many(report.owners, 'owner')}, as of {report.time.isoformat()}, segment {report.number:,}.")
    output.say("Each owner was read back, and is as in the backup.")
    if report.erased:
        output.say(f"Left out, since they were erased: {many(report.erased, 'owner')}.")
    if report.later:
        output.say(f"As of a later time, since they were erased or rewritten then: {many(report.later, 'owner')}.")
    if report.expired:
        output.say(f"Left out, since their time is over: {many(report.expired, 'session')}.")
    if report.shut:
        output.say("It is sealed: who was erased is left out when it is first opened with its keys, before anything can be read.")
