"""Each owner has keys, made once, kept for a moment, and destroyed for good."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from privacy.keyrings import keyring
from recollect.errors import Conflict, Damaged, Erased, Locked
from recollect.model import Owner
from recollect.privacy.keys import KeyRecord, Keyring, KeyStore
from recollect.privacy.keys.keyring import KEPT, VALID
from recollect.privacy.keys.keystore import StoredKeys
from recollect.privacy.keys.secret import Secret
from recollect.privacy.keys.wrapping import LocalKey
from recollect.store.files import FileStore
from recollect.store.memory import MemoryStore
from recollect.store.sqlite import SQLiteStore

ALICE, BOB = Owner("", "user", "alice"), Owner("", "user", "bob")
KEK = LocalKey(Secret(b"k" * 32))
OTHER = LocalKey(Secret(b"o" * 32))
TEXT = b"the same"


class PluggedIn:
    """A key store as somebody else may write one."""

    def __init__(self) -> None:
        self.records: dict[str, KeyRecord] = {}

    def read(self, name: str) -> KeyRecord | None:
        return self.records.get(name)

    def write(self, name: str, body: bytes, *, expect: int) -> None:
        there = self.records.get(name)
        if (0 if there is None else there.revision) != expect:
            raise Conflict("somebody was first", 0)
        self.records[name] = KeyRecord(body, expect + 1)

    def names(self, *, after: str | None = None, limit: int) -> list[str]:
        return [name for name in sorted(self.records) if after is None or name > after][:limit]

    def close(self) -> None:
        pass


@pytest.fixture(params=["sqlite", "files", "memory", "a plug-in"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KeyStore]:
    kinds = {
        "sqlite": lambda: StoredKeys(SQLiteStore(tmp_path / "keys.db")),
        "files": lambda: StoredKeys(FileStore(tmp_path / "keys")),
        "memory": lambda: StoredKeys(MemoryStore()),
        "a plug-in": PluggedIn,
    }
    with closing(kinds[request.param]()) as store:
        yield store


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_owner_has_the_same_keys_in_every_process_and_another_one_others(store: KeyStore) -> None:
    first, second = Keyring(KEK, store), Keyring(KEK, store)
    assert first.key(ALICE, make=True).mac(TEXT) == second.key(ALICE).mac(TEXT)
    assert first.key(BOB, make=True).mac(TEXT) != first.key(ALICE).mac(TEXT)


def test_processes_that_make_keys_at_once_agree(store: KeyStore) -> None:
    rings = [Keyring(KEK, store) for _ in range(8)]
    owners = [Owner("", "user", f"user {n}") for n in range(5)]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda ring: [ring.key(owner, make=True).mac(TEXT) for owner in owners], rings))
    assert len({tuple(macs) for macs in made}) == 1
    assert len(set(made[0])) == 5


def test_keys_are_made_by_whoever_writes_and_not_by_whoever_reads(store: KeyStore) -> None:
    ring = Keyring(KEK, store)
    with pytest.raises(Locked, match="no keys at all"):
        ring.key(ALICE)
    ring.key(BOB, make=True)
    with pytest.raises(Locked, match="no key in the key store"):
        ring.key(ALICE)


def test_a_destroyed_key_is_never_made_again(store: KeyStore) -> None:
    ring, clock = Keyring(KEK, store), Clock()
    other = Keyring(KEK, store, clock=clock)
    other.key(ALICE, make=True)
    assert ring.destroy(ALICE)
    assert ring.destroyed(ALICE)
    assert not ring.destroy(ALICE)
    for make in (True, False):
        with pytest.raises(Erased):
            ring.key(ALICE, make=make)
    other.key(ALICE)
    clock.now += VALID
    with pytest.raises(Erased):
        other.key(ALICE, make=True)


def test_who_has_no_key_yet_can_be_kept_from_getting_one(store: KeyStore) -> None:
    ring = Keyring(KEK, store)
    assert not ring.destroy(ALICE)
    with pytest.raises(Erased):
        ring.key(ALICE, make=True)


def test_who_is_let_in_again_has_other_keys(store: KeyStore) -> None:
    ring = Keyring(KEK, store)
    before = ring.key(ALICE, make=True)
    assert not ring.readmit(ALICE)
    ring.destroy(ALICE)
    assert ring.readmit(ALICE)
    assert not ring.destroyed(ALICE)
    after = ring.key(ALICE)
    assert (after.newest, after.before) == (2, 1)
    assert after.mac(TEXT) != before.mac(TEXT)


def test_a_rotation_adds_a_key_and_keeps_the_old_one_and_the_digests(store: KeyStore) -> None:
    ring = Keyring(KEK, store)
    before = ring.key(ALICE, make=True)
    assert ring.rotate(ALICE) == 2
    after = ring.key(ALICE)
    assert after.ids == [1, 2]
    assert after.newest == 2
    assert after.mac(TEXT) == before.mac(TEXT)
    old, new = before.key(1), after.key(1)
    assert old is not None
    assert new is not None
    assert old.mac(TEXT) == new.mac(TEXT)
    with pytest.raises(Locked):
        ring.rotate(BOB)


def test_keys_are_wrapped_anew_and_only_that(store: KeyStore) -> None:
    ring = Keyring(KEK, store)
    macs = {owner: ring.key(owner, make=True).mac(TEXT) for owner in (ALICE, BOB)}
    ring.destroy(Owner("", "user", "carol"))
    steps: list[int] = []
    assert ring.rewrap(OTHER, steps.append) == 3
    assert steps == [1, 2, 3, 4]
    status = ring.status()
    assert (status.owners, status.destroyed, status.wrapped_by) == (2, 1, {OTHER.name: 3})
    new = Keyring(OTHER, store)
    assert {owner: new.key(owner).mac(TEXT) for owner in (ALICE, BOB)} == macs
    with pytest.raises(Locked, match=OTHER.name):
        Keyring(KEK, store).key(ALICE)
    assert ring.rewrap(OTHER) == 0


def test_an_interrupted_rewrapping_goes_on(store: KeyStore) -> None:
    ring = Keyring(KEK, store)
    owners = [Owner("", "user", f"user {n}") for n in range(10)]
    macs = [ring.key(owner, make=True).mac(TEXT) for owner in owners]

    def stop(done: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ring.rewrap(OTHER, stop)
    both = Keyring([OTHER, KEK], store)
    assert [both.key(owner).mac(TEXT) for owner in owners] == macs
    assert both.rewrap(OTHER) == 7
    assert [Keyring(OTHER, store).key(owner).mac(TEXT) for owner in owners] == macs


def test_keys_are_wrapped_anew_while_others_are_made_used_rotated_and_destroyed(store: KeyStore) -> None:
    owners = [Owner("", "user", f"user {n}") for n in range(30)]
    Keyring(KEK, store).key(owners[0], make=True)

    def work(owner: Owner) -> bytes:
        ring = Keyring([OTHER, KEK], store)
        mac = ring.key(owner, make=True).mac(TEXT)
        ring.rotate(owner)
        assert ring.key(owner).mac(TEXT) == mac
        if owner.name.endswith("7"):
            ring.destroy(owner)
        return mac

    ring = Keyring(KEK, store)
    with ThreadPoolExecutor(4) as pool:
        macs = pool.map(work, owners)
        while True:
            ring.rewrap(OTHER)
            if len(store.names(limit=100)) == 31:
                break
        found = list(macs)
    ring.rewrap(OTHER)
    new = Keyring(OTHER, store)
    for owner, mac in zip(owners, found, strict=True):
        if owner.name.endswith("7"):
            assert new.destroyed(owner)
        else:
            assert new.key(owner).mac(TEXT) == mac


class Unbound(LocalKey):
    """A key service that cannot bind a name to what it wraps."""

    def wrap(self, secret: bytes, under: str) -> bytes:
        return super().wrap(secret, "")

    def unwrap(self, wrapped: bytes, under: str) -> bytes:
        return super().unwrap(wrapped, "")


@pytest.mark.parametrize("kek", [KEK, Unbound(Secret(b"u" * 32))], ids=["bound", "unbound"])
def test_keys_that_were_put_under_another_name_are_refused(store: KeyStore, kek: LocalKey) -> None:
    ring = Keyring(kek, store)
    for owner in (ALICE, BOB):
        ring.key(owner, make=True)
    one, two, _ = store.names(limit=3)
    first, second = store.read(one), store.read(two)
    assert first is not None
    assert second is not None
    store.write(one, second.body, expect=first.revision)
    store.write(two, first.body, expect=second.revision)
    other = Keyring(kek, store)
    for owner in (ALICE, BOB):
        with pytest.raises((Damaged, Locked), match=r"another owner's|does not open"):
            other.key(owner)


def test_a_process_keeps_the_keys_of_so_many_owners_and_no_more() -> None:
    ring = Keyring(KEK, PluggedIn())
    for n in range(KEPT + 10):
        ring.key(Owner("", "user", f"{n}"), make=True)
    assert len(ring._held) == len(ring._names) == KEPT


def test_a_key_in_use_is_not_unwrapped_again_unless_it_has_changed() -> None:
    class Counting(LocalKey):
        count = 0

        def unwrap(self, wrapped: bytes, under: str) -> bytes:
            self.count += 1
            return super().unwrap(wrapped, under)

    kek, clock = Counting(Secret(b"k" * 32)), Clock()
    ring = Keyring(kek, PluggedIn(), clock=clock)
    ring.key(ALICE, make=True)
    count = kek.count
    for _ in range(5):
        clock.now += VALID
        ring.key(ALICE)
    assert kek.count == count
    ring.rotate(ALICE)
    assert ring.key(ALICE).newest == 2


def bytes_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("kind", ["sqlite", "files"])
def test_the_key_store_holds_no_names_and_nothing_of_a_destroyed_key(tmp_path: Path, kind: str) -> None:
    kept = StoredKeys(SQLiteStore(tmp_path / "keys.db") if kind == "sqlite" else FileStore(tmp_path / "keys"))
    ring = Keyring(KEK, kept)
    owner = Owner("Zanzibar", "user", "Timbuktu")
    ring.key(owner, make=True)
    record = kept.read(ring._names[owner])
    assert record is not None
    part = record.body[-60:-10]
    assert part in bytes_in(tmp_path)
    ring.destroy(owner)
    held = bytes_in(tmp_path)
    ring.close()
    for marker in (b"Zanzibar", b"Timbuktu", part):
        assert marker not in held


def test_a_key_store_in_a_file_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    with closing(keyring(tmp_path)) as ring:
        ring.key(ALICE, make=True)
        assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
