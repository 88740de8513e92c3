"""How an import or export works with a memory."""

from recollect.aio import AsyncMemory
from recollect.core.engine import Engine
from recollect.core.tails import Tails
from recollect.memory import Memory
from recollect.runtime import Blocking


def engine_of(memory: Memory | AsyncMemory) -> Engine:
    """Return what the use cases work with: calls that block, and no cache, since what is transferred is passed over once."""
    return Engine(memory.store, Tails(memory.store, 0), Blocking())
