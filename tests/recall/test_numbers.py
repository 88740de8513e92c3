"""A query is multiplied with the numbers of vectors, in whole numbers or in floating point, wherever in a block they stand."""

import sys

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from recollect.recall import products
from recollect.recall.numbers import BLOCK, Numbers

WIDTH = 70


def some(count, width=WIDTH, seed=0):
    return np.random.default_rng(seed).integers(-127, 128, (count, width), dtype=np.int8)


def a_query(width=WIDTH, seed=1):
    query = np.random.default_rng(seed).normal(size=width).astype(np.float32)
    return query / np.linalg.norm(query)


def made(numbers, step=BLOCK // 3):
    found = Numbers(numbers.shape[1])
    for start in range(0, len(numbers), step):
        found.add(numbers[start : start + step])
    return found


@pytest.fixture(params=["whole", "floating"])
def kind(request, monkeypatch):
    """The two ways to multiply."""
    if request.param == "floating":
        monkeypatch.setattr(products, "_session", lambda: None)
    elif products._session() is None:
        pytest.skip("this processor multiplies in floating point")


@pytest.mark.usefixtures("kind")
@pytest.mark.parametrize("count", [0, 1, 65, BLOCK, BLOCK + 1, 5 * BLOCK + 77])
def test_products_are_those_of_exact_arithmetic_for_all_that_a_cosine_shows(count):
    numbers, query = some(count), a_query()
    found = made(numbers).dot(query)()
    assert (found.dtype, found.shape) == (np.float32, (count,))
    length = 127 * WIDTH**0.5  # of a vector, at most: this is what is divided by for a cosine
    assert np.allclose(found / length, numbers @ query.astype(float) / length, atol=1e-4)


@pytest.mark.usefixtures("kind")
@pytest.mark.parametrize("width", [1, 3, 384, 3072])
def test_vectors_of_any_length_that_lie_on_the_query_are_multiplied_without_overflow(width):
    query = np.full(width, width**-0.5, np.float32)
    for sign in (1, -1):
        numbers = np.full((9, width), 127 * sign, np.int8)
        assert made(numbers).dot(query)() == pytest.approx(np.full(9, sign * 127 * width**0.5), rel=1e-4)


def test_a_query_of_zeros_is_like_nothing():
    assert made(some(5)).dot(np.zeros(WIDTH, np.float32))().tolist() == [0.0] * 5


@pytest.mark.parametrize("rows", [[], [0], range(1, 2 * BLOCK + 9), [*range(2 * BLOCK, 2 * BLOCK + 9), *range(BLOCK - 1, 3)], [5, 3, 8000, 4]])
def test_selected_vectors_and_their_bytes_are_those_that_were_added(rows):
    numbers, query = some(2 * BLOCK + 9), a_query()
    rows = np.array([*rows], np.int64)
    found = made(numbers).selected(rows)
    again = Numbers.load(b"".join((b"head", *found.dump())), 4, WIDTH, len(rows))
    assert sum(map(len, found.dump())) == len(rows) * WIDTH
    found.add(numbers[:70])
    again.add(numbers[:70])
    want = np.concatenate([numbers[rows], numbers[:70]]) @ query
    for one in (found, again):
        assert np.allclose(one.dot(query)(), want, atol=0.05)


@pytest.mark.usefixtures("kind")
def test_products_are_of_the_vectors_that_were_there_when_they_were_asked_for():
    numbers, query = some(BLOCK + 5), a_query()
    vectors = made(numbers)
    waiting = vectors.dot(query)
    vectors.add(some(BLOCK, seed=2))
    assert np.allclose(waiting(), numbers @ query, atol=0.05)


@pytest.mark.skipif(products._session() is None, reason="this processor multiplies in floating point")
def test_two_threads_multiply_as_one_does(monkeypatch):
    monkeypatch.setattr(products, "MANY", 2)
    numbers, query = some(9 * BLOCK + 5), a_query()
    vectors = made(numbers)
    for _ in range(20):
        assert np.allclose(vectors.dot(query)(), numbers @ query, atol=0.05)


class Help:
    """A second thread that does all, or nothing."""

    def __init__(self, does):
        self.does = does
        self.asked = 0

    def submit(self, call):
        self.asked += 1
        if self.does:
            call()


@pytest.mark.skipif(products._session() is None, reason="this processor multiplies in floating point")
@pytest.mark.parametrize("does", [True, False])
def test_a_second_thread_may_do_all_or_nothing(monkeypatch, does):
    many = 8
    numbers, query, beside = some((many + 3) * BLOCK - 7), a_query(), Help(does)
    monkeypatch.setattr(products, "_beside", lambda _: beside)
    monkeypatch.setattr(products, "MANY", many)
    monkeypatch.setattr(products, "BITES", 7)
    assert np.allclose(made(numbers).dot(query)(), numbers @ query, atol=0.05)
    assert made(numbers[: many * BLOCK]).dot(query)().shape == (many * BLOCK,)
    assert beside.asked == 1


def test_without_onnxruntime_products_are_floating(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert products._session.__wrapped__() is None


def test_on_other_processors_products_are_floating(monkeypatch):
    monkeypatch.setattr(products, "machine", lambda: "arm64")
    assert products._session.__wrapped__() is None


def test_the_graph_is_what_it_is_said_to_be():
    value, node = helper.make_tensor_value_info, helper.make_node
    nodes = [
        node("MatMulInteger", ["high", "block"], ["a"]),
        node("MatMulInteger", ["low", "block"], ["b"]),
        node("Mul", ["a", "base"], ["c"]),
        node("Add", ["c", "b"], ["d"]),
    ]
    block = helper.make_graph(nodes, "body", [value("block", TensorProto.INT8, ["w", "n"])], [value("d", TensorProto.INT32, [1, "n"])])
    each = node("Scan", ["numbers"], ["products"], body=block, num_scan_inputs=1)
    digits = [value(name, TensorProto.UINT8, [1, "w"]) for name in ("high", "low")]
    given = [*digits, value("numbers", TensorProto.INT8, ["k", "w", "n"])]
    base = helper.make_tensor("base", TensorProto.INT32, [], [products.BASE])
    graph = helper.make_graph([each], "dot", given, [value("products", TensorProto.INT32, ["k", 1, "n"])], [base])
    assert onnx.load_from_string(products.GRAPH) == helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
