"""The synchronous face: a memory, its users, sessions and documents. Handles are cheap and do no I/O."""

from recollect.memory.documents import Documents
from recollect.memory.memory import Memory
from recollect.memory.session import Session
from recollect.memory.user import User

__all__ = ["Documents", "Memory", "Session", "User"]
