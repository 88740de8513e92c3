"""What is taken for an embedder, under which name its vectors are kept, and which numbers are vectors."""

from functools import partial

import numpy as np
import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding

from recollect import Invalid, Memory
from recollect.recall.embedder import as_embedder, matrix, name_of


def letters(texts):
    return [[text.count("a") + 1, len(text) + 1] for text in texts]


class Own:
    name = "own"

    def embed_documents(self, texts):
        return letters(texts)

    def embed_query(self, text):
        return letters([text])[0]


class Asking(Own):
    name = None
    model = "text-embedding-3-small"


class Waiting(Own):
    async def embed_query(self, text):
        return letters([text])[0]


async def waiting(texts):
    return letters(texts)


def test_an_embedder_of_ours_and_langchain_s_are_taken_as_they_are():
    for given in (Own(), DeterministicFakeEmbedding(size=8)):
        assert as_embedder(given) is given
    assert name_of(Own()) == "own"
    assert name_of(Asking()) == f"{__name__}.Asking:text-embedding-3-small"
    assert name_of(DeterministicFakeEmbedding(size=8)) == "langchain_core.embeddings.fake.DeterministicFakeEmbedding"


def test_a_function_with_a_name_is_one():
    made = as_embedder(letters)
    assert name_of(made) == f"{__name__}.letters"
    assert made.embed_documents(["a", "bb"]) == [[2, 2], [1, 3]]
    assert made.embed_query("a") == [2, 2]
    named = partial(letters)
    named.name = "letters"
    assert name_of(as_embedder(named)) == "letters"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("minilm", r"'minilm' is no embedder; give an object with embed_documents\(texts\) and embed_query\(text\)"),
        (7, "7 is no embedder"),
        (Own, "a type is no embedder"),
        (object(), "a object is no embedder"),
        (lambda texts: texts, "has no name to keep its vectors under"),
        (partial(letters), "has no name to keep its vectors under"),
        (waiting, "is a coroutine function; give one that returns vectors"),
        (Waiting(), "methods are coroutines"),
    ],
)
def test_what_is_none_is_told_at_once(given, told):
    with pytest.raises(Invalid, match=told):
        as_embedder(given)
    with pytest.raises(Invalid, match=told):
        Memory("memory://", embedder=given)


@pytest.mark.parametrize(
    "numbers",
    [[[1.0, 2.0]], [[1.0], [1.0, 2.0]], [1.0, 2.0], [[], []], [["a"], ["b"]], None, [[0.0], [1.0]], [[float("nan")], [1.0]], [[float("inf")], [1.0]]],
)
def test_what_is_no_vector_for_each_text_is_told(numbers):
    with pytest.raises(Invalid, match="the embedder gave"):
        matrix(numbers, 2)


def test_vectors_are_made_of_length_1():
    found = matrix([(3, 4), (0, 2)], 2)
    assert found.dtype == np.float32
    assert found.tolist() == [pytest.approx([0.6, 0.8]), [0, 1]]


def test_a_function_that_gives_two_vectors_for_one_query_is_told():
    with pytest.raises(Invalid, match="gave 2 vectors for one text"):
        as_embedder(lambda_with_a_name).embed_query("x")


def lambda_with_a_name(texts):
    return letters([*texts, "more"])
