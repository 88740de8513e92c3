"""LangChain's vector stores keep a memory's vectors: each owner's apart, whatever the names are, and none of what was removed."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from langchain_core.vectorstores import InMemoryVectorStore, VectorStore

from recollect import Invalid, Memory, Message
from recollect.adapters.langchain import VectorIndex
from recollect.core import guarded
from recollect.model import Owner
from recollect.recall.vector_index import Row

from .vector_stores import SUNSET, Words, every_store, in_memory, milvus, texts

pytestmark = pytest.mark.filterwarnings(SUNSET)

ALICE = Owner("", "user", "alice")
STRANGE = [
    "a",
    "a_b",
    "a'",
    'a"',
    "' or 1==1 or '",
    '" || 1==1 || owner == "',
    "é",
    "e\u0301",
    "a\\",
    '\\"',
    "a%",
    "*",
    "{}",
    "a\nb",
    "🎉",
    "owner",
]


@pytest.fixture
def words():
    return Words()


@pytest.fixture
def store(make, tmp_path, words):
    made = make(tmp_path, words)
    words.embedded.clear()  # some try their embedder
    return made


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(guarded, "PAUSE", 0.0)


def settled(memory):
    end = time.monotonic() + 20
    while memory.embedder.waiting and time.monotonic() < end:
        time.sleep(0.01)
    assert not memory.embedder.waiting


@every_store
def test_it_stands_in_for_the_matrix(store, words):
    with Memory("memory://", vectors=VectorIndex(store)) as memory:
        alice = memory.user("alice")
        alice.session("s").append(user="My sister lives in Lisbon.", assistant="A fine city to live in.")
        assert words.embedded == [], "appending asks no vector store"
        alice.remember("likes green tea")
        found = alice.recall("sister lisbon", k=3)
        assert found[0].text == "My sister lives in Lisbon."
        assert found[0].why["dense"] == pytest.approx(0.5)
        assert memory.embedder.state == "ready"
        assert memory.embedder.name == type(store).__name__
        assert texts(store) == ["A fine city to live in.", "My sister lives in Lisbon.", "likes green tea"]


@every_store
def test_rows_say_whose_they_are_each_in_a_field_of_its_own(store):
    index = VectorIndex(store)
    with Memory("memory://", tenant="shop", vectors=index) as memory:
        memory.user("alice").session("s").append(user="My sister lives in Lisbon.")
        memory.user("alice").recall("sister")
    found = dict(store.similarity_search_with_score("sister", k=5)[0][0].metadata)
    assert {name: found[name] for name in ("tenant", "kind", "user", "session", "position", "piece", "pieces")} == {
        "tenant": "shop",
        "kind": "user",
        "user": "alice",
        "session": "s",
        "position": 1,
        "piece": 0,
        "pieces": 1,
    }
    assert len(found["owner"]) == 64


@every_store
def test_no_name_finds_what_is_another_s(store):
    index = VectorIndex(store)
    owners = [Owner("", "user", name) for name in STRANGE]
    owners += [Owner("a", "user", "b_c"), Owner("a_b", "user", "c"), Owner("", "session", "a"), Owner("a", "user", "a")]
    for number, owner in enumerate(owners):
        index.add(owner, [Row(1, "s", (f"secret {number}",)), Row(2, owner.name, ("a secret more",))])
    for number, owner in enumerate(owners):
        found = index.search(owner, "secret", 100)
        assert {(one.owner, one.position) for one in found} == {(owner, 1), (owner, 2)}, number
    index.remove(owners[4], [1, 2])
    assert index.search(owners[4], "secret", 100) == []
    assert len(texts(store)) == 2 * len(owners) - 2


@every_store
def test_a_filter_that_does_not_hold_shows_nobody_else_s(store, caplog):
    with Memory("memory://", vectors=VectorIndex(store, narrow=lambda owner: {})) as memory:
        alice, bob = memory.user("alice"), memory.user("bob")
        alice.session("s").append(user="My sister lives in Lisbon.")
        bob.session("s").append(user="My brother lives in Rome.")
        for _ in range(2):
            assert [one.text for one in alice.recall("lives")] == ["My sister lives in Lisbon."]
            assert [one.text for one in bob.recall("lives")] == ["My brother lives in Rome."]
        assert "returned 1 rows of others" in caplog.text


@every_store
def test_what_is_added_twice_is_there_once_and_embedded_once(store, words):
    index = VectorIndex(store)
    rows = [Row(1, "s", ("one",)), Row(2, "s", ("two", "three"))]
    index.add(ALICE, rows[:1])
    index.add(ALICE, rows)
    index.add(ALICE, rows)
    assert texts(store) == ["one", "three", "two"]
    assert sorted(words.embedded) == ["one", "three", "two"]
    assert index.lacking(ALICE, [1, 2, 3]) == [3]
    assert index.lacking(Owner("", "user", "bob"), [1]) == [1]
    index.add(ALICE, [Row(1, "s", ("another ledger's",))])
    assert texts(store) == ["another ledger's", "three", "two"]
    index.remove(ALICE, [2, 3])
    assert texts(store) == ["another ledger's"]
    index.remove(ALICE, [])
    index.add(ALICE, [])


@every_store
def test_all_pieces_of_a_long_message_are_removed_with_it(store):
    with Memory("memory://", vectors=VectorIndex(store)) as memory:
        alice = memory.user("alice")
        alice.session("long").append(user=" ".join(f"Sentence number {number} tells something else." for number in range(60)))
        alice.session("short").append(user="Something short.")
        alice.recall("sentence")
        assert len(texts(store)) > 4
        alice.session("long").delete()
        assert texts(store) == ["Something short."]
        alice.erase()
        assert texts(store) == []


@every_store
def test_an_empty_one_has_nothing_to_find_or_to_remove(store):
    index = VectorIndex(store)
    assert index.search(ALICE, "hello", 10) == []
    index.remove(ALICE, [1, 2])
    assert index.lacking(ALICE, [1]) == [1]


@every_store
def test_many_messages_of_two_users_are_found_among_each_other_s(store):
    with Memory("memory://", vectors=VectorIndex(store)) as memory:
        for name in ("alice", "bob"):
            memory.user(name).session("s").append(*(Message("user", f"{name} has thing{number}") for number in range(300)))
            memory.user(name).recall("thing")
        settled(memory)
        for name in ("alice", "bob"):
            best = memory.user(name).recall("thing123", k=1)[0]
            assert best.text == f"{name} has thing123"
            assert best.why["dense"] > 0
    assert len(texts(store)) == 600


@every_store
def test_vectors_of_another_length_leave_recall_to_words(store, monkeypatch):
    monkeypatch.setattr(guarded, "PAUSE", 10.0)
    index = VectorIndex(store)
    index.add(ALICE, [Row(1, "s", ("one",))])
    embeddings = store.embeddings[0] if isinstance(store.embeddings, list) else store.embeddings
    embeddings.size = 32
    with Memory("memory://", vectors=index) as memory:
        bob = memory.user("bob")
        bob.session("s").append(user="My sister lives in Lisbon.")
        found = bob.recall("sister", k=1)[0]
        assert found.text == "My sister lives in Lisbon."
        assert "dense" not in found.why
        if not isinstance(store, InMemoryVectorStore):  # which takes vectors of any length
            assert memory.embedder.state == "failing"


@every_store
def test_a_store_of_each_user_s_own_is_asked_for_by_its_owner(make, tmp_path, words):
    stores = {}

    def of(owner):
        return stores.get(owner) or stores.setdefault(owner, make(tmp_path, words))

    with Memory("memory://", vectors=VectorIndex(of)) as memory:
        for name in ("alice", "bob"):
            memory.user(name).session("s").append(user=f"I am {name}.")
            assert memory.user(name).recall("who am I", k=1)[0].text == f"I am {name}."
        assert memory.embedder.name == "of"
        assert {owner.name: texts(store) for owner, store in stores.items()} == {"alice": ["I am alice."], "bob": ["I am bob."]}
        memory.user("bob").erase()
        assert [texts(store) for store in stores.values()] == [["I am alice."], []]


@every_store
def test_it_is_searched_while_it_is_first_filled(store):
    index = VectorIndex(store)
    with ThreadPoolExecutor(4) as threads:
        added = threads.submit(lambda: [index.add(ALICE, [Row(number, "s", (f"thing{number}",))]) for number in range(1, 40)])
        while not added.done():
            for found in threads.map(lambda number: index.search(ALICE, f"thing{number}", 5), range(3)):
                assert len(found) <= 5
        added.result()
    assert index.lacking(ALICE, range(1, 41)) == [40]


def test_a_milvus_collection_that_another_process_makes_is_found(tmp_path, words):
    name = "shared"
    stores = [milvus(tmp_path, words, name) for _ in range(2)]
    first, second = map(VectorIndex, stores)
    first.add(ALICE, [Row(1, "s", ("one",))])
    assert [one.position for one in second.search(ALICE, "one", 5)] == [1]
    second.add(ALICE, [Row(1, "s", ("one",)), Row(2, "s", ("two",))])
    assert texts(stores[0]) == ["one", "two"]


class Keeping(InMemoryVectorStore):
    """Cannot delete."""

    delete = VectorStore.delete


class Scoreless(InMemoryVectorStore):
    """Tells no scores."""

    similarity_search_with_score = VectorStore.similarity_search_with_score


class Untelling(InMemoryVectorStore):
    """Cannot tell what it has."""

    get_by_ids = VectorStore.get_by_ids


def test_what_cannot_do_the_work_is_refused_at_once(words, tmp_path):
    for wrong, told in [
        (Keeping(words), "Keeping cannot delete, so what a user removes would stay in it"),
        (Scoreless(words), "Scoreless does not tell how alike"),
        ("qdrant", "the vector store is a str"),
        (InMemoryVectorStore, "the vector store is a ABCMeta"),
        (None, "the vector store is a NoneType"),
    ]:
        with pytest.raises(Invalid, match=told):
            VectorIndex(wrong)
    automatic = milvus(tmp_path, words)
    automatic.auto_id = True
    with pytest.raises(Invalid, match="auto_id=False"):
        VectorIndex(automatic)
    with pytest.raises(Invalid, match="a str is no vector store"):
        VectorIndex(lambda _: "qdrant").search(ALICE, "x", 1)


def test_a_store_that_cannot_tell_what_it_has_is_emptied_all_the_same(words):
    store = Untelling(words)
    with Memory("memory://", vectors=VectorIndex(store)) as memory:
        alice = memory.user("alice")
        alice.session("a").append(user="My sister lives in Lisbon.")
        alice.session("b").append(user="My brother lives in Rome.")
        assert alice.recall("sister", k=1)[0].text == "My sister lives in Lisbon."
        alice.session("a").delete()
        assert texts(store) == ["My brother lives in Rome."]
        alice.erase()
        assert texts(store) == []


def test_a_memory_without_the_wrapper_tells_of_it():
    with pytest.raises(Invalid, match=r"give a recollect\.adapters\.langchain\.VectorIndex over a LangChain vector store"):
        Memory("memory://", vectors=in_memory(None, Words()))
