"""What every use case works with."""

from typing import TYPE_CHECKING, NamedTuple

from recollect.runtime import Runtime
from recollect.store.protocol import Store

if TYPE_CHECKING:  # they are made when a memory is opened: see opening.py
    from recollect.core.auditing import Draft
    from recollect.core.indexes import Indexes
    from recollect.core.knowledge import Knowledge
    from recollect.core.redacting import Redacting
    from recollect.core.secret import Secrets
    from recollect.core.tails import Tails
    from recollect.core.tombstones import Tombstones
    from recollect.core.trail import Trail

INDEX_BYTES = 256 << 20
"""What a memory keeps of search indexes unless told otherwise."""


class Engine(NamedTuple):
    """A store, the ends of its sessions, its search indexes, what is known of its users, the way to wait for it, its secrets, and who was erased.

    ``audit`` is where what is done is noted, ``draft`` what is being noted: within a use case whose draft it is, there is no ``audit``.
    """

    store: Store
    tails: "Tails"
    indexes: "Indexes"
    knowledge: "Knowledge"
    runtime: Runtime
    secrets: "Secrets"
    tombstones: "Tombstones"
    audit: "Trail | None" = None
    draft: "Draft | None" = None
    redacting: "Redacting | None" = None
