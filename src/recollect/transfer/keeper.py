"""What an import or export needs of a memory."""

from typing import TYPE_CHECKING, Protocol

from recollect.core.embedding import Embedding
from recollect.core.engine import Engine
from recollect.core.opening import engine_over
from recollect.runtime import Blocking
from recollect.store.protocol import Store

if TYPE_CHECKING:
    from recollect.core.trail import Trail
    from recollect.privacy.redaction import Redaction


class Keeper(Protocol):
    """A Memory or an AsyncMemory: a store, and the tenant whose part of it is meant."""

    @property
    def store(self) -> Store:
        """Where the bytes live."""
        ...

    @property
    def tenant(self) -> str:
        """Whose memory it is."""
        ...

    @property
    def redaction(self) -> "Redaction | None":
        """What is not to be stored."""
        ...

    @property
    def trail(self) -> "Trail | None":
        """What notes what is done."""
        ...


def engine_of(memory: Keeper) -> Engine:
    """Return what the use cases work with: calls that block, and no cache, since what is transferred is passed over once."""
    return engine_over(memory.store, Blocking(), Embedding(None), 0, 0, memory.redaction)._replace(audit=memory.trail)
