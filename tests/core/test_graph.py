"""What is known of a user, as a graph."""

import asyncio

import pytest

from recollect import Graph, Invalid, Memory, Triple


@pytest.fixture
def memory() -> Memory:
    memory = Memory("memory://")
    memory.session("s", user="alice").append(user="My sister Ana lives in Lisbon. I live in Porto.")
    memory.user("alice").learn()
    return memory


def test_both_faces_give_the_same_graph(memory: Memory) -> None:
    alice = memory.user("alice")
    graph = alice.graph()
    assert isinstance(graph, Graph)
    assert isinstance(graph.triples[0], Triple)
    assert len(graph) == 3
    assert graph.triples == asyncio.run(memory.aio.user("alice").graph()).triples
    memory.close()


def test_a_part_lies_around_an_entity(memory: Memory) -> None:
    alice = memory.user("alice")
    assert {one.object for one in alice.graph("LISBON").triples} == {"Lisbon"}
    assert {one.object for one in alice.graph("Lisbon", depth=2).triples} == {"Lisbon", "Ana"}
    assert len(alice.graph("Lisbon", depth=3)) == 3
    assert not alice.graph("Rome")


def test_what_is_over_is_in_the_history_alone(memory: Memory) -> None:
    alice = memory.user("alice")
    alice.remember(attribute="lives in", value="Rome", trust="tool")
    assert "Porto" not in alice.graph()
    assert "Porto" in alice.graph(history=True)
    assert "Porto" in alice.graph(trust="user")


def test_a_graph_is_drawn_and_written(memory: Memory) -> None:
    graph = memory.user("alice").graph()
    assert graph.svg(root="Ana").startswith("<svg")
    assert "<graphml" in graph.graphml()
    assert '"nodes"' in graph.json()


@pytest.mark.parametrize("wrong", [{"depth": 0}, {"depth": 1.5}, {"entity": ""}, {"entity": 7}])
def test_what_is_no_entity_or_depth_is_refused(memory: Memory, wrong: dict) -> None:
    with pytest.raises(Invalid):
        memory.user("alice").graph(**wrong)
