"""Every kind of key-encryption key does the same: wraps, opens what it wrapped for a name, and gives way to any other kind."""

import copy
import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from privacy.keys.keks import KINDS, kek
from recollect import Memory
from recollect.errors import KeyServiceFailed, Locked
from recollect.model import Owner
from recollect.privacy.keys import Keyring, KeyWrap
from recollect.privacy.keys.keyring import VALID
from recollect.privacy.keys.keystore import StoredKeys
from recollect.privacy.keys.opening import open_kek, open_keyring
from recollect.privacy.keys.secret import Secret
from recollect.privacy.keys.wrapping import Connected, LocalKey
from recollect.store.memory import MemoryStore

ALICE = Owner("", "user", "alice")
SECRET = bytes(range(256)) * 13  # 100 keys have 3,349 bytes


@pytest.fixture(params=KINDS)
def one(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KeyWrap]:
    with kek(request.param, tmp_path) as text:
        opened = open_kek(text)
        yield opened
        if isinstance(opened, Connected):
            opened.close()


def test_what_was_wrapped_comes_back_and_no_two_wraps_are_the_same(one: KeyWrap) -> None:
    wrapped = [one.wrap(SECRET, "ring") for _ in range(2)]
    assert [one.unwrap(each, "ring") for each in wrapped] == [SECRET] * 2
    assert wrapped[0] != wrapped[1]
    assert SECRET[:32] not in wrapped[0]


def test_what_was_wrapped_for_one_name_does_not_open_for_another(one: KeyWrap) -> None:
    wrapped = one.wrap(SECRET, "alice")
    with pytest.raises(Locked, match="damaged"):
        one.unwrap(wrapped, "bob")


def test_damaged_bytes_are_refused(one: KeyWrap) -> None:
    wrapped = one.wrap(SECRET, "alice")
    middle = len(wrapped) // 2
    for damaged in (b"", b"x", wrapped[:-8], wrapped[:middle] + bytes([wrapped[middle] ^ 1]) + wrapped[middle + 1 :], b"\xff" * 50):
        with pytest.raises(Locked):
            one.unwrap(damaged, "alice")


def test_a_text_shows_its_name_and_it_is_not_pickled_with_a_client(one: KeyWrap) -> None:
    assert one.name in repr(one)
    if isinstance(one, Connected):
        for doing in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="not pickled or copied"):
                doing(one)


@pytest.mark.parametrize("after", KINDS)
@pytest.mark.parametrize("before", KINDS)
def test_any_kind_gives_way_to_any_other(before: str, after: str, tmp_path: Path) -> None:
    with ExitStack() as lent:
        old = lent.enter_context(kek(before, tmp_path))
        store = str(tmp_path / "keys.db")
        owners = [Owner("", "user", f"user {n}") for n in range(4)]
        with closing(open_keyring(store, old)) as ring:
            macs = [ring.key(owner, make=True).mac(b"") for owner in owners]
            ring.destroy(owners[3])
            new = lent.enter_context(kek(after, tmp_path)) if after != before or after != "keyring" else old
            wrap = open_kek(new)
            assert ring.rewrap(wrap) == (0 if new == old else 4)
        with closing(open_keyring(store, new)) as ring:
            assert [ring.key(owner).mac(b"") for owner in owners[:3]] == macs[:3]
            assert ring.destroyed(owners[3])
            assert ring.status().wrapped_by == {wrap.name: 4}


def test_no_client_is_imported_before_its_kind_is_named(tmp_path: Path) -> None:
    code = (
        "import sys; from recollect.privacy.keys.opening import new_kek; import recollect.cli.keys; new_kek('kek');"
        "assert not {'boto3', 'botocore', 'hvac', 'keyring', 'requests', 'urllib3'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)


class Counting:
    """Counts what is asked of a key service."""

    name = "counting"

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.down = False
        self._key = LocalKey(Secret(b"k" * 32))

    def wrap(self, secret: bytes, under: str) -> bytes:
        self._ask("wrap")
        return self._key.wrap(secret, under)

    def unwrap(self, wrapped: bytes, under: str) -> bytes:
        self._ask(under)
        return self._key.unwrap(wrapped, under)

    def _ask(self, what: str) -> None:
        self.asked[what] += 1
        if self.down:
            raise KeyServiceFailed("it is down")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_turns_of_many_threads_ask_the_key_service_once_for_each_user() -> None:
    kept, data, clock, counting = StoredKeys(MemoryStore()), MemoryStore(), Clock(), Counting()
    users = [f"user {n}" for n in range(3)]

    def turns(memory: Memory) -> None:
        for user in users:
            session = memory.session("s", user=user)
            session.append(user="hello", assistant="hello")
            session.messages()

    def work() -> None:
        memory = Memory(data, keys=Keyring(counting, kept, clock=clock), embedder=None)
        with ThreadPoolExecutor(8) as pool:
            for done in [pool.submit(turns, memory) for _ in range(8)]:
                done.result()
        clock.now += 10 * VALID
        turns(memory)

    work()
    assert counting.asked.pop("wrap") == 5  # the ring, the tenant's ledger and three users
    counting.asked.clear()
    work()  # as another process would
    assert set(counting.asked.values()) == {1}
    assert len(counting.asked) == 5


def test_users_whose_keys_are_in_use_go_on_while_the_key_service_is_down() -> None:
    kept, clock, counting = StoredKeys(MemoryStore()), Clock(), Counting()
    ring = Keyring(counting, kept, clock=clock)
    with Memory(MemoryStore(), keys=ring, embedder=None) as memory:
        memory.session("s", user="alice").append(user="hello")
        counting.down = True
        clock.now += 100 * VALID
        memory.session("s", user="alice").append(user="and again")
        assert len(memory.session("s", user="alice").messages()) == 2
        with pytest.raises(KeyServiceFailed):
            memory.session("s", user="bob").append(user="hello")
        counting.down = False
        memory.session("s", user="bob").append(user="hello")
        assert len(memory.session("s", user="bob").messages()) == 1


def blind(kek: LocalKey) -> None:
    def unwrap(wrapped: bytes, under: str) -> bytes:
        raise Locked("it may wrap, and not unwrap")

    kek.unwrap = unwrap  # type: ignore[method-assign]


def forgetful(kek: LocalKey) -> None:
    first = kek.wrap(Keyring(kek, StoredKeys(MemoryStore())).key(ALICE, make=True).plain("ring"), "ring")
    kek.wrap = lambda secret, under: first  # type: ignore[method-assign]


@pytest.mark.parametrize("spoil", [blind, forgetful])
def test_a_key_that_does_not_open_again_what_it_wrapped_replaces_nothing(spoil: Callable[[LocalKey], None]) -> None:
    store = StoredKeys(MemoryStore())
    ring = Keyring(LocalKey(Secret(b"k" * 32)), store)
    ring.key(ALICE, make=True)
    before = {name: store.read(name) for name in store.names(limit=10)}
    new = LocalKey(Secret(b"n" * 32))
    spoil(new)
    with pytest.raises((Locked, KeyServiceFailed)):
        ring.rewrap(new)
    assert {name: store.read(name) for name in store.names(limit=10)} == before
    ring.rotate(ALICE)
    assert ring.status().wrapped_by == {LocalKey(Secret(b"k" * 32)).name: 2}


def test_a_rewrapping_that_a_failing_service_breaks_off_goes_on() -> None:
    store, new = StoredKeys(MemoryStore()), Counting()
    old = LocalKey(Secret(b"o" * 32))
    owners = [Owner("", "user", f"user {n}") for n in range(6)]
    ring = Keyring(old, store)
    macs = [ring.key(owner, make=True).mac(b"") for owner in owners]

    def fail(done: int) -> None:
        new.down = done == 3

    with pytest.raises(KeyServiceFailed):
        ring.rewrap(new, fail)
    assert ring.status().wrapped_by == {new.name: 3, old.name: 4}
    new.down = False
    both = Keyring([new, old], store)
    assert [both.key(owner).mac(b"") for owner in owners] == macs
    assert both.rewrap(new) == 4
    assert [Keyring(new, store).key(owner).mac(b"") for owner in owners] == macs


def test_keys_move_to_vault_while_turns_go_on(tmp_path: Path) -> None:
    with kek("file", tmp_path) as old, kek("vault", tmp_path) as new:
        store, data = str(tmp_path / "keys.db"), MemoryStore()
        open_keyring(store, old).close()
        over = False

        def turns(number: int) -> int:
            count = 0
            while not over or count < 5:
                with closing(open_keyring(store, f"{old},{new}")) as ring:
                    memory = Memory(data, keys=ring, embedder=None)
                    for user in (f"user {number}", f"user {number} {count}"):
                        memory.session("s", user=user).append(user=f"turn {count}")
                count += 1
            return count

        with ThreadPoolExecutor(3) as pool:
            running = [pool.submit(turns, number) for number in range(3)]
            with closing(open_keyring(store, f"{new},{old}")) as ring:
                for _ in range(3):
                    ring.rewrap(open_kek(new))
                over = True
                counts = [one.result() for one in running]
                ring.rewrap(open_kek(new))
        with closing(open_keyring(store, new)) as ring:
            memory = Memory(data, keys=ring, embedder=None)
            for number, count in enumerate(counts):
                assert len(memory.session("s", user=f"user {number}").messages()) == count
