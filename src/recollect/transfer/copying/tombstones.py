"""Who was erased, at the source or in the target: they are not copied, and those of the source stay out of the target, too."""

from recollect.core.living import Living
from recollect.core.opening import SEALING
from recollect.core.secret import SECRET, Secrets, tenant_of, under
from recollect.core.tombstones import ERASED, Tombstones
from recollect.model import Document, Owner
from recollect.store.pages import PAGE
from recollect.store.protocol import Store
from recollect.transfer import listing
from recollect.transfer.copying.documents import standing

BROUGHT_BACK = "this owner was erased in the target, and is not copied; if the person returns, readmit them there, and copy again"


class Graves:
    """The tombstones of a source and of a target.

    The pseudonyms of two memories are made with secrets of their own: the target takes the source's secret as its own where it has none, and
    keeps it beside its own otherwise. Of sealed memories, secrets and tombstones are taken over as they stand: an erased owner's key is gone.
    """

    def __init__(self, source: Store, target: Store, tenant: str) -> None:
        self._source, self._target, self._tenant = source, target, tenant
        self._there = Tombstones(source, Secrets(source))
        self._secrets = Secrets(target)
        self.here = Tombstones(target, self._secrets)
        self._sealed = any(store.documents(tenant_of(tenant), SEALING, limit=1) for store in (source, target))
        self._seen = -1

    def guarded(self) -> Store:
        """Return the target, in which who is erased meanwhile stays so."""
        return self._target if self._sealed else Living(self._target, self.here)

    def erased_there(self, owner: Owner) -> bool:
        """Tell whether the source has erased an owner."""
        return not self._sealed and self._there.has(owner)

    def erased_here(self, owner: Owner) -> bool:
        """Tell whether the target has."""
        return not self._sealed and self.here.has(owner)

    def carry(self) -> None:
        """Take over the source's tombstones, but of owners that the target has: whether these are erased is asked elsewhere."""
        if self._rests():
            return
        if self._sealed:
            self._as_they_stand()
            return
        secrets = self._all()
        if not secrets:
            return
        self._secrets.adopt(self._tenant, secrets)
        there, kept = self._there.names(self._tenant), self.here.names(self._tenant)
        new = there - kept
        if new:
            present = {under(secret, owner) for owner in listing.owners(self._target, self._tenant, None) for secret in secrets}
            self.here.add(self._tenant, new - present)

    def bury(self, owner: Owner) -> None:
        """Keep an owner out of the target who was erased there because the source has."""
        if self.erased_there(owner):
            self.here.put(owner)

    def _all(self) -> list[bytes]:
        own = Secrets(self._source).existing(self._tenant)
        return [] if own is None else [own, *Secrets(self._source).others(self._tenant)]

    def _rests(self) -> bool:
        """Tell whether nothing has happened in the source's tenant ledger since the last time."""
        following = self._source.changes(tenant_of(self._tenant), max(self._seen, 0), 1)
        if self._seen >= 0 and not following:
            return True
        while following:
            self._seen = following[-1].position
            following = self._source.changes(tenant_of(self._tenant), self._seen, PAGE)
        self._seen = max(self._seen, 0)
        return False

    def _as_they_stand(self) -> None:
        documents = [one for collection in (SECRET, ERASED) for one in self._source.documents(tenant_of(self._tenant), collection)]
        here = standing(self._target, tenant_of(self._tenant), documents)
        new = [Document(one.collection, one.key, one.body) for one in documents if (one.collection, one.key) not in here]
        if new:
            self._target.put(tenant_of(self._tenant), new)
