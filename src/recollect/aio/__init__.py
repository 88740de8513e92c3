"""The asynchronous face. Each method is its namesake in ``recollect.memory``, to be awaited."""

from recollect.aio.documents import AsyncDocuments
from recollect.aio.memory import WORKERS, AsyncMemory
from recollect.aio.session import AsyncSession
from recollect.aio.user import AsyncUser

__all__ = ["WORKERS", "AsyncDocuments", "AsyncMemory", "AsyncSession", "AsyncUser"]
