"""What was derived of a ledger: one hash, with a record for each document, and its parts."""

from collections.abc import Sequence
from os import urandom

from recollect.errors import Busy
from recollect.model import Owner, Saved
from recollect.store.redis.entries import ATTEMPTS, MOST
from recollect.store.redis.keys import Keys, field_of_derived
from recollect.store.redis.lines import Line
from recollect.store.redis.scripts import SCRIPTS, Call, key_list


def save(line: Line, keys: Keys, owner: Owner, name: str, position: int, parts: Sequence[bytes]) -> bool:
    """See Store.save."""
    ledger = keys.ledger(owner)
    record = position.to_bytes(6, "big") + len(parts).to_bytes(4, "big") + urandom(8) if parts and position >> 48 == 0 else b""
    arguments = (b"%d" % position, field_of_derived(name), record, *parts)
    return bool(line.call(Call(SCRIPTS["save"], key_list(ledger.ledger, ledger.derived), arguments), write=True))


def saved(line: Line, keys: Keys, owner: Owner, name: str) -> Saved | None:
    """See Store.saved. What is long is read in steps, anew where it was replaced in between."""
    of_derived, field = key_list(keys.ledger(owner).derived), field_of_derived(name)
    for _ in range(ATTEMPTS):
        record, parts = b"", list[bytes]()
        while True:
            answer = line.call(Call(SCRIPTS["saved"], of_derived, (field, record, b"%d" % len(parts), b"%d" % MOST)))
            if not answer:
                break
            record, more = answer
            parts += more
            if len(parts) == int.from_bytes(record[6:10], "big"):
                return Saved(int.from_bytes(record[:6], "big"), tuple(parts))
        if not record:
            return None
    raise Busy("what was derived was replaced again and again while it was read; try again")
