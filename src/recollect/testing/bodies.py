"""Bodies are opaque, and are really there."""
# ruff: noqa: D102, S101  # the tests' names are sentences, and what they do is assert

from pathlib import Path
from random import Random

import pytest

from recollect.model import Document
from recollect.store.protocol import Store
from recollect.testing.setting import Setting
from recollect.testing.values import ALICE, BOB, entries, entry, state_of

MEGABYTES = 5_000_000

BODIES = {
    "every byte": bytes(range(256)),
    "empty": b"",
    "NUL": b"\x00",
    "line ends": b'\n\r\n {"a":1}\n\x1a',
    "not UTF-8": b"\xff\xfe\x80",
    "5 MB": Random(5).randbytes(MEGABYTES),
}


class Bodies(Setting):
    """What goes in comes out, and stands in the database."""

    @pytest.mark.parametrize("kind", BODIES)
    def test_a_body_comes_back_byte_for_byte(self, store: Store, place: Path, kind: str) -> None:
        body = BODIES[kind]
        position = store.append(ALICE, "s", [entry("a", body)])
        store.put(ALICE, [Document("c", "k", body)])
        store.update_session(ALICE, "s", body, ttl=None, expect=0)
        state = state_of(store, ALICE, "s")
        (stored,), (document,) = store.entries(ALICE, "s"), store.documents(ALICE, "c")
        assert stored.body == document.body == state.settings == body
        assert (stored.position, stored.digest) == (position, entry("a", body).digest)
        assert [item.body for item in store.changes(ALICE, 0, 10)] == [body] * 3
        assert self.raw_bodies(store, place) == [body] * 3

    def test_the_database_holds_what_was_written_less_what_was_removed(self, store: Store, place: Path) -> None:
        for owner in (ALICE, BOB):
            for session in ("kept", "cleared", "deleted"):
                store.append(owner, session, [entry(f"{n}", f" {owner.name} {session} {n}".encode()) for n in range(3)])
                store.update_session(owner, session, f" settings {owner.name} {session}".encode(), ttl=None, expect=0)
            store.put(owner, [Document("c", "replaced", b"old"), Document("c", "removed", b"old")])
        store.clear_session(ALICE, "cleared")
        store.delete_session(ALICE, "deleted")
        store.put(ALICE, [Document("c", "replaced", b"new"), Document("c", "removed", None)])
        store.erase(BOB)
        expected = [b" alice kept 0", b" alice kept 1", b" alice kept 2", b" settings alice cleared", b" settings alice kept", b"new"]
        assert sorted(body for body in self.raw_bodies(store, place) if body) == expected

    def test_a_refused_batch_leaves_nothing_in_the_database(self, store: Store, place: Path) -> None:
        store.append(ALICE, "s", entries("a"))
        with pytest.raises(Exception, match="'a'"):
            store.append(ALICE, "s", [entry("new"), entry("a", b" other")])
        assert self.raw_bodies(store, place) == [entry("a").body]

    def test_the_size_is_at_least_that_of_the_bodies(self, store: Store) -> None:
        store.append(ALICE, "s", [entry("a", BODIES["5 MB"])])
        assert store.size() >= MEGABYTES
