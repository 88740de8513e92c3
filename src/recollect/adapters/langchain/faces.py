"""What LangChain asks of one object, both called and awaited: the two faces of a memory, and a write that is safe to repeat."""

from asyncio import shield
from collections.abc import Sequence

from recollect.aio import AsyncMemory, AsyncSession
from recollect.errors import Invalid, StoreError
from recollect.memory import Memory, Session
from recollect.model import Message


def faces(memory: Memory | AsyncMemory) -> tuple[Memory, AsyncMemory]:
    """Return a memory to be called and the same one to be awaited.

    Raises:
        Invalid: it is no memory.

    """
    if isinstance(memory, Memory):
        return memory, memory.aio
    if isinstance(memory, AsyncMemory):
        return memory.sync, memory
    raise Invalid(f"the memory is a {type(memory).__name__}; give a recollect.Memory or AsyncMemory")


def add(session: Session, messages: Sequence[Message]) -> None:
    """Append messages; once more where it is unknown what became of it: their ids keep them from being written twice."""
    try:
        session.append(*messages)
    except StoreError as error:
        if error.outcome != "unknown":
            raise
        session.append(*messages)


async def aadd(session: AsyncSession, messages: Sequence[Message]) -> None:
    """As add. Cancelling the wait does not stop the write."""
    await shield(_aadd(session, messages))


async def _aadd(session: AsyncSession, messages: Sequence[Message]) -> None:
    try:
        await session.append(*messages)
    except StoreError as error:
        if error.outcome != "unknown":
            raise
        await session.append(*messages)
