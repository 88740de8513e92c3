"""`recollect drill`."""

from contextlib import ExitStack
from datetime import datetime

import click

from recollect.cli import restore as restoring
from recollect.cli.failure import FAILED
from recollect.cli.moment import Moment
from recollect.cli.output import Output, many
from recollect.cli.place import KEYS, Place, report_options
from recollect.cli.progress import progress
from recollect.transfer import drill as prove

SHOWN = 20
"""Differences that a person is shown; JSON has all that the report lists."""

EXAMPLES = """\b
Examples:
  recollect drill /backup/memory
  recollect drill s3://our-backups/memory --url postgresql://app@db/memory
"""


@click.command(short_help="Prove that a backup can be restored, by restoring it.", epilog=EXAMPLES)
@click.argument("src", metavar="SRC")
@click.option("--at", type=Moment(), help="As of that time. Without it: as of the latest segment.")
@click.option("--head", help="The checksum that the latest manifest must have, as the backup told it.")
@click.option("--url", help="The memory that was backed up: what it has of that time is compared, too.")
@click.option("--tenant", default="", help="Whose memory, where one database holds several applications or customers.")
@click.option("--keys", envvar=KEYS, show_envvar=True, help="Where the keys are, if the memory is sealed, so that its tombstones can be compared.")
@report_options
@click.pass_context
def drill(
    context: click.Context, output: Output, src: str, at: datetime | None, head: str | None, url: str | None, tenant: str, keys: str | None
) -> None:
    """Restore the backup in SRC into a temporary database, and compare count and checksum of all that is in it.

    Every segment is read, also those that only older points need. The exit code is 1 where something differs.
    """
    with ExitStack() as opened:
        live = None
        if url is not None:
            live = Place(url, tenant).store()
            opened.callback(live.close)
        with progress(output, "Restoring", "items") as advance:
            report = prove(src, at=at, head=head, live=live, keys=Place("", "", keys or None).keyring(make=False), progress=advance)
    output.json(report)
    restoring.tell(output, report.restored)
    output.say(f"Read, and found as written: {many(report.segments, 'segment')}, which is all of the backup.")
    if report.compared is not None and report.proved:
        output.say(f"Compared with the live memory: {many(report.compared, 'owner')} equal.")
    output.say(f"Checksum {report.checksum}, in {report.seconds:,.1f} s.")
    for one in report.differences[:SHOWN]:
        output.remark(f"Not as in the live memory: {one.kind} {one.name!r}: {one.reason}")
    more = len(report.differences[SHOWN:]) + report.unlisted
    if more:
        output.remark(f"… and {more:,} more")
    context.exit(0 if report.proved else FAILED)
