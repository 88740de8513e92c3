"""The byte store is a LangChain store, over documents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_classic.embeddings import CacheBackedEmbeddings
from langchain_core.embeddings import Embeddings
from langchain_tests.integration_tests import BaseStoreAsyncTests, BaseStoreSyncTests

from recollect import AsyncMemory, Invalid, Memory
from recollect.adapters.langchain import ByteStore


class TestCalled(BaseStoreSyncTests):
    """LangChain's own suite, called."""

    @pytest.fixture
    def kv_store(self, memory):
        return ByteStore(memory, "values")

    @pytest.fixture
    def three_values(self):
        return b"foo", b"", b"\x00\xff buz"


class TestAwaited(BaseStoreAsyncTests):
    """LangChain's own suite, awaited."""

    @pytest.fixture
    async def kv_store(self, tmp_path):
        async with AsyncMemory(f"sqlite:///{tmp_path}/memory.db") as memory:
            yield ByteStore(memory, "values", "alice")

    @pytest.fixture
    def three_values(self):
        return b"foo", b"", b"\x00\xff buz"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Memory(f"sqlite:///{tmp_path_factory.mktemp('bytes')}/memory.db") as opened:
        yield opened


@given(
    key=st.text(min_size=1, max_size=128) | st.sampled_from(["../../etc/passwd", "/", "..", "a%2Fb", "*", "a\0b", "é", "e\u0301", "x" * 512]),
    value=st.binary(),
)
def test_any_text_up_to_the_limit_is_a_key(shared, key, value):
    store = ByteStore(shared, "any")
    store.mset([(key, value)])
    assert store.mget([key, key + "x" * (len(key) < 128)])[0] == value
    assert key in store.yield_keys(prefix=key)
    store.mdelete([key])
    assert store.mget([key]) == [None]


def test_keys_that_look_alike_are_apart(memory):
    store = ByteStore(memory, "c")
    keys = ["é", "e\u0301", "a/b", "a%2Fb", "a\0b", "a", "A", "a_", "a%", "."]
    store.mset([(key, key.encode()) for key in keys])
    assert store.mget(keys) == [key.encode() for key in keys]
    assert sorted(store.yield_keys()) == sorted(keys)
    assert list(store.yield_keys(prefix="a%")) == ["a%", "a%2Fb"]


@pytest.mark.parametrize(("key", "why"), [("", "empty"), ("x" * 513, "more than 512 bytes"), ("\ud800", "lone surrogate"), (7, "is a int")])
def test_what_is_no_key_is_refused(memory, key, why):
    store = ByteStore(memory, "c")
    with pytest.raises(Invalid, match=why):
        store.mset([("fine", b"1"), (key, b"2")])
    with pytest.raises(Invalid, match=why):
        store.mget([key])
    assert store.mget(["fine"]) == [None]


def test_what_is_not_bytes_is_refused_in_both_directions(memory):
    store = ByteStore(memory, "c")
    with pytest.raises(Invalid, match="c: the value of 'b' is a str; give bytes"):
        store.mset([("a", b"1"), ("b", "text")])
    memory.documents("c").put({"j": {"x": 1}})
    with pytest.raises(Invalid, match="c: 'j' holds JSON"):
        store.mget(["a", "j"])


def test_collections_and_users_are_apart(memory):
    stores = [ByteStore(memory, "c"), ByteStore(memory, "d"), ByteStore(memory, "c", "alice"), ByteStore(memory, "c", "bob")]
    for number, store in enumerate(stores):
        store.mset([("k", bytes([number]))])
    assert [store.mget(["k"]) for store in stores] == [[b"\0"], [b"\1"], [b"\2"], [b"\3"]]
    memory.user("alice").erase()
    assert [store.mget(["k"]) for store in stores] == [[b"\0"], [b"\1"], [None], [b"\3"]]


async def test_thousands_of_keys_are_listed_and_read_whole(memory):
    store = ByteStore(memory, "c")
    pairs = [(f"{number:05}", str(number).encode()) for number in range(2500)]
    store.mset(pairs)
    assert list(store.yield_keys()) == [key for key, _ in pairs] == [key async for key in store.ayield_keys()]
    assert await store.amget([key for key, _ in pairs]) == [value for _, value in pairs]


async def test_what_one_face_writes_the_other_reads(memory):
    store = ByteStore(memory, "c")
    await store.amset([("a", b"1"), ("b", b"2"), ("b", b"3")])
    assert store.mget(["a", "b"]) == [b"1", b"3"]
    store.mdelete(["a"])
    assert await store.amget(["a", "b"]) == [None, b"3"]


class Lengths(Embeddings):
    """Embeds a text as its length, and counts."""

    def __init__(self):
        self.texts = []

    def embed_documents(self, texts):
        self.texts += texts
        return [[float(len(text)), 0.1] for text in texts]

    def embed_query(self, text):
        return self.embed_documents([text])[0]


async def test_embeddings_are_cached_across_processes_of_an_application(memory):
    first, second = Lengths(), Lengths()
    texts = ["one", "three", "\0 ../x"]
    kept = CacheBackedEmbeddings.from_bytes_store(first, ByteStore(memory, "embeddings"), namespace="lengths", key_encoder="sha256")
    vectors = kept.embed_documents(texts)
    again = CacheBackedEmbeddings.from_bytes_store(second, ByteStore(memory, "embeddings"), namespace="lengths", key_encoder="sha256")
    assert again.embed_documents(texts) == vectors == await again.aembed_documents(texts) == [[3.0, 0.1], [5.0, 0.1], [6.0, 0.1]]
    assert (first.texts, second.texts) == (texts, [])
