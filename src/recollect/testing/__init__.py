"""The suite that every store must pass. It is public: whoever writes a store runs it with one class.

    from recollect.testing import StoreContract

    class TestMyStore(StoreContract):
        def open_store(self, place, clock):
            return MyStore(place / "data", clock=clock)

        def raw_bodies(self, store, place):
            return every body that the database holds, read around the store

Needs pytest, and nothing else. Importing ``recollect`` does not import this.
"""

from pkgutil import iter_modules

import pytest

pytest.register_assert_rewrite(*(f"{__name__}.{part.name}" for part in iter_modules(__path__)))

from recollect.testing.appending import Appending  # noqa: E402  # below the call that lets their asserts speak
from recollect.testing.bodies import Bodies  # noqa: E402
from recollect.testing.changes import Changes  # noqa: E402
from recollect.testing.documents import Documents  # noqa: E402
from recollect.testing.expiring import Expiring  # noqa: E402
from recollect.testing.lifetime import Lifetime  # noqa: E402
from recollect.testing.owners import Owners  # noqa: E402
from recollect.testing.positions import Positions  # noqa: E402
from recollect.testing.reading import Reading  # noqa: E402
from recollect.testing.sessions import Sessions  # noqa: E402
from recollect.testing.setting import ManualClock, Setting  # noqa: E402
from recollect.testing.threads import Threads  # noqa: E402
from recollect.testing.values import ALICE, BOB, entry  # noqa: E402

__all__ = ["ALICE", "BOB", "ManualClock", "StoreContract", "entry"]


class StoreContract(Appending, Reading, Positions, Sessions, Expiring, Documents, Changes, Owners, Bodies, Lifetime, Threads, Setting):
    """Every sentence of ``recollect.store.protocol`` as a test. Give it ``open_store`` and ``raw_bodies``: see Setting."""
