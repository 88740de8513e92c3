"""The installed model computes what its weights say, in any batch, for any number of threads."""

import os
from concurrent.futures import ThreadPoolExecutor
from time import sleep

import numpy as np
import pytest

from recollect import Memory, Message
from recollect.errors import MissingExtra, NotFound
from recollect.models.bert import bert, embedded, shape
from recollect.models.known import CONFIG, MINILM, WEIGHTS
from recollect.models.minilm import BATCH, LONGEST, TOKENS, MiniLM, _batches
from recollect.models.safetensors import tensors
from recollect.models.shelf import Shelf

TEXTS = ["hello there", "my sister lives in lisbon", "tea", "i was laid off", "the cat is on the dog"]


@pytest.fixture
def model(shelf):
    return MiniLM(shelf)


def test_its_vectors_are_those_of_the_weights(model, made):
    encoder = bert(shape(made[0] / CONFIG), tensors(made[0] / WEIGHTS))
    tokenizer = model._ready().tokenizer
    for text, vector in zip(TEXTS, model.embed_documents(TEXTS), strict=True):
        ids = np.array([tokenizer.encode(text).ids])
        assert float(vector @ embedded(encoder, ids, np.ones_like(ids))[0]) > 0.97
        assert np.linalg.norm(vector) == pytest.approx(1)


def test_a_text_s_vector_does_not_depend_on_its_company(model):
    alone = np.stack([model.embed_query(text) for text in TEXTS])
    many = model.embed_documents([*TEXTS, *(f"a {text} of the red dog" for text in TEXTS * 8)])[: len(TEXTS)]
    assert ((alone * many).sum(axis=1) > 0.98).all()
    assert model.embed_documents([]).shape == (0, alone.shape[1])


def test_any_text_has_a_vector(model):
    for text in ("", "   ", "\x00", "🎉", "x" * 100_000, "the " * (LONGEST + 100), "\ud800"):
        if text != "\ud800":
            assert np.isfinite(model.embed_query(text)).all()


def test_threads_share_one(model):
    want = model.embed_documents(TEXTS)
    with ThreadPoolExecutor(4) as threads:
        for found in threads.map(lambda _: model.embed_documents(TEXTS), range(20)):
            assert np.allclose(found, want, atol=1e-3)
    assert len({id(one) for one in [model._ready()]}) == 1


def test_it_goes_on_behind_a_fork(model):
    model.embed_documents(TEXTS * 8)
    child = os.fork()
    if not child:
        os._exit(0 if model.embed_documents(TEXTS * 8).shape[0] == 40 else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_its_name_tells_the_weights_and_how_they_were_made_small(model, made):
    assert model.name == f"minilm-1-{made[1].weights[:8]}"


def test_what_is_missing_is_told(tmp_path, shelf, monkeypatch):
    with pytest.raises(NotFound, match="MiniLM is not installed: recollect model install minilm"):
        MiniLM(Shelf(tmp_path))
    monkeypatch.setitem(__import__("sys").modules, "tokenizers", None)
    with pytest.raises(MissingExtra, match=r"pip install 'recollect\[semantic\]'"):
        MiniLM(shelf).embed_query("x")


@pytest.mark.parametrize("url", ["sqlite:///memory.db", "file:///memory"])
def test_a_memory_goes_by_an_installed_model_unless_told_otherwise_and_finds_its_vectors_again(url, shelf, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECOLLECT_MODELS", str(shelf.folder))
    url = url.replace("file:///", f"file:///{tmp_path}/")
    with Memory(url) as memory:
        memory.user("alice").session("s").append(*(Message("user", text) for text in TEXTS * 10))
        memory.user("alice").recall("hello")
        while memory.embedder.waiting:
            sleep(0.01)
        assert "dense" in memory.user("alice").recall("hello there", k=1)[0].why
        assert memory.embedder.name == MiniLM(shelf).name
    embedded_again = []
    monkeypatch.setattr(
        MiniLM, "embed_documents", lambda self, texts, own=MiniLM.embed_documents: (embedded_again.extend(texts), own(self, texts))[1]
    )
    with Memory(url) as memory:
        assert "dense" in memory.user("alice").recall("hello there", k=1)[0].why
        assert embedded_again == ["hello there"]
        assert memory.embedder.waiting == 0
    with Memory(url, embedder=None) as memory:
        assert "dense" not in memory.user("alice").recall("hello there", k=1)[0].why


REAL = Shelf(os.environ.get("RECOLLECT_TEST_MODELS") and __import__("pathlib").Path(os.environ["RECOLLECT_TEST_MODELS"]))


@pytest.mark.skipif(REAL.manifest(MINILM.name) is None, reason="MiniLM is not installed in RECOLLECT_TEST_MODELS")
def test_the_real_model_knows_what_is_meant():
    model = MiniLM(REAL)
    laid_off, weather, question = model.embed_documents(["I was laid off last week.", "The weather is lovely.", "Did I lose my job?"])
    assert question @ laid_off > question @ weather + 0.2


def test_long_texts_are_run_few_at_a_time_and_all_are_run():
    lengths = [256, 3, 100, 256, 40, *[10] * 40]
    order = sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True)
    batches = list(_batches(order, lengths))
    assert [text for batch in batches for text in batch] == order
    assert all(len(batch) <= BATCH and len(batch) * lengths[batch[0]] <= TOKENS for batch in batches)
    assert list(_batches([0], [5000])) == [[0]]
