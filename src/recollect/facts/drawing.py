"""A graph of facts as a picture (SVG)."""

from recollect.facts.finding import USER
from recollect.facts.graphml import attribute, xml
from recollect.facts.layout import MARGIN, Layout, Place, layout, measure, shown
from recollect.facts.triples import Graph, Triple

BOX = 22
"""The height of a box, in pixels."""
SMALL = 0.92
"""The size of a relation's letters, of that of an entity's."""
STYLE = """
text { font: 12px ui-monospace, 'DejaVu Sans Mono', monospace; fill: #1b1f24; unicode-bidi: isolate }
.relation { fill: #57606a; font-size: 11px }
rect { fill: #f6f8fa; stroke: #8c959f }
.root rect { fill: #ddf4ff; stroke: #0969da }
path { fill: none; stroke: #afb8c1 }
.crossing { stroke-dasharray: 4 3; stroke: #bc4c00 }
.across { fill: #bc4c00; stroke: #ffffff; stroke-width: 3px; paint-order: stroke }
.past { stroke-dasharray: 2 3 }
"""


def svg(graph: Graph, root: str = USER) -> str:
    """Draw a graph: entities as boxes from left to right, each relation in front of what it leads to; what crosses the tree is dashed.

    The same graph is always drawn in the same way. Names and relations are text and nothing else, whatever they hold.

    Args:
        graph: what is drawn.
        root: the entity on the left.

    """
    plan = layout(graph, root)
    across = [shown(triple.relation) for number, triple in enumerate(graph.triples) if number not in plan.branches]
    width, height = max(plan.width, 2 * MARGIN) + max(map(measure, across), default=0), plan.height
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}" role="img">',
        f"<title>{xml(f'{len(graph.triples)} facts about {len(plan.places)} entities')}</title>",
        f"<style>{STYLE}</style>",
        f'<rect width="{width:.0f}" height="{height:.0f}" style="fill:#ffffff;stroke:none"/>',
        *(_edge(number, triple, plan, graph) for number, triple in enumerate(graph.triples)),
        *(_box(place, graph) for place in plan.places.values()),
    ]
    return "\n".join([*lines, "</svg>", ""])


def _box(place: Place, graph: Graph) -> str:
    kind = ' class="root"' if place.depth == 0 else ""
    text = f'<text x="{place.x + 10:.1f}" y="{place.y + 4:.1f}" textLength="{measure(place.label):.1f}" lengthAdjust="spacingAndGlyphs">'
    return (
        f'<g{kind}><title>{xml(graph.name(place.key))}</title><rect x="{place.x:.1f}" y="{place.y - BOX / 2:.1f}" width="{place.width:.1f}" '
        f'height="{BOX}" rx="5"/>{text}{xml(place.label)}</text></g>'
    )


def _edge(number: int, triple: Triple, plan: Layout, graph: Graph) -> str:
    one, other = plan.places[graph.key(triple.subject)], plan.places[graph.key(triple.object)]
    told = f"{triple.subject} {triple.relation} {triple.object}, from {triple.valid_from.date()}"
    told += f" to {triple.valid_to.date()}" if triple.valid_to else ""
    title = f"<title>{xml(told)}</title>"
    past = " past" if triple.valid_to else ""
    data = f"data-fact={attribute(triple.fact)}"
    if number not in plan.branches:
        return f"<g {data}>{title}{_crossing(one, other, plan, shown(triple.relation), past)}</g>"
    child = plan.branches[number]
    parent, end = (one, other) if other.key == child else (other, one)
    label = shown(triple.relation) if end is other else f"\N{LEFTWARDS ARROW} {shown(triple.relation)}"
    left = end.x - 8 - measure(label) * SMALL
    middle = parent.x + parent.width + 14
    path = f"M{parent.x + parent.width:.1f} {parent.y:.1f} C{middle:.1f} {parent.y:.1f} {middle:.1f} {end.y:.1f} {middle + 14:.1f} {end.y:.1f}"
    back = f'<rect x="{left - 4:.1f}" y="{end.y - 8:.1f}" width="{measure(label) * SMALL + 4:.1f}" height="16" style="fill:#ffffff;stroke:none"/>'
    text = f'<text class="relation" x="{left:.1f}" y="{end.y + 4:.1f}">{xml(label)}</text>'
    return f'<g {data}>{title}<path class="branch{past}" d="{path} H{end.x:.1f}"/>{back}{text}</g>'


def _crossing(one: Place, other: Place, plan: Layout, label: str, past: str) -> str:
    """Return a curve with its relation, around the right side of what stands between two boxes."""
    start, end = one.x + one.width, other.x + other.width
    top, bottom = sorted((one.y, other.y))
    between = (place.x + place.width for place in plan.places.values() if top <= place.y <= bottom and place.depth in {one.depth, other.depth})
    out = max(between) + BOX
    path = f"M{start:.1f} {one.y:.1f} C{out:.1f} {one.y:.1f} {out:.1f} {other.y:.1f} {end:.1f} {other.y:.1f}"
    x, y = (start + 6 * out + end) / 8 + 4, (top + bottom) / 2 + BOX * 0.75
    return f'<path class="crossing{past}" d="{path}"/><text class="relation across" x="{x:.1f}" y="{y:.1f}">{xml(label)}</text>'
