"""A view reads as much as it needs, however long the session is."""

import pytest

from recollect import Memory, Message, String, TokenBudget, ToolCall, Window
from recollect.core.tails import LEAD
from recollect.store.memory import MemoryStore

LONG = 100_000

CALL = [ToolCall("look", {}, "a")]


def looking(n):
    """Return a call or its result, by turns."""
    return Message("tool", "found", id=str(n), tool_call_id="a") if n % 2 else Message("assistant", "", id=str(n), tool_calls=CALL)


KINDS = {
    "a chat": lambda n: Message(("user", "assistant")[n % 2], "a few words", id=str(n)),
    "a chat with a system prompt": lambda n: Message(("user", "assistant")[n % 2] if n else "system", "a few words", id=str(n)),
    "no user messages": looking,
    "system messages alone": lambda n: Message("system", "be kind", id=str(n)),
    "results without calls": lambda n: Message("tool", "found", id=str(n), tool_call_id="lost"),
    "turns of 700 messages": lambda n: Message("assistant" if n % 700 else "user", "a few words", id=str(n)),
    "messages that count nothing": lambda n: Message(("user", "assistant")[n % 2], "", id=str(n), tokens=0),
}


class Counting:
    """A store that counts the entries that it gives out."""

    def __init__(self, store):
        self.store = store
        self.rows = 0

    def entries(self, *args, **kwargs):
        found = self.store.entries(*args, **kwargs)
        self.rows += len(found)
        return found

    def __getattr__(self, name):
        return getattr(self.store, name)


@pytest.fixture(scope="module", params=KINDS)
def long_session(request):
    store = Counting(MemoryStore())
    memory = Memory(store, cache_bytes=0)
    session = memory.session("long")
    session.append(*map(KINDS[request.param], range(LONG)))
    return request.param, session, store


def rows(store, session, view):
    store.rows = 0
    shown = session.context(view)
    return store.rows, shown


@pytest.mark.parametrize("view", [Window(1), Window(5), Window(50), Window(5, messages=100), String(Window(5))])
def test_a_window_never_reads_the_whole_session(long_session, view):
    kind, session, store = long_session
    read, shown = rows(store, session, view)
    window = view.view if isinstance(view, String) else view
    assert shown or kind == "results without calls"
    assert read <= 4 * window.messages + 8 * LEAD  # the reads double, until one is enough


@pytest.mark.parametrize("tokens", [50, 1000, 8000])
def test_a_token_budget_never_reads_the_whole_session(long_session, tokens):
    kind, session, store = long_session
    read, shown = rows(store, session, TokenBudget(tokens))
    fitting = tokens if kind == "messages that count nothing" else tokens // 4
    assert shown or kind == "results without calls"
    assert read <= 4 * fitting + 16 * LEAD + 64


def test_a_window_of_a_plain_chat_reads_two_messages_a_turn(long_session):
    kind, session, store = long_session
    if "chat" in kind:
        assert rows(store, session, Window(10))[0] == 20 + LEAD
