from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recollect.facts.drawing import svg
from recollect.facts.graphml import graphml, json
from recollect.facts.layout import LONGEST, layout, shown
from recollect.facts.triples import Graph, triples
from recollect.model import Fact, Source

NOW = datetime(2024, 3, 13, tzinfo=UTC)
SVG, GRAPHML = "{http://www.w3.org/2000/svg}", "{http://graphml.graphdrawing.org/xmlns}"
FAMILY = [
    ("user", "sister", "Ana"),
    ("Ana", "lives in", "Lisbon"),
    ("user's sister", "works at", "Nike"),
    ("user", "lives in", "lisbon"),
    ("Ben", "lives in", "Oslo"),
    ("José", "likes", "chess"),
    ("jose", "likes", "Go"),
]
HARMFUL = ["<script>alert(1)</script>", "</text></svg>", '"><x y="', "'", "&amp;", "]]>", "<!--", "a\x00b\x08c", "\ud800", "\ufffe", "\u202eabc"]
HARMFUL += ["עברית", "日本語", "\n\n", "x" * 500, "%s{0}"]


def fact(number: int, subject: str | None, attribute: str | None, value: str | None, **more) -> Fact:
    return Fact(id=f"f{number}", text="it is so", subject=subject, attribute=attribute, value=value, created=NOW, valid_from=NOW, **more)


def graph(rows: list[tuple[str, str, str]]) -> Graph:
    return Graph.of(fact(number, *row) for number, row in enumerate(rows))


def test_a_fact_with_a_slot_is_a_triple_with_its_source() -> None:
    source = Source("chat", "m1", 7)
    (one,) = triples(
        [fact(1, "Ana", "lives in", "Lisbon", sources=(source,)), fact(2, None, None, None), fact(3, "Ana", "lives in", "Rome", denies=True)]
    )
    assert (one.subject, one.relation, one.object, one.fact, one.sources) == ("Ana", "lives in", "Lisbon", "f1", (source,))


def test_entities_are_one_whatever_their_case_and_accents() -> None:
    found = graph(FAMILY)
    assert "LISBON" in found
    assert {one.fact for one in found.about("lisbon")} == {"f1", "f3"}
    assert [one.object for one in found.about("JOSÉ")] == ["chess", "Go"]
    assert found.name("jose") == "José"
    assert "Rome" not in found


def test_a_relation_is_the_one_that_is_known_by_name() -> None:
    assert [one.object for one in graph(FAMILY).about("Ana")] == ["Ana", "Lisbon", "Nike"]
    two = graph([*FAMILY, ("user", "sister", "Eva")])
    assert [one.object for one in two.about("user's sister")] == ["Nike"]


def test_a_neighbourhood_goes_as_far_as_it_is_asked_to() -> None:
    found = graph(FAMILY)
    assert {one.fact for one in found.around("Nike", 1).triples} == {"f2"}
    assert {one.fact for one in found.around("Nike", 2).triples} == {"f0", "f1", "f2"}
    assert {one.fact for one in found.around("Nike", 9).triples} == {"f0", "f1", "f2", "f3"}
    assert found.around("nobody").triples == ()
    assert found.around("user", 0).triples == ()


def test_graphml_holds_names_relations_and_sources() -> None:
    root = ET.fromstring(graphml(graph(FAMILY)))
    names = {node.get("id"): node[0].text for node in root.iter(f"{GRAPHML}node")}
    edges = [(names[edge.get("source", "")], edge[0].text, names[edge.get("target", "")]) for edge in root.iter(f"{GRAPHML}edge")]
    assert edges[:3] == [("user", "sister", "Ana"), ("Ana", "lives in", "Lisbon"), ("Ana", "works at", "Nike")]


def test_json_holds_the_same() -> None:
    told = msgspec.json.decode(json(graph(FAMILY)))
    names = {node["id"]: node["name"] for node in told["nodes"]}
    assert [(names[edge["source"]], edge["relation"], names[edge["target"]]) for edge in told["edges"]][2] == ("Ana", "works at", "Nike")


def test_a_picture_is_the_same_each_time_and_no_two_boxes_meet() -> None:
    found = graph(FAMILY + [("user", "likes", f"thing {number}") for number in range(30)])
    assert svg(found) == svg(graph(FAMILY + [("user", "likes", f"thing {number}") for number in range(30)]))
    plan = layout(found)
    boxes = list(plan.places.values())
    for number, one in enumerate(boxes):
        assert one.x > 0
        assert one.x + one.width < plan.width
        assert 0 < one.y < plan.height
        for other in boxes[:number]:
            assert abs(one.y - other.y) >= 22 or one.x + one.width < other.x or other.x + other.width < one.x


def test_a_graph_of_nothing_is_drawn_too() -> None:
    assert ET.fromstring(svg(Graph([]))).tag == f"{SVG}svg"
    assert ET.fromstring(graphml(Graph([]))) is not None


@pytest.mark.parametrize("text", HARMFUL, ids=range(len(HARMFUL)))
def test_no_text_is_more_than_text(text: str) -> None:
    plain, harmful = ([("user", "likes", one), (one, f"is {one}", "x")] for one in ("y", text))
    expected, drawn = (ET.fromstring(svg(graph(rows))) for rows in (plain, harmful))
    assert sorted(one.tag for one in drawn.iter()) == sorted(one.tag for one in expected.iter())
    expected, exported = (ET.fromstring(graphml(graph(rows))) for rows in (plain, harmful))
    assert [one.tag for one in exported.iter()] == [one.tag for one in expected.iter()]


@given(st.lists(st.tuples(*[st.text(min_size=1, max_size=8)] * 3), max_size=12))
def test_any_facts_are_drawn_and_exported(rows: list[tuple[str, str, str]]) -> None:
    found = graph(rows)
    for document in (svg(found), graphml(found)):
        ET.fromstring(document)
    edges = msgspec.json.decode(json(found))["edges"]
    assert len(edges) == len(found.triples)


def test_a_label_is_one_short_line_without_signs_that_are_obeyed() -> None:
    assert shown("a\u202eb\n\tc\x00") == "ab c"
    assert len(shown("x" * 100)) == LONGEST
    assert shown("\u202e")
