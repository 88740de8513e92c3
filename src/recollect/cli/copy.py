"""`recollect copy`."""

from collections.abc import Callable
from contextlib import nullcontext

import click

from recollect.cli.auditing import noting
from recollect.cli.failure import FAILED, REFUSED
from recollect.cli.output import Output, many
from recollect.cli.place import KEYS, Place, report_options
from recollect.cli.progress import progress
from recollect.cli.stopping import stopped
from recollect.transfer import CopyConflict, CopyReport, Round
from recollect.transfer.copying.names import check_other, source_name
from recollect.transfer.copying.run import copy as copy_store

SHOWN = 20
"""Conflicts that a person is shown; JSON has all that the report lists."""

EXAMPLES = """\b
Examples:
  recollect copy sqlite:///recollect.db file:///backup
  recollect copy sqlite:///recollect.db postgresql://app@db/memory
  recollect copy sqlite:///recollect.db sqlite:///part.db --user alice --user bob
  recollect copy postgresql://app@db/memory sqlite:////backup/memory.db --follow
"""


@click.command(short_help="Copy everything to another database, once or for good.", epilog=EXAMPLES)
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--user", "users", multiple=True, help="This user only; may be given several times. Without it: everything.")
@click.option("--tenant", default="", help="Whose memory, where one database holds several applications or customers.")
@click.option("--follow", is_flag=True, help="Go on until stopped, with what comes and goes at the source.")
@click.option("--interval", type=click.FloatRange(min=0.05), default=1.0, show_default=True, help="Seconds between two rounds of --follow.")
@click.option("--erase", is_flag=True, help="Erase in the target whom the source has erased since the last copy. --follow does so anyway.")
@click.option("--no-verify", is_flag=True, help="Do not read back what was copied.")
@click.option("--name", help="What the source is called in the target's notes. Without it, the URL tells.")
@click.option("--keys", envvar=KEYS, show_envvar=True, help="Where the keys of FROM are, if it is sealed: a file, or the URL of a database.")
@click.option("--to-keys", metavar="KEYS", help="Where the keys of TO are, if it is to be sealed. Without it, TO is plain.")
@report_options
@click.pass_context
def copy(
    context: click.Context,
    output: Output,
    source: str,
    target: str,
    users: tuple[str, ...],
    tenant: str,
    follow: bool,
    interval: float,
    erase: bool,
    no_verify: bool,
    name: str | None,
    keys: str | None,
    to_keys: str | None,
) -> None:
    """Copy what one database has to another one, of any kind, and compare it there. FROM and TO are URLs.

    Run again, it goes on where it stood, with what is new, and with what was cleared, deleted or removed since. Both may be in
    use meanwhile; FROM is only read. What TO has otherwise is told, and left as it is: then the exit code is 3.
    """
    check_other(source, target)
    called = source_name(source) if name is None else name
    with stopped(follow) as stop, Place(source, tenant, keys or None).read() as first, Place(target, tenant, to_keys or None).write() as second:
        if hasattr(first.store, "keyring") and not hasattr(second.store, "keyring"):
            output.remark("What is sealed in FROM stands plain in TO; seal it there, too, with --to-keys")
        if follow:
            output.remark("Following. Stop with Ctrl-C.")
        with noting(first, "copy"), progress(output, "Copying", "messages") if not follow else nullcontext() as advance:
            report = copy_store(
                first.store,
                second.store,
                name=called,
                tenant=tenant,
                users=users or None,
                erase=erase or None,
                verify=not no_verify,
                follow=follow,
                interval=interval,
                stop=stop,
                progress=advance,
                told=_teller(output) if follow else None,
            )
    output.json(report)
    _tell(output, report, verified=not no_verify)
    if not follow:
        context.exit(FAILED if report.differences else 0 if report.complete else REFUSED)


def _teller(output: Output) -> Callable[[Round], None]:
    """Return what tells of a round: as JSON, of each; to a person, of those in which something happened or is amiss."""
    amiss: tuple[int, int, str | None] = (0, 0, None)

    def tell(done: Round) -> None:
        nonlocal amiss
        output.json(done)
        now = (done.behind, done.conflicts, done.error)
        happened = done.messages or done.rewritten or done.documents or done.removed or done.erased
        if happened or (done.error is None and (done.number == 1 or now != amiss)):
            behind = f"{many(done.behind, 'owner')} behind" if done.behind else "nothing behind"
            rewritten = f"{done.rewritten:,} rewritten, " if done.rewritten else ""
            what = (
                f"{many(done.messages, 'message')}, {rewritten}{many(done.documents, 'document')}, {done.removed:,} removed, {done.erased:,} erased"
            )
            left = f"; {many(done.conflicts, 'conflict')}" if done.conflicts else ""
            output.say(f"Round {done.number:,}: {what}; {behind}, caught up {done.seconds:,.1f} s ago{left}.")
            output.console.file.flush()
        if done.error is not None and done.error != amiss[2]:
            output.remark(f"Round {done.number:,} failed, and is tried again: {done.error}")
        amiss = now

    return tell


def _tell(output: Output, report: CopyReport, *, verified: bool) -> None:
    documents = f" and {many(report.documents, 'document')}" if report.documents else ""
    output.say(f"Copied {many(report.messages, 'message')} of {many(report.sessions, 'session')}{documents}.")
    if report.rewritten:
        output.say(f"Rewrote {many(report.rewritten, 'message')} in place, as the source has.")
    if report.removed or report.erased:
        output.say(f"Removed {many(report.removed, 'session')}, erased {many(report.erased, 'owner')}, as the source has.")
    if verified:
        rest = report.owners - report.verified
        empty = f"; nothing is copied of {'the other' if rest == 1 else 'the others'}" if rest and report.complete and not report.differences else ""
        output.say(f"Read back and compared: {report.verified:,} of {many(report.owners, 'owner')} equal{empty}.")
    _list(output, "Not as at the source, although written", report.differences)
    _list(output, "Left as it is in the target", report.conflicts)


def _list(output: Output, heading: str, found: list[CopyConflict]) -> None:
    if found:
        output.remark(f"{heading}, {len(found):,}:")
        for one in found[:SHOWN]:
            output.remark(f"  {_what(one)}: {one.reason}")
        if len(found) > SHOWN:
            output.remark(f"  … and {len(found) - SHOWN:,} more; --json lists them")


def _what(one: CopyConflict) -> str:
    whose = {"user": f"user {one.name!r}", "session": f"anonymous session {one.name!r}", "tenant": "the tenant's documents"}[one.kind]
    if one.key is not None:
        return f"{whose}, document {one.collection}: {one.key!r}"
    return whose if one.session is None or one.kind == "session" else f"{whose}, session {one.session!r}"
