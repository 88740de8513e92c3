"""Taking long texts apart, since the vector of a long text is near to nothing in it."""

import re

LONG = 480
"""Characters of a piece: about what a person says in one breath, eighty words."""
MOST = 24
"""Pieces of one text that are embedded."""

_ENDS = re.compile(r"(?<=[.!?؟])\s+|(?<=[。！？])|\n+")  # noqa: RUF001  # full-width signs


def pieces(text: str) -> list[str]:
    """Return a text in pieces of at most LONG characters, whole sentences where that goes; a short text as it is."""
    text = text.strip()
    if len(text) <= LONG:
        return [text] if text else []
    found: list[str] = []
    for sentence in _ENDS.split(text):
        for start in range(0, len(sentence), LONG):
            part = sentence[start : start + LONG].strip()
            if found and len(found[-1]) + 1 + len(part) <= LONG:
                found[-1] += f" {part}"
            elif part:
                found.append(part)
        if len(found) > MOST:
            break
    return found[:MOST]
