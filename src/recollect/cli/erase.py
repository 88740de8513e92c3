"""`recollect erase` and `recollect readmit`."""

from pathlib import Path

import click

from recollect.cli.delete import confirm
from recollect.cli.failure import REFUSED
from recollect.cli.output import Output, many
from recollect.cli.place import Place, memory_options
from recollect.cli.walk import user_sessions
from recollect.errors import Invalid, NotFound
from recollect.memory import Memory, Session, User
from recollect.model import Receipt

ERASE = """\b
Examples:
  recollect erase alice
  recollect erase alice --by "request of 3 May" --receipt alice.json
  recollect erase --session visit-17 --yes
"""

READMIT = """\b
Examples:
  recollect readmit alice
  recollect readmit --session visit-17
"""


@click.command(short_help="Erase a user everywhere, for good.", epilog=ERASE)
@click.argument("user", required=False)
@click.option("--session", help="An anonymous session, in place of a user.")
@click.option("--by", metavar="TEXT", help="Who asked for it. It stands in the receipt.")
@click.option("--receipt", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write the signed receipt to a new file.")
@click.option("--absent", is_flag=True, help="Also where nothing is stored here, so that no backup or copy brings the user back.")
@click.option("--scrub/--no-scrub", default=True, show_default=True, help="Clear the database's logs and free space at once: once for many.")
@click.option("--yes", is_flag=True, help="Do not ask. Needed where nobody can be asked, such as in a script.")
@memory_options
@click.pass_context
def erase(
    ctx: click.Context,
    place: Place,
    output: Output,
    user: str | None,
    session: str | None,
    by: str | None,
    receipt: Path | None,
    absent: bool,
    scrub: bool,
    yes: bool,
) -> None:
    """Erase a USER: all that is stored of them, in every place. There is no way back, and nothing brings the user back but recollect readmit.

    It tells place by place what was done, and what could not be reached. With --json, and in the file of --receipt, stands the receipt, which
    recollect verify checks. Exit code 3: some of it could not be done; do what is said there, and erase once more.
    """
    if receipt is not None and receipt.exists():
        raise Invalid(f"{str(receipt)!r} is there already; name a new file for the receipt")
    with place.read() as memory:
        whom, what = _whom(memory, user, session)
        _check(place, memory, whom, what, absent=absent)
        confirm(f"Erase {what}{_extent(whom)}, in every place?", yes, verb="erase", done="erased")
        erased = whom.erase(by=by, scrub=scrub)
    if receipt is not None:
        from recollect.core.receipts import encode

        with receipt.open("xb") as file:
            file.write(encode(erased) + b"\n")
    output.json(erased)
    _tell(output, erased, what)
    if any(one.state == "partial" and one.name != "database files" for one in erased.places):
        ctx.exit(REFUSED)


@click.command(short_help="Let an erased user come back.", epilog=READMIT)
@click.argument("user", required=False)
@click.option("--session", help="An anonymous session, in place of a user.")
@memory_options
def readmit(place: Place, output: Output, user: str | None, session: str | None) -> None:
    """Let an erased USER come back. What was erased stays erased."""
    with place.read() as memory:
        whom, what = _whom(memory, user, session)
        if not whom.readmit():
            raise NotFound(f"{what} was not erased here, and can be written to")
    output.json({"user": user, "session": session, "readmitted": True})
    output.say(f"Let in again: {what}.")


def _whom(memory: Memory, user: str | None, session: str | None) -> tuple[User | Session, str]:
    if (user is None) == (session is None):
        raise click.UsageError("give a user, or --session with an anonymous session")
    if user is not None:
        return memory.user(user), f"user {user!r}"
    return memory.session(session or ""), f"the anonymous session {session!r}"


def _check(place: Place, memory: Memory, whom: User | Session, what: str, *, absent: bool) -> None:
    """Refuse a name that is nobody's: it may be a typing error."""
    if absent or whom.erased():
        return
    owner = whom._owner if isinstance(whom, User) else whom._address.owner  # noqa: SLF001  # the handle's own
    if not memory.store.changes(owner, 0, 1):
        raise NotFound(f"there is nothing of {what}; see {place.command('users')}; add --absent to keep out who is not here")


def _extent(whom: User | Session) -> str:
    if isinstance(whom, Session):
        return ""
    found = list(user_sessions(whom))
    return f": {many(len(found), 'session')} with {many(sum(info.count for info in found), 'message')}, and all that is known"


def _tell(output: Output, receipt: Receipt, what: str) -> None:
    counts = ", ".join(many(count, noun.removesuffix("s")) for noun, count in receipt.counts.items())
    output.say(f"Erased {what}: {counts}." if receipt else f"Nothing was stored of {what}.")
    output.table(("Place", "State", "What"), [(one.name, one.state, one.what) for one in receipt.places])
