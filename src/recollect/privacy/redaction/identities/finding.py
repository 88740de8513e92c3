"""National ids in a text: by form, check digits, and the words around them."""

import re
from collections.abc import Iterator
from itertools import pairwise

from recollect.privacy.redaction.context import sense
from recollect.privacy.redaction.digits import Run, is_fraction
from recollect.privacy.redaction.identities.countries import country
from recollect.privacy.redaction.identities.lettered import LETTERED
from recollect.privacy.redaction.identities.numeric import BY_LENGTH, Numeric
from recollect.privacy.redaction.kinds import Found
from recollect.privacy.redaction.national import is_date

_WRITTEN = (
    "6-4 4-6 6-5 6-7 8-4 6-3-2 2-3-3-3 3-3-3-2 3-3-3 4-2-3 3-3-4 3-2-2-3 3-3-2-2 3-3-5 4-4-4 2-2-2-3-2 2-2-2-4 3-4-4-2 "
    "1-2-2-2-3-3-2 1-2-2-5-3-2 13-2 1-2-2-2-3-5 6-8-4 6-5-2 4-3-3 1-6-6 7-6 4-4-1 1-3-3-3-1 3-3-3-3 6-6"
)
_SHAPES = {tuple(map(int, shape.split("-"))) for shape in _WRITTEN.split()}
"""Groups in which an id may be written, whatever is printed on its card."""
_GAP = frozenset((" ", ".", "-", "/", " - ", " / "))
_FIRST_TWO = {shape[:2] for shape in _SHAPES}
_HINTS = {id.hint for id in LETTERED}
_FEWEST_IN_DATE = 2
_PARTS = re.compile("[ ./-]")
_FEWEST, _MOST = min(BY_LENGTH), max(BY_LENGTH)


def identities(text: str, all_runs: list[Run]) -> Iterator[Found]:
    """Yield the national ids in a text."""
    yield from _lettered(text)
    for run in all_runs:
        done = 0
        for first, last in run.windows(_FEWEST, _MOST, _FIRST_TWO):
            if first >= done and _is_identity(text, run, first, last):
                yield Found("NATIONAL_ID", run.groups[first][0], run.groups[last - 1][1], run.part(first, last))
                done = last


def _lettered(text: str) -> Iterator[Found]:
    hints = {hint for hint in _HINTS if hint.search(text)}
    for id in LETTERED if hints else ():
        if id.hint not in hints:
            continue
        for match in id.pattern.finditer(text):
            value = match[0].upper() if id.country == "FI" else _PARTS.sub("", match[0]).upper()  # a Finnish one's sign tells the century
            if id.check(value):
                near = sense(text, *match.span())
                if near == "id" or (id.alone and near != "other"):
                    yield Found("NATIONAL_ID", match.start(), match.end(), value)


def _is_identity(text: str, run: Run, first: int, last: int) -> bool:
    known = BY_LENGTH.get(run.counts[last] - run.counts[first])
    groups = run.groups[first:last]
    shape = tuple(end - start for start, end in groups)
    if known is None or (len(groups) > 1 and shape not in _SHAPES):
        return False
    start, end = groups[0][0], groups[-1][1]
    gaps = [text[left:right] for (_, left), (right, _) in pairwise(groups)]
    if text[start - 1 : start] in ("+", "#", "№") or (len(groups) == 1 and is_fraction(text, start)) or not _GAP.issuperset(gaps):
        return False
    digits = run.part(first, last)
    if len(groups) > _FEWEST_IN_DATE and is_date(digits, shape):
        return False
    fitting = [id for id in known if id.check(digits)]
    if not fitting:
        return False
    near = sense(text, start, end)
    named = country(text, start, end) if near == "id" else ""
    if named and all(id.country != named for id in fitting):
        return False
    return near == "id" or (near == "" and any(_needs_no_words(id, shape, gaps) for id in fitting))


def _needs_no_words(id: Numeric, shape: tuple[int, ...], gaps: list[str]) -> bool:
    return id.alone or any(shape == groups and all(gap in separators for gap in gaps) for groups, separators in id.printed)
