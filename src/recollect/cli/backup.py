"""`recollect backup`."""

from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from datetime import timedelta

import click

from recollect.cli.auditing import noting_at
from recollect.cli.output import Output, many
from recollect.cli.place import Place, memory_options
from recollect.cli.progress import progress
from recollect.cli.span import Span
from recollect.cli.stopping import stopped
from recollect.transfer import BackupReport, Shipped
from recollect.transfer import backup as back_up

EXAMPLES = """\b
Examples:
  recollect backup /backup/memory
  recollect backup s3://our-backups/memory --keep 30d
  recollect backup s3://our-backups/memory --follow
  recollect backup /backup/memory --full --keep 0d
"""


@click.command(short_help="Back up to a folder or to S3: what is new, once or for good.", epilog=EXAMPLES)
@click.argument("dest", metavar="DEST")
@click.option("--follow", is_flag=True, help="Go on until stopped, and tell how far the backup is behind.")
@click.option("--interval", type=click.FloatRange(min=0.05), default=1.0, show_default=True, help="Seconds between two rounds of --follow.")
@click.option("--full", is_flag=True, help="Read everything anew, so that nothing of before is needed any more.")
@click.option("--every", type=Span(), default="7d", show_default=True, help="How often to do so without being told, as in 12h, 7d, 4w.")
@click.option("--keep", type=Span(), help="Remove what no point within this time needs, as in 30d.")
@memory_options
def backup(place: Place, output: Output, dest: str, follow: bool, interval: float, full: bool, every: timedelta, keep: timedelta | None) -> None:
    """Write what is new since the last backup to DEST, a folder or s3://bucket/prefix; everything, where there was none.

    The memory may be in use meanwhile. What is sealed stays sealed, and no keys are needed. Each line of --follow tells the lag: the seconds
    since the backup last had everything.
    """
    with ExitStack() as opened:
        stop = opened.enter_context(stopped(follow))
        opened.enter_context(noting_at(place, "backup"))
        store = place.store()
        opened.callback(store.close)
        if follow:
            output.remark("Following. Stop with Ctrl-C.")
        with progress(output, "Backing up", "users") if not follow else nullcontext() as advance:
            report = back_up(
                store,
                dest,
                tenant=place.tenant,
                full=full,
                every=every,
                keep=keep,
                follow=follow,
                interval=interval,
                stop=stop,
                progress=advance,
                told=_teller(output) if follow else None,
            )
    output.json(report)
    _tell(output, report)


def _teller(output: Output) -> Callable[[Shipped], None]:
    """Return what tells of a round: as JSON, of each; to a person, of those in which something happened or is amiss."""
    last: str | None = None

    def tell(done: Shipped) -> None:
        nonlocal last
        output.json(done)
        if done.bytes or done.number == 1 or (last is not None and done.error is None):
            what = f"{many(done.entries, 'message')}, {many(done.documents, 'document')}, {done.gone:,} erased"
            output.say(f"Segment {done.segment:,}: {what}, {done.bytes:,} bytes; {done.lag:,.1f} s behind.")
            output.console.file.flush()
        if done.error is not None and done.error != last:
            output.remark(f"Round {done.number:,} failed, and is tried again: {done.error}")
        last = done.error

    return tell


def _tell(output: Output, report: BackupReport) -> None:
    if report.number == 0:
        output.say("There is nothing to back up.")
        return
    if report.segments:
        what = f"{many(report.entries, 'message')} and {many(report.documents, 'document')}"
        output.say(f"Backed up {what} of {many(report.owners, 'owner')}, in {many(report.segments, 'segment')} of {report.bytes:,} bytes.")
    else:
        output.say("Nothing is new.")
    if report.gone:
        output.say(f"Erased since the last backup: {many(report.gone, 'owner')}.")
    if report.removed:
        output.say(f"Removed {many(report.removed, 'old segment')}.")
    output.say(f"It can be restored up to {'' if report.time is None else report.time.isoformat()}, segment {report.number:,}.")
    output.say(f"Head: {report.head}")
