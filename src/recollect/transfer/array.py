"""The items of a JSON list too long to be read whole."""

import re
from collections.abc import Iterator

from recollect.errors import Invalid
from recollect.transfer.report import Refusal
from recollect.transfer.source import LONGEST, Source

CHUNK = 1 << 16
"""Bytes read at a time, while items are short."""

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_ITEM = re.compile(rb'(?:[^"\[\]{},]++|' + _STRING + rb")*+", re.DOTALL)
_INNER = re.compile(rb'(?:[^"\[\]{}]++|' + _STRING + rb")*+", re.DOTALL)
_DEPTH = {b"[": 1, b"{": 1, b"]": -1, b"}": -1, b",": 0}


def items(source: Source) -> Iterator[tuple[int, bytes] | Refusal]:
    """Yield the items of a list that is the whole file, each as its bytes, numbered from 1.

    Only brackets, commas and strings are told apart: whether an item is JSON, its reader finds out, and the next item
    can be read all the same. Where the list itself is broken, the last thing yielded is a refusal.

    Raises:
        Invalid: the file holds no list.

    """
    source.rewind()
    buffer = source.read(CHUNK).lstrip()
    if not buffer.startswith(b"["):
        raise Invalid(f"{str(source.path)!r} holds no JSON list; choose another format")
    number, start, place, depth = 1, 1, 1, 1
    while depth:
        place = (_INNER if depth > 1 else _ITEM).match(buffer, place).end()  # type: ignore[union-attr]  # it matches nothing, too
        mark = buffer[place : place + 1]
        if mark not in _DEPTH:  # the end of what was read, or a string that goes on behind it
            size = len(buffer) - start
            more = source.read(max(CHUNK, size)) if size <= LONGEST else b""
            if not more:
                yield Refusal(number, _cut(size))
                return
            buffer, place, start = buffer[start:] + more, place - start, 0
            continue
        place, depth = place + 1, depth + _DEPTH[mark]
        if depth == 0 or mark == b",":
            item = buffer[start : place - 1].strip()
            if item or depth:
                yield number, item
            number, start = number + 1, place
    if buffer[place:].strip() or source.read(CHUNK).strip():
        yield Refusal(number, "there is more behind the end of the list, which was not read")


def _cut(size: int) -> str:
    if size > LONGEST:
        return f"the item takes more than {LONGEST >> 20} MiB; it and what follows were not read"
    return "the file ends within the list: its end is missing"
