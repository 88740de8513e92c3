"""Texts with their values replaced."""

from recollect.privacy.redaction.redaction import Redaction
from recollect.privacy.redaction.styles import Number, Numbering

_MOST_PASSES = 8
_GAP = "…"
"""Stands for what is removed at last, where each removal brings together what looks like another value."""


def redact_text(redaction: Redaction, text: str, number: Number | None = None, context: str = "") -> str:
    """Return a text with what is found in it replaced. Doing it twice changes nothing more.

    Args:
        redaction: what is found, and what stands in its place.
        text: any text.
        number: gives the numbers of labels; without it, they count from 1 within this text.
        context: what stands in front of the text and says what it is.

    """
    number = number or Numbering()
    found = redaction.find(text, context)
    removing = any(redaction.style_of(one.kind) == "remove" for one in found)
    for left in range(_MOST_PASSES - 1, -1, -1):
        if not found:
            break
        parts, done = [], 0
        for one in found:
            parts += [text[done : one.start], redaction.replacement(one, number) or ("" if left else _GAP)]
            done = one.end
        text = "".join([*parts, text[done:]])
        found = redaction.find(text, context) if removing else []
    return text
