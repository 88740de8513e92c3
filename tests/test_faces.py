"""The two faces have the same methods, and share what they stand on."""

import asyncio
import inspect
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from recollect import AsyncDocuments, AsyncMemory, AsyncSession, AsyncUser, Documents, Memory, Message, Session, StoreError, User, Window
from recollect.aio.known import AsyncKnown
from recollect.memory.known import Known

PAIRS = [(Memory, AsyncMemory), (User, AsyncUser), (Known, AsyncKnown), (Session, AsyncSession), (Documents, AsyncDocuments)]
TWINS = {"__enter__": "__aenter__", "__exit__": "__aexit__", "aio": "sync"}
"""What is called otherwise on the asynchronous face."""

IMMEDIATE = {"acting", "learn_in_background", "redacted_stream", "session", "user", "documents", "name", "id", "store", "tenant"}
"""What gives a handle or a name, and does no I/O."""


def public(face: type) -> dict[str, object]:
    return {name: value for name, value in vars(face).items() if not name.startswith("_") or name in {*TWINS, *TWINS.values()}}


def described(function: object) -> tuple:
    """Return a signature, in which the two faces' names are the same."""
    signature = inspect.signature(function)
    parameters = [(one.name, one.kind, one.default, plain(one.annotation)) for one in signature.parameters.values()]
    return (parameters, plain(signature.return_annotation))


def plain(annotation: object) -> str:
    return re.sub(r"\bAsync|recollect\.(aio|memory)\.(\w+\.)?|['\"]|<class |>", "", str(annotation))


@pytest.mark.parametrize(("sync", "async_"), PAIRS, ids=lambda face: face.__name__)
def test_both_faces_have_the_same_public_names(sync: type, async_: type) -> None:
    assert {TWINS.get(name, name) for name in public(sync)} == set(public(async_))
    assert len(public(sync)) > 3


@pytest.mark.parametrize(("sync", "async_"), PAIRS, ids=lambda face: face.__name__)
def test_both_faces_have_the_same_signatures(sync: type, async_: type) -> None:
    assert described(sync.__init__) == described(async_.__init__)
    for name, value in public(sync).items():
        other = vars(async_)[TWINS.get(name, name)]
        if inspect.isfunction(value):
            assert described(value) == described(other), name


@pytest.mark.parametrize(("sync", "async_"), PAIRS, ids=lambda face: face.__name__)
def test_what_waits_is_awaited_and_nothing_else(sync: type, async_: type) -> None:
    for name, value in public(async_).items():
        if inspect.isfunction(value):
            assert inspect.iscoroutinefunction(value) is (name not in IMMEDIATE), name
    for name, value in public(sync).items():
        assert not inspect.iscoroutinefunction(value), name


@pytest.mark.parametrize(("sync", "async_"), PAIRS, ids=lambda face: face.__name__)
def test_every_public_method_says_what_it_does(sync: type, async_: type) -> None:
    for face in (sync, async_):
        for name, value in public(face).items():
            assert inspect.getdoc(value), f"{face.__name__}.{name}"


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    with Memory(f"sqlite:///{tmp_path}/memory.db") as memory:
        yield memory


async def test_the_synchronous_face_works_within_a_running_loop(memory: Memory) -> None:
    memory.session("s").append(user="hello")
    assert [message.text for message in memory.session("s").context(Window(turns=1))] == ["hello"]


async def test_the_two_faces_of_a_memory_share_its_store(memory: Memory) -> None:
    memory.session("s", user="alice").append(user="one")
    await memory.aio.session("s", user="alice").append(assistant="two")
    assert [message.text for message in memory.session("s", user="alice").messages()] == ["one", "two"]
    assert [message.text for message in await memory.aio.session("s", user="alice").messages()] == ["one", "two"]
    assert memory.aio is memory.aio
    assert memory.aio.sync.session("s", user="alice").info() == memory.session("s", user="alice").info()
    assert memory.aio.tenant == memory.aio.sync.tenant == memory.tenant


async def test_closing_a_memory_ends_the_threads_of_both_faces(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    memory = Memory(f"sqlite:///{tmp_path}/memory.db")
    await memory.aio.session("s").append(user="x")
    assert set(threading.enumerate()) > before
    memory.close()
    assert set(threading.enumerate()) == before
    with pytest.raises(StoreError, match="closed"):
        await memory.aio.session("s").messages()


async def test_both_are_context_managers_that_close(tmp_path: Path) -> None:
    with Memory(f"sqlite:///{tmp_path}/memory.db", tenant="t") as memory:
        memory.session("s").append(user="x")
    with pytest.raises(StoreError, match="closed"):
        memory.session("s").messages()
    async with AsyncMemory(f"sqlite:///{tmp_path}/memory.db", tenant="t") as again:
        assert len(await again.session("s").messages()) == 1
    with pytest.raises(StoreError, match="closed"):
        await again.session("s").messages()


async def test_many_awaited_appends_at_once_are_all_kept(memory: Memory) -> None:
    chat = memory.aio.session("s")
    await asyncio.gather(*(chat.append(user=str(number)) for number in range(100)))
    assert sorted(int(message.text) for message in await chat.messages()) == list(range(100))


async def test_a_cancelled_append_can_be_repeated(memory: Memory) -> None:
    chat, message = memory.aio.session("s"), Message("user", "once")
    for _ in range(20):
        task = asyncio.create_task(chat.append(message))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await chat.append(message)
    assert [found.text for found in await chat.messages()] == ["once"]


async def test_a_view_that_fails_fails_its_caller_alone(memory: Memory) -> None:
    class Failing:
        page = 2

        def select(self, *_: object) -> None:
            raise ZeroDivisionError

    chat = memory.session("s")
    chat.append(user="x")
    with pytest.raises(ZeroDivisionError):
        chat.context(Failing())
    with pytest.raises(ZeroDivisionError):
        await memory.aio.session("s").context(Failing())
    assert len(chat.context(Window(turns=1))) == 1


async def test_a_view_that_never_chooses_is_told(memory: Memory) -> None:
    class Undecided:
        page = 1

        def select(self, *_: object) -> None:
            return None

    chat = memory.session("s")
    chat.append(user="x", assistant="y")
    with pytest.raises(RuntimeError, match=r"Undecided\.select returned None for a whole session"):
        chat.context(Undecided())
