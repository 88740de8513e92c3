"""Facts that are used stay; the others fade, are put aside, and can be brought back."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from conformance.kinds import KINDS
from recollect import Conflict, Invalid, Memory, NotFound, Recall
from recollect.codec.facts import encode_fact
from recollect.core.ageing import reinforce
from recollect.core.stating import stated
from recollect.facts.hygiene import report
from recollect.model import Owner, utc_now
from recollect.runtime import complete
from recollect.store.memory import MemoryStore
from recollect.testing import ManualClock

ALICE = Owner("", "user", "alice")
NOW = datetime.now(UTC)


@pytest.fixture
def alice() -> Any:
    return Memory(MemoryStore()).user("alice")


@pytest.fixture(params=KINDS)
def on_any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    store = KINDS[request.param].open(tmp_path, ManualClock())
    yield Memory(store).user("alice")
    store.close()


def long_ago(user: Any, text: str | None = None, *, days: float = 2000, **fields: Any) -> Any:
    """Remember something, so many days ago."""
    fact = user.remember(text, **fields)
    then = NOW - timedelta(days=days)
    user._engine.store.put(ALICE, [encode_fact(replace(fact, created=then, valid_from=fields.get("valid_from", then)))])
    return next(one for one in user.facts(archived=True, history=True) if one.id == fact.id)


def use(user: Any, *facts: Any) -> None:
    complete(reinforce(user._engine, ALICE, facts))


def texts(user: Any, **wanted: Any) -> list[str]:
    return [fact.text for fact in user.facts(**wanted)]


def test_what_has_faded_is_put_aside_and_can_be_brought_back(on_any_store: Any) -> None:
    alice = on_any_store
    old = long_ago(alice, "likes discos")
    alice.remember("has a dog")
    assert old.strength < 0.05
    plan = alice.prune()
    assert ([fact.text for fact in plan.archived], plan.change) == (["likes discos"], None)
    assert texts(alice) == ["likes discos", "has a dog"]
    assert alice.prune(dry_run=False).archived == plan.archived
    assert texts(alice) == ["has a dog"]
    assert texts(alice, archived=True) == ["likes discos", "has a dog"]
    back = alice.restore(old)
    assert (back.archived, back.uses) == (None, 1)
    assert texts(alice) == ["likes discos", "has a dog"]
    assert alice.prune(dry_run=False).archived == []


def test_a_pruning_can_be_undone_as_far_as_its_facts_are_there(on_any_store: Any) -> None:
    alice = on_any_store
    first, second = long_ago(alice, "likes discos"), long_ago(alice, "likes techno")
    pruned = alice.prune(dry_run=False)
    alice.forget(first)
    assert [fact.id for fact in alice.undo(pruned.change)] == [second.id]
    assert texts(alice) == ["likes techno"]
    with pytest.raises(NotFound, match="undone"):
        alice.undo(pruned.change)
    assert b"techno" not in b"".join(document.body or b"" for document in alice._engine.store.documents(ALICE, "recollect.facts.changes"))


def test_what_has_expired_is_removed_with_what_it_superseded(on_any_store: Any) -> None:
    alice = on_any_store
    alice.remember(attribute="lives in", value="Lisbon", valid_from=NOW - timedelta(days=9))
    alice.remember(attribute="lives in", value="Paris", valid_from=NOW - timedelta(days=5), expires=NOW - timedelta(days=1))
    assert [fact.value for fact in alice.prune().expired] == ["Paris"]
    alice.prune(dry_run=False)
    assert alice.facts(history=True, as_of=NOW - timedelta(days=2)) == []
    assert alice._engine.store.documents(ALICE, "recollect.facts") == []


def test_a_use_makes_a_fact_strong_again_and_is_written_once_an_hour(on_any_store: Any) -> None:
    alice = on_any_store
    fact = long_ago(alice, "likes discos", days=365)
    assert fact.strength == pytest.approx(0.5 ** (365 / 180), abs=0.01)
    before = len(alice._engine.store.changes(ALICE, 0, 100))
    use(alice, fact)
    (used,) = alice.facts()
    assert (used.strength, used.uses) == (pytest.approx(1, abs=0.001), 1)
    use(alice, used, fact)
    use(Memory(alice._engine.store).user("alice"), fact)
    assert len(alice._engine.store.changes(ALICE, 0, 100)) == before + 1
    assert alice.facts() == [replace(used, strength=alice.facts()[0].strength)]


def test_a_use_never_meets_a_change_of_the_fact(alice: Any) -> None:
    fact = alice.remember("has a dog", sources=["a", "b"])
    use(alice, fact)
    position = alice.facts()[0].position
    assert position == fact.position
    alice.forget_source("a")
    assert alice.facts()[0].uses == 1
    alice.forget(fact)
    assert alice._engine.store.documents(ALICE, "recollect.uses") == []


def test_facts_that_are_merged_are_one_until_that_is_undone(on_any_store: Any) -> None:
    alice = on_any_store
    first, second, third = (alice.remember(text, sources=[text]) for text in ("has a dog", "owns a dog", "has a dog named Rex"))
    merged = alice.merge([third, first, second.id])
    assert [fact.id for fact in alice.facts()] == [third.id] == [merged.fact.id]
    assert [source.session for source in merged.fact.sources] == ["has a dog named Rex", "has a dog", "owns a dog"]
    assert {fact.id for fact in alice.undo(merged.change)} == {first.id, second.id}
    assert alice.facts() == [replace(fact, **kept(alice, fact)) for fact in (first, second, third)]


def test_what_was_merged_into_a_fact_is_forgotten_with_it(on_any_store: Any) -> None:
    alice = on_any_store
    first, second, third, back = (alice.remember(text) for text in ("has a dog", "owns a dog", "has a dog named Rex", "keeps a dog"))
    before = alice.merge([second, third])
    last = alice.merge([first, second, back])
    alice.restore(back)
    assert alice.forget(first) == 3
    assert [alice.undo(one.change) for one in (last, before)] == [[], []]
    assert [fact.id for fact in alice.facts(history=True, archived=True)] == [back.id], "what was brought back stands for itself"


def kept(user: Any, fact: Any) -> dict[str, Any]:
    """Return what may differ: the position, and what tells of uses."""
    now = next(one for one in user.facts() if one.id == fact.id)
    return {name: getattr(now, name) for name in ("position", "used", "uses", "strength")}


def test_what_is_merged_or_pruned_is_asked_for_rightly(alice: Any) -> None:
    fact = alice.remember("has a dog")
    for wrong in (fact, [fact], [fact, fact], [], [7]):
        with pytest.raises(Invalid):
            alice.merge(wrong)
    with pytest.raises(NotFound):
        alice.merge([fact, "nothing"])
    for below in (-1, 2, "all", True):
        with pytest.raises(Invalid):
            alice.prune(below=below)
    with pytest.raises(Invalid):
        alice.undo("")


def test_hygiene_tells_so_many_pairs_and_how_many_more_there_are() -> None:
    facts = [stated(f"walks {'not ' if number % 2 else ''}to the big shop at corner number three with dog {number}") for number in range(80)]
    whole = report(facts, utc_now())
    assert (len(whole.similar), len(whole.contradicted), whole.more) == (1000, 1000, 80 * 79 // 2 - 2000)
    few = report(facts[:20], utc_now())
    assert (len(few.similar), len(few.contradicted), few.more) == (90, 100, 0)


def test_hygiene_names_what_should_be_looked_at(alice: Any) -> None:
    alice.remember("has a grey dog called Rex")
    alice.remember("has a dog called Rex")
    alice.remember("is a vegetarian")
    alice.remember("is not a vegetarian")
    alice.remember(attribute="likes", value="tea", adds=True)
    alice.remember(attribute="likes", value="coffee", adds=True)
    alice.remember("Likes tea.")
    alice.remember(attribute="lives in", value="Lisbon", valid_from=NOW - timedelta(days=9))
    alice.remember(attribute="lives in", value="Paris", trust="tool")
    old = long_ago(alice, "plays the tuba")
    found = alice.hygiene()
    assert found.facts == 9
    assert [{fact.text for fact in group} for group in found.duplicates] == [{"likes tea", "Likes tea."}]
    assert [{fact.text for fact in pair} for pair in found.similar] == [{"has a grey dog called Rex", "has a dog called Rex"}]
    assert [[fact.text for fact in pair] for pair in found.contradicted] == [
        ["is a vegetarian", "is not a vegetarian"],
        ["lives in Lisbon", "lives in Paris"],
    ]
    assert [fact.id for fact in found.stale] == [fact.id for fact in found.unused] == [old.id]


@pytest.mark.parametrize("face", ["sync", "async"])
async def test_what_a_view_puts_before_a_model_is_used_and_nothing_else(face: str) -> None:
    memory = Memory(MemoryStore(), embedder=None)
    alice = memory.user("alice")
    alice.remember("is afraid of dogs")
    alice.remember("plays the tuba")
    alice.session("s").append(user="Should I be afraid of dogs?")
    alice.recall("tuba")
    chat = alice.session("s") if face == "sync" else memory.aio.user("alice").session("s")
    for _ in range(2):
        shown = chat.context(Recall(tokens=400))
        assert "afraid of dogs" in str(shown if face == "sync" else await shown)
    assert [fact.uses for fact in alice.facts()] == [1, 0]
    memory.close()


def test_whoever_writes_first_is_no_end_of_it(alice: Any, monkeypatch: Any) -> None:
    old, other, third = long_ago(alice, "likes discos"), alice.remember("has a dog"), alice.remember("has a hound", sources=["a", "b"])
    store, failed = alice._engine.store, []
    put = store.put

    def contended(*args: Any, **options: Any) -> int:
        if options.get("expect") and not failed:
            failed.append(1)
            raise Conflict("somebody else", 7)
        return put(*args, **options)

    monkeypatch.setattr(store, "put", contended)

    def twice(call: Any, *args: Any, **options: Any) -> Any:
        failed.clear()
        result = call(*args, **options)
        assert failed
        return result

    pruned = twice(alice.prune, dry_run=False)
    twice(alice.restore, old)
    merged = twice(alice.merge, [other, third])
    twice(alice.undo, merged.change)
    assert alice.undo(pruned.change) == [], "it was restored before"
    twice(alice.forget_source, "a")
    assert twice(alice.forget, third) == 1
    assert texts(alice) == ["likes discos", "has a dog"]
