"""Who speaks: people who talk with each other go by their names."""

from collections.abc import Iterable, Sequence

from recollect.codec import decode_message
from recollect.model import Message, Owner
from recollect.store.protocol import Store

ROLES = frozenset(("user", "human", "customer", "assistant", "ai", "bot", "chatbot", "agent", "model", "llm", "system", "tool", "supervisor", "gpt"))
"""Words of names that frameworks give to roles and programs: they name no people."""

FIRST = 20
"""Messages at the beginning of a session that tell who talks in it."""


def people(store: Store, owner: Owner, said: Iterable[tuple[str, Message]]) -> frozenset[str]:
    """Return the sessions in which people talk with each other: both the user's messages and the assistant's have names, and nobody calls tools.

    Args:
        store: where the sessions are.
        owner: whose they are.
        said: some messages with their sessions; the sessions' first ones are read as well, where these have names on one side alone.

    """
    sessions: dict[str, list[Message]] = {}
    for session, message in said:
        sessions.setdefault(session, []).append(message)
    return frozenset(name for name, messages in sessions.items() if _talk(store, owner, name, messages))


def _talk(store: Store, owner: Owner, session: str, messages: Sequence[Message]) -> bool:
    sides = _named(messages)
    if not sides:
        return False
    first = [decode_message(entry) for entry in store.entries(owner, session, limit=FIRST)]
    calls = any(message.tool_calls or message.role == "tool" for message in (*first, *messages))
    return not calls and sides | _named(first) == {"user", "assistant"}


def _named(messages: Iterable[Message]) -> set[str]:
    """Return the roles that have names, of people as far as that can be seen."""
    return {message.role for message in messages if message.role in {"user", "assistant"} and message.name and _is_person(message.name)}


def _is_person(name: str) -> bool:
    return ROLES.isdisjoint("".join(sign if sign.isalpha() else " " for sign in name.casefold()).split())
