"""What every use case works with."""

from typing import NamedTuple

from recollect.core.tails import Tails
from recollect.runtime import Runtime
from recollect.store.protocol import Store


class Engine(NamedTuple):
    """A store, the ends of its sessions, and the way to wait for it."""

    store: Store
    tails: Tails
    runtime: Runtime
