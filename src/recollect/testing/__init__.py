"""The suite that every store must pass. It is public: whoever writes a store runs it with one class.

    from recollect.testing import StoreContract

    class TestMyStore(StoreContract):
        def open_store(self, place, clock):
            return MyStore(place / "data", clock=clock)

        def raw_bodies(self, store, place):
            return every body and part that the database holds, read around the store

Needs pytest, and nothing else. Importing ``recollect`` does not import this.
"""

# ruff: noqa: E402  # the parts are imported below the call that lets their asserts speak

from pkgutil import iter_modules

import pytest

pytest.register_assert_rewrite(*(f"{__name__}.{part.name}" for part in iter_modules(__path__)))

from recollect.testing.appending import Appending
from recollect.testing.bodies import Bodies
from recollect.testing.changes import Changes
from recollect.testing.derived import Derived
from recollect.testing.documents import Documents
from recollect.testing.expiring import Expiring
from recollect.testing.lifetime import Lifetime
from recollect.testing.owners import Owners
from recollect.testing.positions import Positions
from recollect.testing.reading import Reading
from recollect.testing.rewriting import Rewriting
from recollect.testing.sessions import Sessions
from recollect.testing.setting import ManualClock, Setting
from recollect.testing.threads import Threads
from recollect.testing.values import ALICE, BOB, entry

__all__ = ["ALICE", "BOB", "ManualClock", "StoreContract", "entry"]


class StoreContract(
    Appending, Reading, Positions, Sessions, Expiring, Documents, Changes, Derived, Rewriting, Owners, Bodies, Lifetime, Threads, Setting
):
    """Every sentence of ``recollect.store.protocol`` as a test. Give it ``open_store`` and ``raw_bodies``: see Setting."""
