"""Rewriting entries in place."""

from collections.abc import Sequence
from typing import Any

from recollect.errors import Conflict, StoreError
from recollect.model import Entry, Owner
from recollect.store.redis.copies import fields_of, longer
from recollect.store.redis.entries import POSITIONS
from recollect.store.redis.keys import REWRITTEN_FIELD, Keys
from recollect.store.redis.lines import Line
from recollect.store.redis.records import fingerprint, pack_time, pack_tokens
from recollect.store.redis.scripts import SCRIPTS, Call


def rewrite(line: Line, keys: Keys, owner: Owner, session: str, entries: Sequence[Entry], edition: int, now: int, *, readable: bool) -> int:
    """See Store.rewrite. ``readable``: with copies for other tools; those that there are follow in any case."""
    at = keys.session(owner, session)
    wanted = list({entry.position: entry for entry in entries if 0 < entry.position < POSITIONS}.values())

    def call(*, copies: bool) -> Any:
        arguments = [at.name, pack_time(now), b"%d" % edition, REWRITTEN_FIELD + at.name, b"1" if readable else b"0"]
        for entry in wanted:
            fields = fields_of(owner, session, entry) if copies else b""
            arguments += (fingerprint(entry.id), b"%d" % entry.position, entry.digest, pack_tokens(entry.tokens), entry.body, fields)
        more = keys.ledger(owner).copies(session, [entry.id for entry in wanted]) if copies else []
        return line.call(Call(SCRIPTS["rewrite"], longer(at.whole, more), arguments), write=True)

    answer = call(copies=readable)
    if answer == b"copies":
        answer = call(copies=True)
    if isinstance(answer, int):
        return answer
    what, position = answer
    if what == b"edition":
        raise Conflict(f"session {session!r} has been rewritten since edition {edition}; read its entries again, and try again", position)
    raise StoreError("the ledger is full")
