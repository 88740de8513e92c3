"""`recollect verify`."""

import sys
from pathlib import Path
from time import time_ns

import click
from msgspec import to_builtins

from recollect.cli.auditing import KEY, key_option
from recollect.cli.failure import FAILED
from recollect.cli.output import Output, many
from recollect.cli.place import Place, memory_options
from recollect.cli.progress import progress
from recollect.cli.receipt import verify_receipt
from recollect.privacy.audit import Verified
from recollect.privacy.audit.anchors import read as read_anchors
from recollect.privacy.audit.key import key_of
from recollect.privacy.audit.place import ledger
from recollect.privacy.audit.verification import verify as verify_audit

EXAMPLES = """\b
Examples:
  recollect verify --audit-key audit.key
  recollect verify --audit-key audit.key --anchor audit.anchors
  RECOLLECT_AUDIT_KEY=env:AUDIT_KEY recollect verify --json | jq .findings
  recollect verify alice.json
"""


@click.command(short_help="Verify the audit, or the receipt of an erasure.", epilog=EXAMPLES)
@click.argument("receipt", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@key_option
@click.option("--anchor", type=click.Path(dir_okay=False), metavar="FILE", help="The file of anchors, by which a cut-off end is found.")
@memory_options
def verify(place: Place, output: Output, receipt: Path | None, audit_keys: tuple[str, ...], anchor: str | None) -> None:
    """Verify that no record of the audit was altered, removed, moved or added, and tell what could not be checked.

    Writes a line for each finding: what it is, the chain, the record's number, and what is wrong there. Exits with 1 if there is any. It
    only reads: nothing is noted, so that it can be run on a copy, or with an account that cannot write.

    With a RECEIPT of recollect erase: verify that this memory signed it, that the user is still kept out, and that nothing is stored of them.
    """
    if receipt is not None:
        if not verify_receipt(place, output, receipt):
            sys.exit(FAILED)
        return
    if not audit_keys:
        raise click.UsageError(f"the audit's key is needed: give --audit-key FILE, or set {KEY}")
    known = [key_of(key, make=False) for key in audit_keys]
    lines = None if anchor is None else read_anchors(anchor)
    with place.read(noted=False) as memory, progress(output, "verifying", "records") as told:
        found = verify_audit(memory.store, ledger(place.tenant), known, time_ns() // 1000, lines, told)
    _tell(output, found)
    if not found.sound:
        sys.exit(FAILED)


def _tell(output: Output, found: Verified) -> None:
    output.json({"sound": found.sound, **to_builtins(found)})
    output.table(
        ("what", "chain", "record", "what is wrong"),
        [(one.kind, one.chain, str(one.number), one.message) for one in found.findings],
        numbers=(2,),
    )
    for what in found.unchecked:
        output.remark(f"not checked: {what}")
    much = f"{many(found.records, 'record')} in {many(found.chains, 'chain')}, {found.anchored:,} of them anchored"
    if found.sound:
        output.say(f"{much}: sound.")
    else:
        output.remark(f"{much}: {many(len(found.findings), 'finding')}. They were tampered with, or damaged.")
