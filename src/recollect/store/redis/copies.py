"""Readable copies of messages: hashes that other tools can show and index. They go with the messages, in the same scripts."""

from collections.abc import Callable
from typing import Any

from msgspec import msgpack

from recollect.codec import decode_message
from recollect.codec.body import PLAIN
from recollect.errors import Busy, StoreError
from recollect.model import Entry, Owner
from recollect.store.redis.keys import Keys
from recollect.store.redis.lines import Line
from recollect.store.redis.scripts import SCRIPTS, Call, KeyList, key_list

ATTEMPTS = 100


def fields_of(owner: Owner, session: str, entry: Entry) -> bytes:
    """Return the fields of a message's copy, packed; nothing for a sealed one, or one that was not written by this Recollect's codec."""
    if not entry.body.startswith(PLAIN):
        return b""
    try:
        text = decode_message(entry).text
    except StoreError:
        return b""
    fields: list[str | bytes] = ["tenant", owner.tenant, "user", owner.name if owner.kind == "user" else "", "session", session, "id", entry.id]
    fields += ["role", entry.role, "created", str(entry.created), "tokens", "" if entry.tokens is None else str(entry.tokens)]
    return msgpack.encode([*fields, "content", text, "json", entry.body.removeprefix(PLAIN).decode()])


def with_copies(line: Line, keys: Keys, owner: Owner, session: str, call: Callable[[bytes, list[bytes]], Any]) -> Any:
    """Return what a call answers. If it has to remove copies, it answers ``again``, and is called with a proof that it is given all of their keys."""
    answer = call(b"", [])
    for _ in range(ATTEMPTS):
        if answer != b"again":
            return answer
        answer = call(*copies_of(line, keys, owner, session))
    raise Busy(f"session {session!r} was written to again and again while it was to be removed; try again")


def copies_of(line: Line, keys: Keys, owner: Owner, session: str) -> tuple[bytes, list[bytes]]:
    """Return the keys of a session's copies, and the proof that these are all."""
    at = keys.session(owner, session)
    proof, *ids = line.call(Call(SCRIPTS["ids"], at.reading, (at.name,)))
    return proof, keys.ledger(owner).copies(session, [id.decode() for id in ids])


def longer(keys: KeyList, more: list[bytes]) -> KeyList:
    """Return keys with others behind them."""
    return key_list(*keys.keys, *more) if more else keys
