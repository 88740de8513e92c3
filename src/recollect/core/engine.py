"""What every use case works with."""

from typing import NamedTuple

from recollect.core.indexes import Indexes
from recollect.core.knowledge import Knowledge
from recollect.core.tails import Tails
from recollect.runtime import Runtime
from recollect.store.protocol import Store


class Engine(NamedTuple):
    """A store, the ends of its sessions, its search indexes, what is known of its users, and the way to wait for it."""

    store: Store
    tails: Tails
    indexes: Indexes
    knowledge: Knowledge
    runtime: Runtime
