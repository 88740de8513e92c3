"""`recollect audit`."""

from datetime import datetime
from typing import Any

import click
from msgspec import to_builtins

from recollect.cli.auditing import KEY, key_option
from recollect.cli.moment import Moment
from recollect.cli.number import Number
from recollect.cli.output import Output, many
from recollect.cli.place import Place, memory_options
from recollect.codec.messages import from_micros
from recollect.privacy.audit import Record
from recollect.privacy.audit.actions import ACTIONS

EXAMPLES = """\b
Examples:
  recollect audit --audit-key audit.key
  recollect audit --user alice --action context --since 2025-03-01
  recollect audit --user alice --messages
  recollect audit --actor agent-7 --json | jq -c '.records[]'
"""


SHORT = 8
"""So much of a pseudonym tells users apart in a terminal; elsewhere, all of it is written."""


@click.command(short_help="List what the audit has noted.", epilog=EXAMPLES)
@click.option("--user", metavar="USER", help="Only what was done with this user's data, also once the user is erased.")
@click.option("--actor", metavar="NAME", help="Only what was done by this one.")
@click.option("--action", type=click.Choice(list(ACTIONS)), metavar="ACTION", help="Only this action, such as context or erase.")
@click.option("--since", type=Moment(), help="Only from this time on.")
@click.option("--until", type=Moment(), help="Only before this time.")
@click.option("--limit", type=Number(0), default=100, show_default=True, metavar="N", help="The latest N.")
@click.option("--messages", "with_messages", is_flag=True, help="Name the messages of each record, by session and id: with --user alone.")
@key_option
@memory_options
def audit(place: Place, output: Output, audit_keys: tuple[str, ...], limit: int, with_messages: bool, user: str | None, **wanted: Any) -> None:
    """List what the audit has noted, the latest last. The look itself is noted, too.

    Columns: time (UTC), actor, action, result, the user's pseudonym, the session's, how much, purpose. Records whose MAC is wrong are left
    out: see recollect verify.
    """
    if not audit_keys:
        raise click.UsageError(f"the audit's key is needed: give --audit-key FILE, or set {KEY}")
    if with_messages and user is None:
        raise click.UsageError("messages are found by their user: give --user as well")
    with place.read(audit_keys) as memory:
        found = [record for record in memory.audit(user=user, **wanted) if record.action in ACTIONS]  # the beginnings and ends of chains aside
        shown = found[len(found) - min(limit, len(found)) :]
        named = [memory.user(user).audited_messages(record) if with_messages and user and record.messages else [] for record in shown]
    ids = [[message.id for message in messages] for messages in named]
    output.json({"records": [_told(record, some if with_messages else None) for record, some in zip(shown, ids, strict=True)], "all": len(found)})
    rows = [(*_row(record, SHORT if output.pretty else None), " ".join(some)) for record, some in zip(shown, ids, strict=True)]
    headings = ("time (UTC)", "actor", "action", "result", "user", "session", "how much", "purpose", "messages")
    columns = len(headings) if with_messages else len(headings) - 1
    output.table(headings[:columns], [row[:columns] for row in rows], optional=range(4, columns))
    if len(shown) < len(found):
        output.remark(f"These are the latest {len(shown):,} of {many(len(found), 'record')}; give another --limit.")
    elif not found:
        output.remark("no such records")


def _row(record: Record, length: int | None) -> tuple[str, ...]:
    """Return a record's columns. ``length``: of the pseudonyms."""
    result = f"{record.result}: {record.error}" if record.error else record.result
    much = ", ".join(many(count, what.removesuffix("s")) for what, count in record.counts.items() if count)
    return (
        _second(from_micros(record.at)),
        record.actor,
        record.action,
        result,
        record.subject[:length],
        record.session[:length],
        much,
        record.purpose,
    )


def _told(record: Record, ids: list[str] | None) -> dict[str, Any]:
    told: dict[str, Any] = {**to_builtins(record), "result": record.result, "at": from_micros(record.at)}
    return told if ids is None else {**told, "ids": ids}


def _second(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(" ", "seconds")
