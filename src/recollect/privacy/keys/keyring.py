"""The keys of all owners: made once, kept for a moment, destroyed for good."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from os import getpid
from threading import Lock
from time import monotonic
from typing import NamedTuple, Never
from weakref import WeakValueDictionary

from recollect.errors import Conflict, Erased, Locked, StoreError
from recollect.model import Owner
from recollect.privacy.keys.keystore import KeyRecord, KeyStore
from recollect.privacy.keys.record import OwnerKeys, Wrapped, new_keys, parse, proven, tombstone, unwrap, wrap
from recollect.privacy.keys.wrapping import Connected, KeyWrap, Versions

VALID = 10.0
"""Seconds for which keys are used before the key store is asked again: so long may another process use a key that was destroyed."""

KEPT = 4096
"""Owners whose keys a process keeps."""

RING = "ring"
"""The name of the ring's own keys, under which owners have their pseudonyms in the key store."""

_TRIES = 100
_PAGE = 500


class _Held(NamedTuple):
    """Keys, the record that they were opened of, and when that was last seen in the key store."""

    keys: OwnerKeys
    record: KeyRecord
    seen: float


class KeyStatus(NamedTuple):
    """What a key store holds: owners with keys, those whose keys were destroyed, and the records by the name of their key-encryption key."""

    owners: int
    destroyed: int
    wrapped_by: Mapping[str, int]


class Keyring:
    """The keys of owners, in a key store apart from the data and its backups, wrapped by a key-encryption key.

    Owners stand in the key store under keyed pseudonyms: it holds no names. Keys are kept in the process for some seconds (VALID), and
    then asked for again, so that a destroyed one is not used for long. The key-encryption key, which may be far away, is asked only for
    records that are new or have changed, and by one thread at a time for each owner.

    Args:
        kek: what wraps the keys; or several, the first of which wraps, while the others open what they wrapped before.
        store: where the wrapped keys are. It is closed with the keyring, and so are the connections of the key-encryption keys.
        clock: seconds, for how long keys have been kept.

    """

    def __init__(self, kek: KeyWrap | Sequence[KeyWrap], store: KeyStore, *, clock: Callable[[], float] = monotonic) -> None:
        keks = list(kek) if isinstance(kek, Sequence) else [kek]
        self._kek = keks[0]
        self._keks = {one.name: one for one in keks}
        self.store = store
        self._clock = clock
        self._lock = Lock()
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._names: OrderedDict[Owner, str] = OrderedDict()
        self._ring: OwnerKeys | None = None
        self._asking: WeakValueDictionary[tuple[int, str], Lock] = WeakValueDictionary()

    def key(self, owner: Owner, *, make: bool = False, fresh: bool = False) -> OwnerKeys:
        """Return an owner's keys.

        Args:
            owner: whose.
            make: make them where there are none.
            fresh: ask the key store, however lately it was asked.

        Raises:
            Erased: they were destroyed.
            Locked: there are none, or none of the key-encryption keys opens them.

        """
        name = self._name(owner, make=make)
        if name is None:
            raise Locked("the key store holds no keys at all; give the one that this memory was sealed with")
        return self._find(name, make=make, fresh=fresh)

    def destroy(self, owner: Owner) -> bool:
        """Destroy an owner's keys for good, and leave a tombstone, so that none are made again. Returns whether there were any."""
        name = self._named(owner)
        self._forget(name)
        for _ in range(_TRIES):
            record = self.store.read(name)
            known = None if record is None else parse(record.body, "the key store")
            if known is not None and not known.wrapped:
                return False
            with suppress(Conflict):
                self.store.write(name, tombstone(0 if known is None else known.last), expect=0 if record is None else record.revision)
                self._forget(name)  # a reader may have kept them meanwhile
                return known is not None
        raise _contended()

    def destroyed(self, owner: Owner) -> bool:
        """Tell whether an owner's keys were destroyed, and none have been made since. It asks the key store."""
        name = self._name(owner, make=False)
        record = None if name is None else self.store.read(name)
        return record is not None and not parse(record.body, "the key store").wrapped

    def readmit(self, owner: Owner) -> bool:
        """Make new keys for an owner whose keys were destroyed. Returns whether they were. What was sealed before stays unreadable."""
        name = self._named(owner)
        record = self.store.read(name)
        known = None if record is None else parse(record.body, "the key store")
        if record is None or known is None or known.wrapped:
            return False
        with suppress(Conflict):  # somebody else did so
            self.store.write(name, wrap(new_keys(known.last), name, self._kek), expect=record.revision)
        return True

    def rotate(self, owner: Owner) -> int:
        """Make a new key for an owner, by which all is sealed from now on; what was sealed before stays readable.

        Returns:
            The id of the new key.

        Raises:
            Locked, Erased: the owner has no keys.

        """
        name = self._named(owner)

        def change(keys: OwnerKeys) -> OwnerKeys:
            return keys.rotated()

        return self._rewrite(name, change).newest

    def rewrap(self, kek: KeyWrap, progress: Callable[[int], object] | None = None) -> int:
        """Wrap all keys by another key-encryption key, which wraps from now on. Interrupted, it goes on where it stood.

        Other processes must be able to open what it wraps: give them both key-encryption keys first. Then this, then the new one alone.
        Where it is the same one, whose service has made a newer version, what older versions wrapped is wrapped by the newest.
        Nothing is replaced before the new key-encryption key has opened again what it wrapped.

        Args:
            kek: the new key-encryption key.
            progress: told after each page how many owners are done.

        Returns:
            How many records were wrapped anew.

        """
        trial = new_keys()
        proven(wrap(trial, RING, kek), trial, RING, kek)
        self._keks[kek.name] = kek
        self._kek = kek
        count = 0
        for done, name in enumerate(self._all(), 1):
            record = self._record(name)
            if record is not None and record.wrapped and (record.kek != kek.name or (isinstance(kek, Versions) and kek.outdated(record.wrapped))):
                self._rewrite(name, lambda keys: keys)
                count += 1
            if progress is not None:
                progress(done)
        return count

    def status(self) -> KeyStatus:
        """Return what the key store holds."""
        owners = destroyed = 0
        by: dict[str, int] = {}
        for name in self._all():
            record = self._record(name)
            if record is None:
                continue
            if record.wrapped:
                by[record.kek] = by.get(record.kek, 0) + 1
            owners += bool(record.wrapped) and name != RING
            destroyed += not record.wrapped
        return KeyStatus(owners, destroyed, by)

    def close(self) -> None:
        """Forget all keys, and close the key store."""
        with self._lock:
            self._held.clear()
            self._names.clear()
            self._ring = None
        for kek in self._keks.values():
            if isinstance(kek, Connected):
                kek.close()
        self.store.close()

    def __repr__(self) -> str:
        """Return the name of what wraps."""
        return f"Keyring({self._kek.name})"

    def __reduce__(self) -> Never:
        """Refuse to be pickled or copied."""
        raise TypeError("a keyring is not pickled or copied; open it anew where it is needed")

    def _find(self, name: str, *, make: bool, fresh: bool = False) -> OwnerKeys:
        held = self._held.get(name)
        if held is not None and not fresh and self._clock() - held.seen < VALID:
            return held.keys
        with self._alone(name):
            return self._ask(name, make=make, fresh=fresh)

    def _ask(self, name: str, *, make: bool, fresh: bool) -> OwnerKeys:
        held = self._held.get(name)
        if held is not None and not fresh and self._clock() - held.seen < VALID:
            return held.keys  # another thread has asked meanwhile
        seen = self._clock()
        for _ in range(_TRIES):
            record = self.store.read(name)
            if held is not None and held.record == record:
                self._keep(name, held._replace(seen=seen))
                return held.keys
            self._forget(name)
            if record is not None:
                keys = unwrap(parse(record.body, "the key store"), name, self._keks)
                self._keep(name, _Held(keys, record, seen))
                return keys
            if not make:
                raise Locked("there is no key in the key store for what is sealed here; give the key store that this memory was sealed with")
            with suppress(Conflict):  # whoever made them first
                self.store.write(name, wrap(new_keys(), name, self._kek), expect=0)
        raise _contended()

    def _rewrite(self, name: str, change: Callable[[OwnerKeys], OwnerKeys]) -> OwnerKeys:
        for _ in range(_TRIES):
            record = self.store.read(name)
            if record is None:
                raise Locked("there is no key of this owner to be changed; one is made when something is written")
            keys = change(unwrap(parse(record.body, "the key store"), name, self._keks))
            body = proven(wrap(keys, name, self._kek), keys, name, self._kek)
            with suppress(Conflict):
                self.store.write(name, body, expect=record.revision)
                self._forget(name)
                return keys
        raise _contended()

    def _alone(self, name: str) -> Lock:
        """Return the lock under which a name is asked for. A forked process has its own: whoever held one may not have come along."""
        with self._lock:
            return self._asking.setdefault((getpid(), name), Lock())

    def _named(self, owner: Owner) -> str:
        name = self._name(owner, make=True)
        if name is None:
            raise _contended()
        return name

    def _name(self, owner: Owner, *, make: bool) -> str | None:
        """Return what an owner is called in the key store; None where there is no ring yet, and none is to be made."""
        name = self._names.get(owner)
        if name is not None:
            return name
        if self._ring is None:
            try:
                self._ring = self._find(RING, make=make)
            except Erased as error:
                raise Locked("the key store's own key was destroyed; restore the key store from a backup") from error
            except Locked:
                if self.store.read(RING) is None:
                    return None
                raise
        parts = [part.encode() for part in (owner.tenant, owner.kind, owner.name)]
        name = self._ring.mac(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).hex()[:32]
        with self._lock:
            self._names[owner] = name
            while len(self._names) > KEPT:
                self._names.popitem(last=False)
        return name

    def _keep(self, name: str, held: _Held) -> None:
        with self._lock:
            self._held[name] = held
            self._held.move_to_end(name)
            while len(self._held) > KEPT:
                self._held.popitem(last=False)

    def _forget(self, name: str) -> None:
        with self._lock:
            self._held.pop(name, None)

    def _record(self, name: str) -> Wrapped | None:
        record = self.store.read(name)
        return None if record is None else parse(record.body, "the key store")

    def _all(self) -> Iterator[str]:
        after: str | None = None
        while names := self.store.names(after=after, limit=_PAGE):
            yield from names
            after = names[-1]


def _contended() -> StoreError:
    return StoreError("the key store's record was changed by others again and again; try again")
