"""The public face: the same behaviour through Memory and through AsyncMemory, on every store."""

import inspect
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from places import PLACES, url_of
from recollect import AsyncMemory, Buffer, Conflict, Invalid, Memory, Message, NotFound, StoreError, TokenBudget, ToolCall, Window
from recollect.store.memory import MemoryStore


@pytest.fixture(params=PLACES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return url_of(request.param, tmp_path)


@pytest.fixture(params=[Memory, AsyncMemory], ids=["sync", "async"])
async def memory(request: pytest.FixtureRequest, url: str) -> AsyncIterator[Any]:
    memory = request.param(url)
    yield memory
    await done(memory.close())


async def done(result: Any) -> Any:
    """Return what either face gives."""
    return await result if inspect.isawaitable(result) else result


async def texts(chat: Any, **choice: Any) -> list[str]:
    return [message.text for message in await done(chat.messages(**choice))]


async def fill(chat: Any, count: int) -> list[int]:
    """Append messages "0", "1", … and return their positions."""
    return [await done(chat.append(Message("user", str(number)))) for number in range(count)]


# appending


async def test_what_was_said_comes_back_in_order(memory: Any) -> None:
    chat = memory.session("order-1", user="alice")
    first = await done(chat.append(system="Be kind.", user="Where is it?", assistant="Let me look."))
    second = await done(chat.append(Message("user", "Thanks", name="Al"), assistant="Welcome."))
    found = await done(chat.messages())
    assert [(message.role, message.content) for message in found] == [
        ("system", "Be kind."),
        ("user", "Where is it?"),
        ("assistant", "Let me look."),
        ("user", "Thanks"),
        ("assistant", "Welcome."),
    ]
    assert found[2].position == first
    assert found[4].position == second
    assert all(first.position < second.position for first, second in pairwise(found))


async def test_a_message_comes_back_equal_with_its_position(memory: Any) -> None:
    message = Message(
        "assistant",
        ["text", {"type": "image", "url": "x"}],
        id="m1",
        name="bot",
        tool_calls=[ToolCall("f", {"a": [1, None]}, "c1"), ToolCall("g", "not json")],
        tool_call_id="c0",
        created=datetime(2020, 1, 2, 3, 4, 5, 6, UTC),
        tokens=9,
        metadata={"k": {"n": 1 << 70}},
        extra={"langchain": {"x": -0.0}},
    )
    chat = memory.session("s")
    position = await done(chat.append(message))
    (found,) = await done(chat.messages())
    assert found == message
    assert found.position == position
    assert message.position is None


async def test_nothing_said_changes_nothing(memory: Any) -> None:
    chat = memory.session("s")
    assert await done(chat.append()) == 0
    assert await done(chat.info()) is None
    assert await done(chat.messages()) == []


async def test_a_repeated_append_changes_nothing(memory: Any) -> None:
    chat = memory.session("s")
    batch = [Message("user", "a"), Message("assistant", "b")]
    first = await done(chat.append(*batch, expect=0))
    await done(chat.append(user="c"))
    assert await done(chat.append(*batch, expect=0)) == first
    assert await texts(chat) == ["a", "b", "c"]


async def test_an_id_with_other_content_is_a_conflict(memory: Any) -> None:
    chat = memory.session("s")
    position = await done(chat.append(Message("user", "a", id="m1")))
    with pytest.raises(Conflict, match="'m1'") as caught:
        await done(chat.append(Message("user", "new"), Message("user", "b", id="m1")))
    assert caught.value.position == position
    assert await texts(chat) == ["a"]


async def test_an_append_can_expect_a_position(memory: Any) -> None:
    chat = memory.session("s")
    position = await done(chat.append(user="a", expect=0))
    with pytest.raises(Conflict, match="try again") as caught:
        await done(chat.append(user="late", expect=0))
    assert caught.value.position == position == (await done(chat.info())).position
    await done(chat.append(user="b", expect=caught.value.position))
    assert await texts(chat) == ["a", "b"]


# reading


async def test_messages_are_read_by_ends_ranges_and_pages(memory: Any) -> None:
    chat = memory.session("s", user="alice")
    at = await fill(chat, 7)
    assert await texts(chat) == list("0123456")
    assert await texts(chat, last=2) == ["5", "6"]
    assert await texts(chat, limit=2) == ["0", "1"]
    assert await texts(chat, last=0) == await texts(chat, limit=0) == []
    assert await texts(chat, last=99) == list("0123456")
    assert await texts(chat, after=at[2]) == ["3", "4", "5", "6"]
    assert await texts(chat, before=at[2]) == ["0", "1"]
    assert await texts(chat, after=at[1], before=at[5]) == ["2", "3", "4"]
    assert await texts(chat, after=at[1], limit=2) == ["2", "3"]
    assert await texts(chat, before=at[5], last=2) == ["3", "4"]
    assert await texts(chat, after=at[6]) == await texts(chat, after=(1 << 53) - 1) == []
    assert await texts(chat, last=(1 << 53) - 1) == list("0123456")
    assert await texts(memory.session("s")) == await texts(memory.session("t", user="alice")) == []


@pytest.mark.parametrize(
    "choice",
    [{"last": -1}, {"limit": -1}, {"after": -1}, {"before": -1}, {"last": True}, {"limit": 1.0}, {"after": "1"}, {"last": 1, "limit": 1}]
    + [{name: 1 << 53} for name in ("last", "limit", "after", "before")]
    + [{name: 10**30} for name in ("last", "limit", "after", "before")],
    ids=str,
)
async def test_a_reading_out_of_range_is_refused(memory: Any, choice: dict[str, Any]) -> None:
    chat = memory.session("s")
    await fill(chat, 1)
    with pytest.raises(Invalid, match=rf"^{next(iter(choice))} .*; give "):
        await done(chat.messages(**choice))


async def test_a_context_is_what_its_view_makes_of_the_session(memory: Any) -> None:
    chat = memory.session("s")
    await done(chat.append(system="Be kind."))
    for number in range(30):
        await done(chat.append(user=f"q{number}", assistant=f"a{number}"))
    assert [message.text for message in await done(chat.context(Window(turns=2)))] == ["Be kind.", "q28", "a28", "q29", "a29"]
    assert len(await done(chat.context(Buffer()))) == 61
    budget = await done(chat.context(TokenBudget(100, counter=lambda _: 6)))
    assert budget[0].text == "Be kind."
    assert budget[-1].text == "a29"


async def test_a_context_is_never_stale(memory: Any, url: str) -> None:
    chat = memory.session("s")
    other = Memory(memory.store).session("s")  # another cache over the same store
    await done(chat.append(user="one"))
    for action, expected in [
        (lambda: other.append(assistant="two"), ["one", "two"]),
        (lambda: other.append(user="three", assistant="four"), ["one", "two", "three", "four"]),
        (other.clear, []),
        (lambda: other.append(user="five"), ["five"]),
        (other.delete, []),
        (lambda: other.append(user="six"), ["six"]),
    ]:
        action()
        assert [message.text for message in await done(chat.context(Window(turns=10)))] == expected


async def test_what_a_caller_does_to_a_context_does_not_change_the_next(memory: Any) -> None:
    chat = memory.session("s")
    await done(chat.append(Message("user", [{"type": "text", "text": "a"}], metadata={"n": [1]}), Message("assistant", "b")))
    for _ in range(2):
        first, second = await done(chat.context(Window(turns=2)))
        assert (first.content, first.metadata, second.metadata) == ([{"type": "text", "text": "a"}], {"n": [1]}, {})
        first.content[0]["text"] = "changed"
        first.metadata["n"].append(2)
        second.metadata["new"] = 1
        second.tool_calls.append(ToolCall("f"))


# sessions


async def test_a_session_describes_itself(memory: Any) -> None:
    chat = memory.session("s", user="alice")
    moments = [datetime(2020, 1, day, tzinfo=UTC) for day in (1, 2)]
    position = await done(chat.append(*(Message("user", created=moment, tokens=5) for moment in moments)))
    info = await done(chat.info())
    assert (info.id, info.user, info.count, info.tokens, info.position) == ("s", "alice", 2, 10, position)
    assert (info.created, info.updated) == tuple(moments)
    assert (info.title, info.metadata, info.expires) == (None, {}, None)
    assert (chat.id, chat.user, memory.session("s").user) == ("s", "alice", None)


async def test_an_update_changes_what_is_given_and_keeps_the_rest(memory: Any) -> None:
    chat = memory.session("s")
    await done(chat.update(title="T", metadata={"a": [1]}))
    await done(chat.append(user="x"))
    await done(chat.update(ttl=timedelta(days=1)))
    info = await done(chat.info())
    assert (info.title, info.metadata, info.count) == ("T", {"a": [1]}, 1)
    assert timedelta(hours=23) < info.expires - datetime.now(UTC) <= timedelta(days=1)
    await done(chat.update(title=None))
    await done(chat.update())
    info = await done(chat.info())
    assert (info.title, info.metadata) == (None, {"a": [1]})
    assert info.expires is not None
    await done(chat.update(metadata={}, ttl=None))
    info = await done(chat.info())
    assert (info.metadata, info.expires) == ({}, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", 1),
        ("title", "\ud800"),
        ("metadata", None),
        ("metadata", []),
        ("metadata", {"a": float("nan")}),
        ("metadata", {"a": b"x"}),
        ("ttl", 5),
        ("ttl", timedelta(0)),
        ("ttl", timedelta(days=-1)),
        ("ttl", timedelta.max),
    ],
)
async def test_an_update_of_the_wrong_kind_is_refused_and_makes_nothing(memory: Any, field: str, value: Any) -> None:
    with pytest.raises(Invalid, match=rf"\b{field}\b.*; "):
        await done(memory.session("s").update(**{field: value}))
    assert await done(memory.session("s").info()) is None


async def test_the_longest_time_to_live_can_be_read_back(memory: Any) -> None:
    await done(memory.session("s").update(ttl=timedelta(days=365_000)))
    assert (await done(memory.session("s").info())).expires.year > 3000


async def test_a_cleared_session_keeps_its_title_and_a_deleted_one_nothing(memory: Any) -> None:
    chat = memory.session("s", user="alice")
    assert await done(chat.clear()) is False
    assert await done(chat.delete()) is False
    await fill(chat, 2)
    await done(chat.update(title="T"))
    assert await done(chat.clear()) is True
    info = await done(chat.info())
    assert (info.title, info.count, info.position) == ("T", 0, 0)
    await fill(chat, 1)
    assert await done(chat.delete()) is True
    assert await done(chat.info()) is None
    assert await texts(chat) == []


async def test_an_expired_session_is_gone(memory: Any) -> None:
    chat = memory.session("s", user="alice")
    await fill(chat, 2)
    await done(chat.update(ttl=timedelta(microseconds=1)))
    assert await done(chat.info()) is None
    assert await texts(chat) == []
    assert await done(chat.context(Window(turns=3))) == []
    assert (await done(memory.user("alice").sessions())).items == await done(memory.recent()) == []
    assert await done(memory.expire()) == 1
    assert await done(memory.expire()) == 0


async def test_a_users_sessions_are_listed_newest_first_and_paged(memory: Any) -> None:
    alice = memory.user("alice")
    for number in range(7):
        await done(alice.session(f"s{number}").append(user="x"))
    await done(memory.session("s2", user="alice").append(user="again"))
    await done(memory.session("other", user="bob").append(user="x"))
    expected = ["s2", "s6", "s5", "s4", "s3", "s1", "s0"]
    for size in (1, 3, 7, 8):
        found, page = [], await done(alice.sessions(limit=size))
        while True:
            assert len(page) <= size
            found += [info.id for info in page]
            if page.next is None:
                break
            page = await done(alice.sessions(after=page.next, limit=size))
        assert found == expected


@pytest.mark.parametrize("limit", [0, -1, 1001, None, True, 2.0, 10**30])
async def test_a_page_out_of_range_is_refused(memory: Any, limit: Any) -> None:
    for listing in (memory.user("a").sessions, memory.users, memory.recent, memory.documents("c").keys):
        with pytest.raises(Invalid, match=r"^limit is .*; give a whole number from 1 to 1000"):
            await done(listing(limit=limit))


@pytest.mark.parametrize("after", ["", "x", "-1", "1.5", "\u0663", "9" * 30, "9" * 5000, 3, b"3"])
async def test_a_cursor_that_no_page_gave_is_refused(memory: Any, after: Any) -> None:
    with pytest.raises(Invalid, match=r"^after is .*; give what the page before named as next"):
        await done(memory.user("a").sessions(after=after))


# forking


async def test_a_fork_has_the_messages_up_to_a_position_and_goes_its_own_way(memory: Any) -> None:
    chat = memory.session("s", user="alice")
    at = await fill(chat, 5)
    await done(chat.update(title="T"))
    fork = await done(chat.fork("t", at=at[2]))
    assert (fork.id, fork.user) == ("t", "alice")
    await done(fork.append(user="other"))
    assert await texts(fork) == ["0", "1", "2", "other"]
    assert await texts(chat) == list("01234")
    assert [message.id for message in await done(fork.messages(limit=3))] == [message.id for message in await done(chat.messages(limit=3))]
    assert await texts(await done(chat.fork("whole"))) == list("01234")


async def test_a_fork_of_many_messages_is_whole(memory: Any) -> None:
    chat = memory.session("s")
    await done(chat.append(*(Message("user", str(number)) for number in range(1203))))
    fork = await done(chat.fork("t"))
    assert fork.user is None
    assert await texts(fork) == [str(number) for number in range(1203)]


async def test_a_repeated_fork_changes_nothing_and_one_onto_other_messages_is_a_conflict(memory: Any) -> None:
    chat = memory.session("s", user="alice")
    await fill(chat, 3)
    await done(chat.fork("t"))
    await done(chat.fork("t"))
    await done(chat.fork("s"))
    assert await texts(memory.session("t", user="alice")) == await texts(chat) == ["0", "1", "2"]
    await fill(memory.session("taken", user="alice"), 1)
    with pytest.raises(Conflict):
        await done(chat.fork("taken"))
    assert len(await texts(memory.session("taken", user="alice"))) == 1


async def test_what_is_not_there_cannot_be_forked(memory: Any) -> None:
    chat = memory.session("s")
    with pytest.raises(NotFound, match=r"'s'.*check"):
        await done(chat.fork("t"))
    await done(memory.session("first").append(user="x"))
    await done(chat.update(title="empty"))
    with pytest.raises(NotFound, match=r"'s'.*check"):
        await done(chat.fork("t"))
    user = memory.user("alice")
    await fill(user.session("before"), 3)
    position = await done(user.session("s").append(user="x"))
    with pytest.raises(NotFound, match=f"position {position - 1}"):
        await done(user.session("s").fork("t", at=position - 1))
    for at in (0, -1, True, "1"):
        with pytest.raises(Invalid, match=r"^at is .*; give the position of a message"):
            await done(user.session("s").fork("t", at=at))
    assert await done(user.session("t").info()) is None


# documents


async def test_documents_hold_json_and_bytes_under_keys(memory: Any) -> None:
    values = {"json": {"a": [1, None, "\u00e9\x00"]}, "null": None, "bytes": bytes(range(256)), "empty": b"", "text": "", "big": 1 << 80}
    for notes in (memory.user("alice").documents("notes"), memory.documents("notes")):
        await done(notes.put(values))
        assert await done(notes.get(*values)) == list(values.values())
        assert await done(notes.get("absent", "text", "absent")) == [None, "", None]
        assert await done(notes.get()) == []
        await done(notes.put({"text": "new"}))
        await done(notes.remove("json", "absent", "json"))
        await done(notes.remove())
        assert await done(notes.get("json", "text")) == [None, "new"]
        assert (await done(notes.keys())).items == sorted(set(values) - {"json"})
    assert await done(memory.user("bob").documents("notes").get("text")) == [None]


async def test_keys_are_paged_by_prefix(memory: Any) -> None:
    notes = memory.documents("notes")
    keys = [*(f"a{number:02}" for number in range(11)), "b", "\u00e9", "a", "A", "\U0010ffff"]
    await done(notes.put(dict.fromkeys(keys, 1)))
    for prefix in ("", "a", "a0", "\U0010ffff", "none"):
        expected = sorted(key for key in keys if key.startswith(prefix))
        found, page = [], await done(notes.keys(prefix=prefix, limit=4))
        while True:
            found += page.items
            if page.next is None:
                break
            page = await done(notes.keys(prefix=prefix, after=page.next, limit=4))
        assert found == expected


async def test_documents_of_the_wrong_kind_are_refused_and_nothing_is_written(memory: Any) -> None:
    notes = memory.documents("notes")
    bad: list[Any] = [
        {"a": 1, "b": {1}},
        {"a": 1, "": 2},
        {"a": 1, 3: 3},
        {"a": 1, "k" * 513: 1},
        {"a": 1, "\ud800": 1},
        {"a": float("inf")},
        ["a"],
        "a",
        None,
    ]
    for values in bad:
        with pytest.raises(Invalid, match="; "):
            await done(notes.put(values))
    for call in (notes.get, notes.remove):
        with pytest.raises(Invalid, match=r"^the key .*; give"):
            await done(call("ok", ""))
    with pytest.raises(Invalid, match=r"^the prefix .*; "):
        await done(notes.keys(prefix=None))
    with pytest.raises(Invalid, match=r"^after .*; "):
        await done(notes.keys(after="\ud800"))
    assert (await done(notes.keys())).items == []


# owners and names


async def test_users_are_listed_in_order_and_paged(memory: Any) -> None:
    names = [f"u{number:02}" for number in range(9)]
    for name in reversed(names):
        await done(memory.session("s", user=name).append(user="x"))
    await done(memory.session("anonymous").append(user="x"))
    await done(memory.documents("c").put({"k": 1}))
    for size in (1, 4, 9, 10):
        found, page = [], await done(memory.users(limit=size))
        while True:
            found += page.items
            if page.next is None:
                break
            page = await done(memory.users(after=page.next, limit=size))
        assert found == names


async def test_recent_sessions_come_from_users_and_anonymous_ones(memory: Any) -> None:
    for number, (name, user) in enumerate([("s", "alice"), ("s", None), ("t", "bob")]):
        await done(memory.session(name, user=user).append(Message("user", created=datetime(2020, 1, 1 + number, tzinfo=UTC))))
    assert [(info.id, info.user) for info in await done(memory.recent())] == [("t", "bob"), ("s", None), ("s", "alice")]
    assert [info.id for info in await done(memory.recent(limit=1))] == ["t"]


async def test_an_erased_user_leaves_nothing_and_others_keep_theirs(memory: Any) -> None:
    for user in ("alice", "bob"):
        await fill(memory.session("s", user=user), 2)
        await done(memory.user(user).documents("c").put({"k": user}))
    assert await done(memory.user("alice").erase())
    assert not await done(memory.user("alice").erase())
    assert await texts(memory.session("s", user="alice")) == []
    assert await done(memory.user("alice").documents("c").get("k")) == [None]
    assert (await done(memory.users())).items == ["bob"]
    assert await texts(memory.session("s", user="bob")) == ["0", "1"]
    assert await done(memory.user("bob").documents("c").get("k")) == ["bob"]


@pytest.mark.parametrize("name", ["", None, 3, b"a", "\ud800", "x" * 513])
def test_a_bad_name_is_refused_before_anything_is_done(memory: Any, name: Any) -> None:
    calls = {
        "the session": lambda: memory.session(name),
        "the user": lambda: memory.user(name),
        "the collection": lambda: memory.documents(name),
    }
    for what, call in calls.items():
        with pytest.raises(Invalid, match=f"^{what} .*; "):
            call()
    with pytest.raises(Invalid, match=r"^the session .*; "):
        memory.user("a").session(name)
    with pytest.raises(Invalid, match=r"^the collection .*; "):
        memory.user("a").documents(name)
    if name is not None:
        with pytest.raises(Invalid, match=r"^the user .*; "):
            memory.session("s", user=name)
    if name != "":
        with pytest.raises(Invalid, match=r"^the tenant .*; "):
            type(memory)(memory.store, tenant=name)


def test_collections_of_our_own_are_out_of_reach(memory: Any) -> None:
    for handle in (memory, memory.user("a")):
        with pytest.raises(Invalid, match=r"'recollect\.settings'.*choose another name"):
            handle.documents("recollect.settings")


async def test_an_append_of_the_wrong_kind_is_refused_and_makes_nothing(memory: Any) -> None:
    chat = memory.session("s")
    for arguments in (
        {"user": 3},
        {"assistant": b"x"},
        {"system": ["ok", 3]},
        {"user": "\ud800"},
        {"expect": "0", "user": "x"},
        {"expect": -1, "user": "x"},
    ):
        with pytest.raises(Invalid, match=r"; (give|a block|replace)"):
            await done(chat.append(**arguments))
    for message in ("text", {"role": "user"}, None):
        with pytest.raises(Invalid, match=r"^message 1 is a .*; give a recollect.Message"):
            await done(chat.append(Message("user"), message))
    assert await done(chat.info()) is None


# opening and closing


async def test_a_closed_memory_of_its_own_store_says_so(memory: Any) -> None:
    chat = memory.session("s")
    await fill(chat, 1)
    await done(memory.close())
    await done(memory.close())
    with pytest.raises(StoreError, match="closed"):
        await done(chat.append(user="x"))
    with pytest.raises(StoreError, match="closed"):
        await done(chat.messages())


async def test_a_store_that_was_given_stays_open(memory: Any) -> None:
    other = type(memory)(memory.store, tenant="t")
    await fill(other.session("s"), 1)
    await done(other.close())
    assert await texts(memory.session("s")) == []
    assert await texts(type(memory)(memory.store, tenant="t").session("s")) == ["0"]


async def test_handles_do_nothing_until_they_are_asked(memory: Any) -> None:
    memory.session("s", user="alice")
    memory.user("alice").session("s")
    memory.user("alice").documents("c")
    memory.documents("c")
    assert (await done(memory.users())).items == await done(memory.recent()) == []


@pytest.mark.parametrize("face", [Memory, AsyncMemory])
@pytest.mark.parametrize(("option", "value"), [("redact", "all"), ("audit", True), ("embedder", 5)])
def test_an_opening_with_what_cannot_be_is_refused_and_leaves_no_store_open(face: Any, option: str, value: Any, monkeypatch: Any) -> None:
    close = mock.Mock()
    monkeypatch.setattr(MemoryStore, "close", close)
    with pytest.raises(Invalid):
        face("memory://", **{option: value})
    close.assert_called_once_with()


@pytest.mark.parametrize("store", [None, 5, Path("support.db"), Memory])
def test_what_is_no_store_is_refused_at_once(store: Any) -> None:
    with pytest.raises(Invalid, match="give a URL such as"):
        Memory(store)


@pytest.mark.parametrize("view", [5, "x", Window, None])
async def test_what_is_no_view_is_refused(memory: Any, view: Any) -> None:
    with pytest.raises(Invalid, match=r"is no view; give one such as|is the class; give a view made of it"):
        await memory.session("s").context(view)
