"""What the words around a number say that it is."""

import re
from collections.abc import Iterable
from typing import Literal

from recollect.privacy.redaction.seen import BARRIER
from recollect.privacy.redaction.vocabulary import ANYWHERE, STEMS, WHOLE

BEFORE = 48
"""Characters in front of a number that are read."""
AFTER = 24
"""Characters behind it."""


Sense = Literal["phone", "id", "other", ""]
"""What a number is said to be: a telephone's, a person's, another thing's, or nothing."""


def words(*whole: str, stems: str = "", anywhere: str = "") -> str:
    """Return a pattern of words: some as they stand, some by their beginning, and some, of scripts without spaces, anywhere."""
    either = [rf"(?:{_either(' '.join(whole).split())})(?![^\W_])"] if whole else []
    if stems:
        either.append(f"(?:{_either(stems.split())})")
    bounded = rf"(?<![^\W_])(?:{'|'.join(either)})" if either else ""
    return "|".join(filter(None, [bounded, _either(anywhere.split()) if anywhere else ""]))


def _either(some: Iterable[str]) -> str:
    return "|".join(re.escape(one).replace("_", "[ _-]?") for one in sorted(some, key=len, reverse=True))


def before(text: str, start: int, width: int = BEFORE) -> str:
    """Return what stands in front of a place, in lower case: as far as the last value that was found."""
    return _CAMEL.sub(" ", text[max(0, start - width) : start].rpartition(BARRIER)[2]).lower()


def after(text: str, end: int, width: int = AFTER) -> str:
    """Return what stands behind a place, in lower case: as far as the next value or line. Nothing, if a number follows, which the words belong to."""
    near = text[end : end + width]
    cut = _END.search(near)
    return near.lower() if cut is None else "" if cut[0].isdigit() else near[: cut.start()].lower()


_CAMEL = re.compile("(?<=[a-z])(?=[A-Z])")
"""Names such as phoneNumber are words, too."""
_END = re.compile(rf"[\d@\n{BARRIER}]")

_SENSES = re.compile(
    "|".join(f"(?P<{sense}>{words(WHOLE[sense], stems=STEMS[sense], anywhere=ANYWHERE[sense])})" for sense in ("phone", "id", "other"))
)


def sense(text: str, start: int, end: int) -> Sense:
    """Return what the nearest word in front of a number says that it is; without one, the first word behind it."""
    named = None
    for named in _SENSES.finditer(before(text, start)):  # noqa: B007 - the last one counts
        pass
    named = named or _SENSES.search(after(text, end))
    return named.lastgroup if named is not None else ""  # type: ignore[return-value]  # the pattern's groups are the senses
