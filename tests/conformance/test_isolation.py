"""No owner, session, collection or key ever sees what belongs to another, however alike their names are."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from conformance.kinds import KINDS
from recollect import Memory, Message
from recollect.model import Document, Entry, Owner
from recollect.store.protocol import SETTINGS, Store
from recollect.testing import ManualClock, entry

PARTS = ["a", "A", "_", ":", "/", "%", "*", "?", ".", "..", "\x00", "\u00e9", "e\u0301", "\u00c9"]
"""What easily means something else in a path, a pattern, a key or a query; both forms of one letter; its case twin."""

LONG = "x" * 511
NAMES = [
    *PARTS,
    *("a" + part for part in PARTS),
    *("a" + part + "b" for part in PARTS),
    "%2F",
    "a%2Fb",
    "a/../a",
    "[a]",
    "{a}",
    "a\\b",
    "a b",
    "a ",
    "con",
    LONG,
    LONG + "x",
    LONG + "X",
    "\u00e9" * 256,
]
JOINED = [
    ("a_b", "c"),
    ("a", "b_c"),
    ("a:b", "c"),
    ("a", "b:c"),
    ("a/b", "c"),
    ("a", "b/c"),
    ("a\x00b", "c"),
    ("a", "b\x00c"),
    ("ab", "c"),
    ("a", "bc"),
]
"""Pairs that are the same when they are joined."""


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    store = KINDS[request.param].open(tmp_path, ManualClock())
    yield store
    store.close()


def owners() -> list[Owner]:
    """Return owners of which every two are different, and many are alike."""
    found = [Owner("", "user", name) for name in NAMES] + [Owner("", "session", name) for name in NAMES]
    found += [Owner(name, "user", "a") for name in NAMES] + [Owner(tenant, "user", user) for tenant, user in JOINED]
    found += [Owner(tenant, "session", name) for tenant, name in JOINED] + [Owner(tenant, "tenant", "") for tenant in ("", "a", "A", "a_b")]
    found += [Owner("user", "user", "user"), Owner("", "user", "user"), Owner("user", "session", "a")]
    return sorted(set(found))


def mark(*parts: object) -> bytes:
    """Return a body that tells whose it is."""
    return f" {parts!r}".encode()


def write(store: Store, owner: Owner) -> None:
    store.append(owner, "s", [entry("1", mark(owner, 1)), entry("2", mark(owner, 2))])
    store.put(owner, [Document("c", "k", mark(owner, "document"))])
    store.update_session(owner, "s", mark(owner, "settings"), ttl=None, expect=0)


def sees_its_own_alone(store: Store, owner: Owner) -> None:
    """Check every operation that reads."""
    assert [item.body for item in store.entries(owner, "s")] == [mark(owner, 1), mark(owner, 2)]
    assert [item.body for item in store.entries(owner, "s", limit=1, newest=True, opening=1)] == [mark(owner, 1), mark(owner, 2)]
    state = store.session(owner, "s")
    assert state is not None
    assert (state.count, state.settings) == (2, mark(owner, "settings"))
    assert store.sessions(owner, limit=10) == [state]
    assert [item.body for item in store.documents(owner, "c")] == [mark(owner, "document")]
    assert [item.body for item in store.documents(owner, "c", keys=["k"])] == [mark(owner, "document")]
    assert [item.body for item in store.documents(owner, SETTINGS)] == [mark(owner, "settings")]
    bodies = [mark(owner, 1), mark(owner, 2), mark(owner, "document"), mark(owner, "settings")]
    assert [item.body for item in store.changes(owner, 0, 100)] == bodies


def sees_nothing(store: Store, owner: Owner) -> None:
    assert store.entries(owner, "s") == store.sessions(owner, limit=10) == store.documents(owner, "c") == store.changes(owner, 0, 10) == []
    assert store.session(owner, "s") is None


def test_every_two_owners_are_apart(store: Store) -> None:
    everyone = owners()
    assert len(everyone) > 150
    for owner in everyone:
        sees_nothing(store, owner)
        write(store, owner)
    for owner in everyone:
        sees_its_own_alone(store, owner)
    for tenant in {owner.tenant for owner in everyone}:
        expected = [owner for owner in everyone if owner.tenant == tenant]
        assert store.owners(tenant, limit=1000) == expected
        assert sorted(owner for owner, _ in store.recent(tenant, limit=1000)) == expected


def test_what_one_owner_removes_or_erases_all_others_keep(store: Store) -> None:
    everyone = owners()
    for owner in everyone:
        write(store, owner)
    for owner in everyone[::3]:
        assert store.erase(owner) is True
    for owner in everyone[1::3]:
        assert store.delete_session(owner, "s") is True
        store.put(owner, [Document("c", "k", None)])
    for number, owner in enumerate(everyone):
        if number % 3 == 0:
            sees_nothing(store, owner)
        elif number % 3 == 1:
            assert store.entries(owner, "s") == store.documents(owner, "c") == []
            assert not any(item.body for item in store.changes(owner, 0, 10))
        else:
            sees_its_own_alone(store, owner)


def test_every_two_sessions_of_an_owner_are_apart(store: Store) -> None:
    owner = Owner("", "user", "a")
    names = sorted({*NAMES, *(name for pair in JOINED for name in pair)})
    for name in names:
        store.append(owner, name, [entry(id, mark(name, id)) for id in ("1", name)])
        store.update_session(owner, name, mark(name), ttl=None, expect=0)
    for number, name in enumerate(names):
        if number % 3 == 0:
            assert store.delete_session(owner, name) is True
        elif number % 3 == 1:
            assert store.clear_session(owner, name) is True
    for number, name in enumerate(names):
        state = store.session(owner, name)
        assert (state is None) is (number % 3 == 0)
        assert [item.body for item in store.entries(owner, name)] == ([mark(name, "1"), mark(name, name)] if number % 3 == 2 else [])
        if state is not None:
            assert (state.name, state.settings) == (name, mark(name))
    told = [item for item in store.changes(owner, 0, 10_000) if isinstance(item, Entry)]
    assert all(item.body == mark(item.session, item.id) for item in told)
    assert {item.session for item in told} == set(names[2::3])


def test_every_two_collections_and_keys_are_apart(store: Store) -> None:
    owner = Owner("", "user", "a")
    places = sorted({*((name, "k") for name in NAMES), *(("c", name) for name in NAMES), *JOINED})
    for place in places:
        store.put(owner, [Document(*place, mark(place))])
    removed = set(places[::2])
    for place in removed:
        store.put(owner, [Document(*place, None)])
    for collection in {collection for collection, _ in places}:
        expected = sorted(key for other, key in places if other == collection and (other, key) not in removed)
        found = store.documents(owner, collection)
        assert [item.key for item in found] == expected
        assert all(item.body == mark((collection, item.key)) for item in found)
        for key in expected:
            assert [item.key for item in store.documents(owner, collection, prefix=key)] == [name for name in expected if name.startswith(key)]


def test_tenants_users_and_anonymous_sessions_are_apart_by_the_public_face_too(store: Store) -> None:
    names = ["a", "A", "a_b", "a%", "..", "\u00e9", "e\u0301", LONG + "x"]
    tenants = ["", "a", "a_b", "\u00e9", "e\u0301"]
    everyone = [(tenant, user, session) for tenant, user, session in product(tenants, (None, *names[:4]), names)]
    for place in everyone:
        tenant, user, session = place
        chat = Memory(store, tenant=tenant).session(session, user=user)
        chat.append(Message("user", repr(place), id="same"))
        chat.update(title=repr(place), ttl=timedelta(days=1))
    for tenant, user, session in everyone:
        chat = Memory(store, tenant=tenant).session(session, user=user)
        assert [message.text for message in chat.messages()] == [repr((tenant, user, session))]
        info = chat.info()
        assert info is not None
        assert (info.id, info.user, info.title) == (session, user, repr((tenant, user, session)))
    for tenant in tenants:
        memory = Memory(store, tenant=tenant)
        assert memory.users().items == sorted(names[:4])
        assert {(info.user, info.id) for info in memory.recent(limit=1000)} == set(product((None, *names[:4]), names))
        for user in names[:4]:
            assert sorted(info.id for info in memory.user(user).sessions()) == sorted(names)
    assert Memory(store, tenant="a").user("a").erase()
    for tenant, user, session in everyone:
        left = Memory(store, tenant=tenant).session(session, user=user).messages()
        assert len(left) == (0 if (tenant, user) == ("a", "a") else 1)
