"""A session as a LangChain chat history."""

from collections.abc import Callable, Sequence

from langchain_core.chat_history import BaseChatMessageHistory
from langchain_core.messages import BaseMessage
from langchain_core.runnables import ConfigurableFieldSpec

from recollect.adapters.langchain.faces import aadd, add, faces
from recollect.adapters.langchain.messages import from_message, to_message
from recollect.aio import AsyncMemory
from recollect.errors import Invalid
from recollect.memory import Memory
from recollect.model import Message, new_id
from recollect.views import AnyView, Buffer, checked

USER_AND_SESSION = (
    ConfigurableFieldSpec(id="user_id", annotation=str, name="User ID", description="Whose conversation it is.", is_shared=True),
    ConfigurableFieldSpec(id="session_id", annotation=str, name="Session ID", description="Which conversation it is.", is_shared=True),
)
"""What ``by_user_and_session`` takes from a call's config: for ``RunnableWithMessageHistory(history_factory_config=…)``."""


class ChatHistory(BaseChatMessageHistory):
    """A session's messages, for all that takes a LangChain chat history. Making one does no I/O.

    Each message that is added is appended under an id of ours, as often as it is added. LangChain's own id is kept beside,
    and comes back: models and caches give the same one twice, and a message must not be lost for it.

    Args:
        memory: where the session is kept; the history has both its methods to be called and those to be awaited.
        session_id: which conversation.
        user: whose it is; None for an anonymous one.
        view: what ``messages`` returns, such as ``Window(turns=5)``; everything without one. What is stored is always everything.
            A view that recalls goes by the latest user message that is stored; ``remembering`` goes by the new question.

    """

    def __init__(self, memory: Memory | AsyncMemory, session_id: str, user: str | None = None, view: AnyView[list[Message]] | None = None) -> None:
        called, awaited = faces(memory)
        self.session = called.session(session_id, user=user)
        self.async_session = awaited.session(session_id, user=user)
        self.view = Buffer() if view is None else checked(view)

    @property
    def messages(self) -> list[BaseMessage]:  # type: ignore[override]  # LangChain declares an attribute, and reads it alone
        """The messages that the view gives, read anew at each use."""
        return [from_message(message) for message in self.session.context(self.view)]

    async def aget_messages(self) -> list[BaseMessage]:
        """As messages."""
        return [from_message(message) for message in await self.async_session.context(self.view)]

    def add_messages(self, messages: Sequence[BaseMessage]) -> None:
        """Add messages at the end: all or none, durable when the call returns.

        Raises:
            Invalid: a message cannot be kept exactly; the error names it and the field.
            StoreError: the database failed.

        """
        add(self.session, [to_message(message, new_id()) for message in messages])

    async def aadd_messages(self, messages: Sequence[BaseMessage]) -> None:
        """As add_messages. Cancelling the wait does not stop the write."""
        await aadd(self.async_session, [to_message(message, new_id()) for message in messages])

    def clear(self) -> None:
        """Remove the session's messages for good; its title and metadata stay."""
        self.session.clear()

    async def aclear(self) -> None:
        """As clear."""
        await self.async_session.clear()


def by_session(memory: Memory | AsyncMemory, view: AnyView[list[Message]] | None = None) -> Callable[[str], ChatHistory]:
    """Return what ``RunnableWithMessageHistory`` takes to find the anonymous session of a call's ``session_id``."""
    faces(memory)  # refuses what is no memory now, and not at the first call

    def history(session_id: str) -> ChatHistory:
        return ChatHistory(memory, session_id, view=view)

    return history


def by_user_and_session(memory: Memory | AsyncMemory, view: AnyView[list[Message]] | None = None) -> Callable[[str, str], ChatHistory]:
    """Return what ``RunnableWithMessageHistory`` takes to find the session of a call's ``user_id`` and ``session_id``.

    Give it together with ``history_factory_config=USER_AND_SESSION``. A call without a user is refused.
    """
    faces(memory)

    def history(user_id: str, session_id: str) -> ChatHistory:
        if user_id is None:
            raise Invalid("user_id is None; give the user's, or use by_session for anonymous sessions")
        return ChatHistory(memory, session_id, user_id, view)

    return history
