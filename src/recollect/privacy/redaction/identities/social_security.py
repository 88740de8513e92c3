"""US social security numbers: 3, 2 and 4 digits, by the rules for areas, groups and serials."""

from collections.abc import Iterator
from itertools import pairwise

from recollect.privacy.redaction.context import sense
from recollect.privacy.redaction.digits import Run
from recollect.privacy.redaction.kinds import Found

_LENGTH = 9
_PRINTED = (3, 2, 4)
_FIRST_TWO = {_PRINTED[:2]}


def social_security(text: str, all_runs: list[Run]) -> Iterator[Found]:
    """Yield the social security numbers in a text: as they are printed, or as nine digits behind words that say so."""
    for run in all_runs:
        done = 0
        for first, last in run.windows(_LENGTH, _LENGTH, _FIRST_TWO):
            digits = run.part(first, last)
            if first >= done and is_assigned(digits) and _looks(text, run, first, last):
                done = last
                yield Found("SSN", run.groups[first][0], run.groups[last - 1][1], digits)


def is_assigned(digits: str) -> bool:
    """Tell whether a number may have been given out: areas 001 to 899 but 666, group and serial other than 0."""
    return digits[0] != "9" and digits[:3] not in ("000", "666") and digits[3:5] != "00" and digits[5:] != "0000"


def _looks(text: str, run: Run, first: int, last: int) -> bool:
    groups = run.groups[first:last]
    start, end = groups[0][0], groups[-1][1]
    if tuple(end - start for start, end in groups) == _PRINTED:
        gaps = {text[end:start] for (_, end), (start, _) in pairwise(groups)}
        whole = last - first == len(run.groups) or " " in text[groups[0][0] - 1 : groups[0][0]] + text[end : end + 1] or gaps == {"-"}
        return whole and len(gaps) == 1 and "," not in "".join(gaps) and sense(text, start, end) != "other" and _alone(text, start, end)
    near = text[max(0, start - 48) : start].lower()
    return last - first == 1 and ("ssn" in near or "social security" in near or "social_security" in near)


def _alone(text: str, start: int, end: int) -> bool:
    """Tell whether no digit is joined to the number by a hyphen."""
    return not (text[max(0, start - 2) : start][:1].isdigit() and text[start - 1] == "-") and not (
        text[end : end + 1] == "-" and text[end + 1 : end + 2].isdigit()
    )
