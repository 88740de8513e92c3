"""Where the entities of a graph stand in a picture: a tree from left to right, so that no two labels meet."""

from collections import deque
from unicodedata import east_asian_width

from msgspec import Struct

from recollect.facts.finding import USER
from recollect.facts.triples import Graph

LONGEST = 36
"""Signs of a label, at most."""
LETTER, ROW, GAP, MARGIN = 7.2, 34, 46, 24
"""Pixels: a letter's width, a row's height, the gap between columns beside the relation's label, and around everything."""


class Place(Struct, frozen=True):
    """A box of an entity: its label, the middle of its left side, its width."""

    key: str
    label: str
    x: float
    y: float
    width: float
    depth: int


class Layout(Struct, frozen=True):
    """Where everything stands. ``branches`` are the triples, by number, that the tree is made of; the others cross it."""

    places: dict[str, Place]
    branches: dict[int, str]
    width: float
    height: float


def layout(graph: Graph, root: str = USER) -> Layout:
    """Lay a graph out, always in the same way: from ``root``, and then from whatever is not connected with it, in the order of the triples."""
    children, branches, roots = _tree(graph, root)
    depths = dict.fromkeys(roots, 0)
    order: list[str] = []
    stack = roots[::-1]
    while stack:
        key = stack.pop()
        order.append(key)
        for child in reversed(children[key]):
            depths[child] = depths[key] + 1
            stack.append(child)
    rows = _rows(order, children)
    columns = _columns(graph, depths, branches)
    places = {
        key: Place(
            key, shown(graph.name(key)), columns[depths[key]], MARGIN + ROW * (rows[key] + 0.5), measure(shown(graph.name(key))) + 20, depths[key]
        )
        for key in order
    }
    width = max((place.x + place.width for place in places.values()), default=0) + MARGIN
    leaves = sum(not children[key] for key in order)
    return Layout(places, branches, width, ROW * leaves + 2 * MARGIN)


def _tree(graph: Graph, root: str) -> tuple[dict[str, list[str]], dict[int, str], list[str]]:
    """Return each entity's children, the triples that lead to them with the child, and the roots."""
    numbers: dict[str, list[int]] = {}
    for number, triple in enumerate(graph.triples):
        for key in (graph.key(triple.subject), graph.key(triple.object)):
            numbers.setdefault(key, []).append(number)
    first = [graph.key(root)] if root in graph else []
    children: dict[str, list[str]] = {}
    branches: dict[int, str] = {}
    roots: list[str] = []
    for start in (*first, *numbers):
        if start in children:
            continue
        roots.append(start)
        children[start] = []
        queue = deque([start])
        while queue:
            here = queue.popleft()
            for number in sorted(numbers[here], key=lambda one: (graph.triples[one].relation, one)):
                triple = graph.triples[number]
                other = graph.key(triple.object) if graph.key(triple.subject) == here else graph.key(triple.subject)
                if other not in children:
                    children[other] = []
                    children[here].append(other)
                    branches[number] = other
                    queue.append(other)
    return children, branches, roots


def _rows(order: list[str], children: dict[str, list[str]]) -> dict[str, float]:
    """Return rows: each leaf has its own, and the others stand in the middle of their children."""
    rows: dict[str, float] = {}
    leaves = 0
    for key in order:
        if not children[key]:
            rows[key] = leaves
            leaves += 1
    for key in reversed(order):
        if children[key]:
            rows[key] = (rows[children[key][0]] + rows[children[key][-1]]) / 2
    return rows


def _columns(graph: Graph, depths: dict[str, int], branches: dict[int, str]) -> list[float]:
    """Return where each column begins: behind the widest label before, and the widest relation between."""
    deepest = max(depths.values(), default=0)
    boxes, relations = [0.0] * (deepest + 1), [0.0] * (deepest + 1)
    for key, depth in depths.items():
        boxes[depth] = max(boxes[depth], measure(shown(graph.name(key))) + 20)
    for number, child in branches.items():
        relations[depths[child]] = max(relations[depths[child]], measure(shown(graph.triples[number].relation)))
    columns = [float(MARGIN)]
    for depth in range(1, deepest + 1):
        columns.append(columns[-1] + boxes[depth - 1] + GAP + relations[depth])
    return columns


def shown(text: str) -> str:
    """Return a label: one line, without signs that are obeyed rather than drawn, and not too long."""
    line = " ".join("".join(sign for sign in text if sign.isprintable() or sign.isspace()).split()) or "\N{REPLACEMENT CHARACTER}"
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def measure(text: str) -> float:
    """Return about how many pixels a text takes."""
    return sum(LETTER * (1.9 if east_asian_width(sign) in "WF" else 1) for sign in text)
