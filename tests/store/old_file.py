"""What stands in ``data/ledger-v*.db`` and ``data/files-v*``. ``python -m store.old_file URL``, run from tests/, makes such with the present code."""

import sys
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from recollect import Memory, Message, ToolCall
from recollect.codec import encode_message
from recollect.model import Owner
from recollect.store.protocol import Store
from recollect.store.url import open_store

MOMENT = datetime(2025, 3, 1, 12, 30, 15, 123_456, UTC)

MESSAGES = [
    Message("system", "Be kind.", id="m0", created=MOMENT),
    Message(
        "user",
        "Wo ist meine Bestellung? \u00e9\u0301 \U0001f600 \u05e9\u05dc\u05d5\u05dd \x00.",
        id="m1",
        name="Al",
        created=MOMENT + timedelta(seconds=1),
        tokens=12,
    ),
    Message(
        "assistant", "", id="m2", created=MOMENT, tool_calls=[ToolCall("find", {"order": [1, 2.5, None, -0.0]}, "c1"), ToolCall("raw", "{not json")]
    ),
    Message(
        "tool",
        [{"type": "text", "text": "found"}, "and", {"type": "image", "url": "x"}],
        id="m3",
        tool_call_id="c1",
        created=MOMENT - timedelta(days=40_000),
    ),
    Message("assistant", "Here.", id="m4", created=MOMENT, tokens=0, metadata={"big": 1 << 80, "deep": {"a": [{}]}}, extra={"langchain": {"lc": 1}}),
]
NOTES = {"text": "likes tea", "bytes": bytes(range(256)), "null": None, "\U0010ffff": [1], "a\x00": {}}
OWNER = Owner("tenant:b", "user", "alice")
DERIVED = (b"part 1", bytes(range(256)))
SESSIONS = [("", "alice", "order/1"), ("", None, "anonymous"), ("tenant:b", "\u00c4lice", ".."), ("tenant:b", "alice", "order/1")]


REWRITTEN = Message("user", "It says something else.", id="m1", created=MESSAGES[1].created, tokens=7)


def write(url: str) -> None:
    """Write everything into a new place."""
    for tenant, user, session in SESSIONS:
        with Memory(url, tenant=tenant) as memory:
            chat = memory.session(session, user=user)
            chat.append(*MESSAGES[:3])
            chat.append(*MESSAGES[3:])
            chat.update(title=f"Title of {session}", metadata={"tags": ["a", "\u00e9"]})
    with Memory(url) as memory:
        alice = memory.user("alice")
        alice.documents("notes").put({**NOTES, "removed": 1})
        alice.documents("notes").remove("removed")
        memory.documents("settings").put({"theme": "dark"})
        for name in ("cleared", "deleted"):
            alice.session(name).append(*MESSAGES)
        alice.session("cleared").clear()
        alice.session("deleted").delete()
        alice.session("lasting").update(ttl=timedelta(days=365_000))
        memory.session("s", user="erased").append(*MESSAGES)
        memory.user("erased").erase()
    with Memory(url, tenant=OWNER.tenant) as memory:
        memory.user(OWNER.name).session("rewritten").append(*MESSAGES)
    store = open_store(url)
    _rewrite(store)
    assert store.save(OWNER, "index", store.changes(OWNER, 0, 1000)[-1].position, DERIVED)
    store.close()


def _rewrite(store: Store) -> None:
    """Have one message of a session of five say something else."""
    found = store.entries(OWNER, "rewritten", limit=2)[1]
    new = replace(encode_message(REWRITTEN, "a message"), position=found.position)
    assert store.rewrite(OWNER, "rewritten", [new], edition=0)


def check_rewritten(url: str) -> None:
    """Look at what was rewritten: in files of before, nothing was."""
    with Memory(url) as memory:
        found = memory.store.entries(OWNER, "rewritten")
        state = memory.store.session(OWNER, "rewritten")
        assert [entry.edition for entry in found] == [1] * len(MESSAGES)
        assert state is not None
        assert state.tokens == REWRITTEN.tokens
    with Memory(url, tenant=OWNER.tenant) as memory:
        messages = memory.user(OWNER.name).session("rewritten").messages()
        assert messages == [*MESSAGES[:1], REWRITTEN, *MESSAGES[2:]]


def check(url: str) -> None:
    """Compare what a file holds with what was written."""
    for tenant, user, session in SESSIONS:
        with Memory(url, tenant=tenant) as memory:
            chat = memory.session(session, user=user)
            found = chat.messages()
            assert found == MESSAGES
            assert [message.created.tzinfo for message in found] == [UTC] * len(MESSAGES)
            info = chat.info()
            assert info is not None
            assert (info.title, info.metadata) == (f"Title of {session}", {"tags": ["a", "\u00e9"]})
            assert (info.count, info.tokens, info.position) == (5, 12, found[-1].position)
    with Memory(url) as memory:
        alice = memory.user("alice")
        assert alice.documents("notes").get(*NOTES, "removed") == [*NOTES.values(), None]
        assert alice.documents("notes").keys().items == sorted(NOTES)
        assert memory.documents("settings").get("theme") == ["dark"]
        assert [info.id for info in alice.sessions()] == ["lasting", "cleared", "order/1"]
        assert memory.users().items == ["alice"]
        assert alice.session("cleared").messages() == alice.session("deleted").messages() == []


if __name__ == "__main__":
    write(sys.argv[1])
