"""LangChain's interfaces over a memory: chat histories, a runnable that remembers, a store of bytes."""

from recollect.errors import MissingExtra

try:
    from recollect.adapters.langchain.bytestore import ByteStore
    from recollect.adapters.langchain.history import USER_AND_SESSION, ChatHistory, by_session, by_user_and_session
    from recollect.adapters.langchain.messages import from_message, to_message
    from recollect.adapters.langchain.remembering import Remembering, remembering
except ModuleNotFoundError as error:
    if error.name is None or error.name.partition(".")[0] != "langchain_core":
        raise
    raise MissingExtra("langchain-core is not installed; run: pip install 'recollect[langchain]'") from error

__all__ = [
    "USER_AND_SESSION",
    "ByteStore",
    "ChatHistory",
    "Remembering",
    "by_session",
    "by_user_and_session",
    "from_message",
    "remembering",
    "to_message",
]
