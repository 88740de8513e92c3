"""What takes a turn: it loads what the model is to see, and appends two messages. Recollect's faces are the same on every database."""

import asyncio
from typing import Protocol

from langchain_core.messages import AIMessage, HumanMessage

from recollect import Memory, Message, Window
from recollect.adapters.langchain import ChatHistory

QUESTION = "Where is my order? " * 21
ANSWER = "It is on its way. " * 22
WINDOW = 20
"""Messages that the model is to see."""

PRELOAD = 500


class System(Protocol):
    """A way to keep conversations. It is made with the place where it keeps them: a folder, or the URL of an empty database."""

    name: str

    def __init__(self, place: str) -> None: ...

    def load(self, session: str, count: int) -> None:
        """Fill a session with so many messages, by the quickest way there is."""

    def turn(self, session: str) -> None:
        """Read what the model is to see, and append a question and an answer."""


class Crowd(System, Protocol):
    """A system whose turns many callers take at once, in one event loop."""

    async def begin(self) -> None:
        """Open what the loop's connections need."""

    async def aturn(self, session: str) -> None:
        """Take a turn."""

    async def end(self) -> None:
        """Close what was opened."""


def said(count: int) -> list[tuple[str, str]]:
    return [("user", QUESTION) if number % 2 == 0 else ("assistant", ANSWER) for number in range(count)]


def messages(count: int) -> list[HumanMessage | AIMessage]:
    return [HumanMessage(content) if role == "user" else AIMessage(content) for role, content in said(count)]


class Recollect:
    """Our memory, called directly."""

    name = "Recollect, sync"

    def __init__(self, place: str) -> None:
        self.memory = Memory(self.url(place))

    def url(self, place: str) -> str:
        return place

    def load(self, session: str, count: int) -> None:
        handle = self.memory.session(session, user="alice")
        pairs = said(count)
        for start in range(0, count, PRELOAD):
            handle.append(*(Message(role, content) for role, content in pairs[start : start + PRELOAD]))  # type: ignore[arg-type]

    def turn(self, session: str) -> None:
        handle = self.memory.session(session, user="alice")
        handle.context(Window(WINDOW // 2))
        handle.append(user=QUESTION, assistant=ANSWER)


class RecollectAsync(Recollect):
    """Our memory, awaited."""

    name = "Recollect, async"

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.loop = asyncio.new_event_loop()

    def turn(self, session: str) -> None:
        self.loop.run_until_complete(self.aturn(session))

    async def begin(self) -> None: ...

    async def end(self) -> None: ...

    async def aturn(self, session: str) -> None:
        handle = self.memory.aio.session(session, user="alice")
        await handle.context(Window(WINDOW // 2))
        await handle.append(user=QUESTION, assistant=ANSWER)


class RecollectHistory(Recollect):
    """Our memory, through the LangChain history."""

    name = "Recollect, ChatHistory"

    def turn(self, session: str) -> None:
        history = ChatHistory(self.memory, session, user="alice", view=Window(WINDOW // 2))
        _ = history.messages
        history.add_messages([HumanMessage(QUESTION), AIMessage(ANSWER)])
