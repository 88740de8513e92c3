"""LangChain's chat histories in the databases of servers, read where they are."""

from recollect.transfer.histories.history import History, is_url, read

__all__ = ["History", "is_url", "read"]
