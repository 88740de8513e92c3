"""What the tests of backups share."""

from threading import Event

from recollect.errors import StoreError
from recollect.store.memory import MemoryStore
from recollect.store.protocol import RESTORED, REWRITTEN
from recollect.transfer.backup.chain import Chain
from recollect.transfer.backup.report import BackupReport
from recollect.transfer.backup.restoring import restored, stage
from recollect.transfer.backup.shipping import Shipper
from transfer import copies


class Shelf:
    """Objects in this process's memory, whose process dies at the so-many-th call that writes: before it, or right behind it."""

    def __init__(self, objects=None, calls=None, *, behind=False):
        self.objects = {} if objects is None else objects
        self._left = calls
        self._behind = behind

    def _write(self, change):
        if self._left is not None:
            self._left -= 1
            if self._left < 0 or (self._left == 0 and not self._behind):
                raise Dead
        value = change()
        if self._left == 0:
            raise Dead
        return value

    def create(self, name, data):
        return self._write(lambda: self.objects.setdefault(name, data) is data)

    def put(self, name, data):
        self._write(lambda: self.objects.update({name: data}))

    def remove(self, names):
        for name in names:
            self._write(lambda: self.objects.pop(name, None))  # noqa: B023

    def get(self, name):
        return self.objects.get(name)

    def names(self, folder):
        return sorted(name for name in self.objects if name.startswith(f"{folder}/"))

    def close(self):
        pass


class Dead(StoreError):
    """The process was killed."""

    def __init__(self):
        super().__init__("dead", "unknown")


def ship(store, shelf, clock, *, full=False):
    """Back a store up to objects, by a clock. Returns the latest manifest."""
    chain = Chain(shelf, clock)
    chain.resume("")
    shipper = Shipper(store, chain, "", BackupReport(), Event(), None)
    if full and chain.last is not None:
        shipper.renew()
    shipper.round()
    return chain.last


def bring_back(shelf, clock, *, at=None, target=None, keys=None):
    """Restore into a store in memory, unless another is given. Returns it, and the report."""
    target = MemoryStore(clock=clock) if target is None else target
    with stage(shelf, at, None, keys, None, clock) as staged:
        report, _ = restored(staged, target, keys, None, 1)
    return target, report


def held(store):
    """Return all that a store holds for its owners, but positions, notices, and what a restore notes."""
    found = {}
    for owner, (sessions, documents) in copies.held(store).items():
        left = [document for document in documents if document[0] not in (RESTORED, REWRITTEN)]
        if sessions or left:
            found[owner] = sessions, left
    return found
