"""Rewriting for tests: messages of a store say something else."""

from collections.abc import Callable

from msgspec.structs import replace

from recollect.codec import decode_message, encode_message
from recollect.model import Message, Owner
from recollect.store.protocol import Store

ALICE = Owner("", "user", "alice")


def say_else(store: Store, session: str, change: Callable[[str], str], owner: Owner = ALICE) -> int:
    """Change the texts of a session's messages, and nothing else. Returns the notice's position."""
    entries = store.entries(owner, session)
    said = [decode_message(entry) for entry in entries]
    new = [encode_message(_changed(message, change), "a message") for message in said]
    wanted = [replace(one, position=entry.position) for one, entry in zip(new, entries, strict=True)]
    return store.rewrite(owner, session, wanted, edition=entries[0].edition)


def _changed(message: Message, change: Callable[[str], str]) -> Message:
    return replace(message, content=change(str(message.content)))
