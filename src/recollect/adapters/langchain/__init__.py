"""LangChain's interfaces over a memory: chat histories, a runnable that remembers, a store of bytes, vectors in its vector stores."""

from recollect.extras import needed

with needed("langchain-core", "langchain"):
    from recollect.adapters.langchain.bytestore import ByteStore
    from recollect.adapters.langchain.history import USER_AND_SESSION, ChatHistory, by_session, by_user_and_session
    from recollect.adapters.langchain.messages import from_message, to_message
    from recollect.adapters.langchain.remembering import Remembering, remembering
    from recollect.adapters.langchain.vectors import VectorIndex

__all__ = [
    "USER_AND_SESSION",
    "ByteStore",
    "ChatHistory",
    "Remembering",
    "VectorIndex",
    "by_session",
    "by_user_and_session",
    "from_message",
    "remembering",
    "to_message",
]
