"""Sessions: states, settings, clearing, removal."""

from collections.abc import Sequence
from typing import Any

from recollect.errors import Conflict, StoreError
from recollect.model import Owner, SessionState
from recollect.store.protocol import SETTINGS
from recollect.store.redis.copies import longer, with_copies
from recollect.store.redis.keys import SETTINGS_FIELD, Keys
from recollect.store.redis.lines import Line
from recollect.store.redis.records import pack_time, unpack_row
from recollect.store.redis.scripts import SCRIPTS, Call, key_list


def session(line: Line, keys: Keys, owner: Owner, name: str, now: int) -> SessionState | None:
    """See Store.session."""
    return live(name, line.call(_state_of(keys, owner, name)), now)


def states(line: Line, keys: Keys, places: Sequence[tuple[Owner, str]], now: int) -> list[SessionState | None]:
    """Return sessions of any owners."""
    answers = line.call_all([_state_of(keys, owner, name) for owner, name in places])
    return [live(name, answer, now) for (_, name), answer in zip(places, answers, strict=True)]


def live(name: str, found: Sequence[bytes | None], now: int) -> SessionState | None:
    """Return a session whose time is not over, from its row and its settings."""
    row, settings = found
    if row is None:
        return None
    state = unpack_row(name, row, settings)
    return None if state.expires is not None and state.expires <= now else state


def sessions(line: Line, keys: Keys, owner: Owner, after: int | None, limit: int, now: int) -> list[SessionState]:
    """See Store.sessions."""
    ledger = keys.ledger(owner)
    below = b"+inf" if after is None else b"(%d" % after
    arguments = (below, pack_time(now), b"%d" % limit, SETTINGS_FIELD)
    found = line.call(Call(SCRIPTS["sessions"], key_list(ledger.ledger, ledger.sessions, ledger.documents), arguments))
    return [unpack_row(name.decode(), row, settings) for name, row, settings in zip(found[::3], found[1::3], found[2::3], strict=True)]


def update_session(line: Line, keys: Keys, owner: Owner, name: str, settings: bytes, ttl: int | None, expect: int, now: int) -> int:
    """See Store.update_session."""
    span = b"" if ttl is None else pack_time(ttl)
    answer = _write(line, "update", keys, owner, name, now, b"%d" % expect, keys.ledger(owner).owner, span, settings)
    if isinstance(answer, int):
        return answer
    what, position = answer
    if what == b"revision":
        raise Conflict(f"{name!r} in {SETTINGS!r} stands at position {position}, not at {expect}; read it, and try again", position)
    raise StoreError("the ledger is full")


def clear_session(line: Line, keys: Keys, owner: Owner, name: str, now: int) -> bool:
    """See Store.clear_session."""
    return bool(_write(line, "clear", keys, owner, name, now, b""))


def delete_session(
    line: Line, keys: Keys, owner: Owner, name: str, now: int, expect: int | None = None, *, expired: bool = False
) -> tuple[bool, bool]:
    """Remove a session; where ``expired``, only if its time is over. Return whether there was one, and whether its time was over.

    Raises:
        Conflict: see Store.delete_session.

    """
    wanted = b"" if expect is None else b"%d" % expect
    was, over, position = _write(line, "delete", keys, owner, name, now, b"1" if expired else b"0", wanted)
    if position >= 0:
        raise Conflict(f"session {name!r} stands at position {position}, not at {expect}; read what came, and try again", position)
    return bool(was), bool(over)


def _state_of(keys: Keys, owner: Owner, name: str) -> Call:
    at, ledger = keys.session(owner, name), keys.ledger(owner)
    return Call(SCRIPTS["session"], key_list(ledger.ledger, ledger.documents), (at.name, at.settings))


def _write(line: Line, script: str, keys: Keys, owner: Owner, name: str, now: int, expect: bytes, *more: bytes) -> Any:
    at = keys.session(owner, name)

    def call(proof: bytes, removed: list[bytes]) -> Any:
        arguments = (at.name, pack_time(now), at.place, expect, at.settings, at.notice, at.alarm, proof, *more)
        return line.call(Call(SCRIPTS[script], longer(at.whole, removed), arguments), write=True)

    return with_copies(line, keys, owner, name, call)
