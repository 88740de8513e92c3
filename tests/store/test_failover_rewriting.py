"""Entries that are rewritten in an outage: what is read meanwhile, and what becomes of it when the primary is back."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from recollect.errors import Conflict, StoreError
from recollect.model import Document, Entry
from recollect.store.failover.operations import Rewrite
from recollect.store.failover.overlay import KNOWN
from recollect.store.protocol import REWRITTEN
from recollect.testing import ALICE, entry
from recollect.testing.values import entries, ids

from .failovers import House

Lent = Callable[..., House]


def say(house: House, *items: Entry) -> None:
    """Append to the primary, and to its copy."""
    for store in {house.behind, house.copy.store}:
        store.append(ALICE, "s", items)


def redact(house: House, *ids: str, body: bytes = b" x") -> int:
    """Rewrite messages of the session as a reader of it would."""
    found = house.store.entries(ALICE, "s")
    wanted = [replace(item, body=body, digest=body, tokens=1) for item in found if item.id in ids]
    return house.store.rewrite(ALICE, "s", wanted, edition=found[0].edition)


def told(house: House) -> dict[str, tuple[bytes, int]]:
    return {item.id: (item.body, item.edition) for item in house.store.entries(ALICE, "s")}


def test_a_rewrite_is_read_in_the_outage_and_is_on_the_primary_afterwards(house: House) -> None:
    old = [entry(f"{number}", b" old", tokens=5) for number in range(KNOWN + 50)]
    say(house, *old)
    house.down().append(ALICE, "s", [entry("new", tokens=5), entry("newer", tokens=5)])
    position = redact(house, "0", "249", "new")
    redact(house, "1")
    second = house.open()
    for store in (house.store, second):
        found = store.entries(ALICE, "s")
        by_id = {item.id: item for item in found}
        assert {item.edition for item in found} == {2}
        bodies = [b" x", b" x", b" old", b" old", b" x", b" x", entry("newer").body]
        assert [by_id[id].body for id in ("0", "1", "2", "248", "249", "new", "newer")] == bodies
        assert store.session(ALICE, "s").tokens == 5 * (KNOWN + 52) - 4 * 4
        assert [item.body for item in store.at(ALICE, [found[0].position, found[2].position, found[-2].position])] == [b" x", b" old", b" x"]
        assert store.entries(ALICE, "s", limit=1, opening=1, newest=True)[0].body == b" x"
        assert store.documents(ALICE, REWRITTEN) == [Document(REWRITTEN, "s", b"", store.documents(ALICE, REWRITTEN)[0].position)]
        assert store.documents(ALICE, REWRITTEN)[0].position > position
        assert store.append(ALICE, "s", [replace(entry("new"), digest=b" x")]) == by_id["new"].position, "a retry of what it holds now"
    before = {item.id: item.body for item in found}
    assert {item.id: item.body for item in house.up().entries(ALICE, "s")} == before
    assert house.behind.entries(ALICE, "s")[0].edition == 2
    assert house.behind.session(ALICE, "s").tokens == 5 * (KNOWN + 52) - 4 * 4
    assert house.store.refused() == []


def test_what_was_rewritten_differently_meanwhile_is_refused_and_nothing_else_is_lost(lagging: House, caplog: pytest.LogCaptureFixture) -> None:
    say(lagging, *entries("a", "b", "c"))
    lagging.down()
    redact(lagging, "a", "b")
    redact(lagging, "c")
    lagging.store.append(ALICE, "s", entries("d"))
    there = lagging.behind.entries(ALICE, "s")
    lagging.behind.rewrite(ALICE, "s", [replace(there[1], body=b" another's", digest=b"!")], edition=0)
    shown = lagging.store.entries(ALICE, "s")[0].edition
    assert lagging.up().replay()
    found = told(lagging)
    assert {id: body for id, (body, _) in found.items()} == {"a": entry("a").body, "b": b" another's", "c": b" x", "d": entry("d").body}
    assert found["a"][1] > shown, "who has read in the outage knows that it is stale"
    (refused,) = lagging.store.refused()
    assert isinstance(refused.operation, Rewrite)
    assert "'b'" in refused.reason
    assert "rewrite it anew" in refused.reason
    assert "refused" in caplog.text


def test_a_spool_without_rewrites_is_still_read_by_an_earlier_recollect(house: House) -> None:
    def version() -> int:
        return house.store._spool._fetch("SELECT version FROM recollect_spool")[0][0]

    house.down().append(ALICE, "s", entries("a"))
    assert version() == 1
    redact(house, "a")
    assert version() == 2


def test_what_is_gone_at_the_primary_stays_gone(house: House) -> None:
    say(house, *entries("a", "b"))
    house.down()
    redact(house, "a", "b")
    house.behind.clear_session(ALICE, "s")
    house.behind.append(ALICE, "s", entries("b"))
    assert house.up().replay()
    assert told(house)["b"] == (b" x", 1)
    assert list(told(house)) == ["b"]


def test_a_rewrite_that_was_cut_off_behind_its_commit_happens_once(lagging: House) -> None:
    say(lagging, *entries("a"))
    found = lagging.store.entries(ALICE, "s")
    lagging.primary.cut = True
    with pytest.raises(StoreError) as caught:
        lagging.store.rewrite(ALICE, "s", [replace(found[0], body=b" x", digest=b" x", tokens=1)], edition=0)
    assert caught.value.outcome == "unknown"
    assert redact(lagging, "a") > 0
    assert lagging.up().replay()
    assert told(lagging) == {"a": (b" x", 1)}
    assert lagging.store.refused() == []


def test_a_message_that_comes_anew_under_its_id_is_not_the_one_that_was_rewritten(house: House) -> None:
    say(house, *entries("a"))
    house.down()
    redact(house, "a")
    house.store.clear_session(ALICE, "s")
    house.store.append(ALICE, "s", entries("a"))
    assert told(house)["a"][0] == entry("a").body
    redact(house, "a", body=b" y")
    assert told(house)["a"][0] == b" y"
    assert house.up().replay()
    assert told(house)["a"][0] == b" y"


def test_what_was_read_on_the_other_side_of_a_transition_is_a_conflict_and_not_taken_for_gone(lagging: House) -> None:
    say(lagging, *entries("a"))
    lagging.behind.append(ALICE, "s", entries("not copied yet"))
    before = lagging.store.entries(ALICE, "s")
    lagging.down().append(ALICE, "s", entries("b"))
    with pytest.raises(Conflict, match="read of the primary"):
        lagging.store.rewrite(ALICE, "s", before[1:], edition=0)
    meanwhile = lagging.store.entries(ALICE, "s")
    assert ids(meanwhile) == ["a", "b"]
    assert lagging.up().replay()
    for item in meanwhile:
        with pytest.raises(Conflict, match="an outage that is over"):
            lagging.store.rewrite(ALICE, "s", [item], edition=0)
    lagging.down().append(ALICE, "s", entries("c"))
    with pytest.raises(Conflict, match="an outage that is over"):
        lagging.store.rewrite(ALICE, "s", meanwhile[1:], edition=0)
    assert lagging.store.state.waiting == 1
