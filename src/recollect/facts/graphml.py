"""A graph of facts for other programs: GraphML and JSON."""

from xml.sax.saxutils import escape, quoteattr

import msgspec

from recollect.facts.triples import Graph, Triple

KEYS = ("relation", "fact", "sources", "trust", "valid_from", "valid_to")
"""What an edge tells."""


def graphml(graph: Graph) -> str:
    """Return a graph as GraphML: nodes with a ``name``, directed edges with ``relation``, ``fact``, ``sources``, ``trust`` and validity."""
    ids = {graph.key(name): f"n{number}" for number, name in enumerate(graph.entities())}
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
        '<key id="name" for="node" attr.name="name" attr.type="string"/>',
        *(f'<key id="{key}" for="edge" attr.name="{key}" attr.type="string"/>' for key in KEYS),
        '<graph id="facts" edgedefault="directed">',
        *(f'<node id="{ids[key]}"><data key="name">{xml(graph.name(key))}</data></node>' for key in ids),
    ]
    for number, triple in enumerate(graph.triples):
        data = "".join(f'<data key="{key}">{xml(text)}</data>' for key, text in zip(KEYS, _told(triple), strict=True) if text)
        ends = f'source="{ids[graph.key(triple.subject)]}" target="{ids[graph.key(triple.object)]}"'
        lines.append(f'<edge id="e{number}" {ends}>{data}</edge>')
    return "\n".join([*lines, "</graph>", "</graphml>", ""])


def json(graph: Graph) -> str:
    """Return a graph as JSON: ``nodes`` with ``id`` and ``name``, ``edges`` with ``source``, ``target`` and what a triple tells."""
    ids = {graph.key(name): f"n{number}" for number, name in enumerate(graph.entities())}
    edges = [
        {"source": ids[graph.key(triple.subject)], "target": ids[graph.key(triple.object)], **msgspec.to_builtins(triple)} for triple in graph.triples
    ]
    nodes = [{"id": id, "name": graph.name(key)} for key, id in ids.items()]
    return msgspec.json.encode({"nodes": nodes, "edges": edges}).decode()


def xml(text: str) -> str:
    """Return a text as XML's character data; what XML 1.0 cannot hold becomes U+FFFD."""
    return escape(_storable(text))


def attribute(text: str) -> str:
    """Return a text as the quoted value of an XML attribute."""
    return quoteattr(_storable(text))


def _storable(text: str) -> str:
    return "".join(sign if _allowed(sign) else "\ufffd" for sign in text)


def _allowed(sign: str) -> bool:
    return sign in "\t\n\r" or " " <= sign < "\ud800" or "\ue000" <= sign < "\ufffe" or sign > "\uffff"


def _told(triple: Triple) -> tuple[str, ...]:
    sources = msgspec.json.encode(triple.sources).decode() if triple.sources else ""
    until = triple.valid_to.isoformat() if triple.valid_to else ""
    return triple.relation, triple.fact, sources, triple.trust, triple.valid_from.isoformat(), until
