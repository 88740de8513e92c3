"""The forms in which countries write telephone numbers without their country codes."""

import re
from itertools import pairwise

from recollect.privacy.redaction.digits import Groups

Shape = tuple[int, ...]
"""How many digits each group has."""

_DATES = {(4, 2, 2), (2, 2, 4), (1, 2, 4), (2, 1, 4), (1, 1, 4), (4, 1, 2), (4, 2, 1), (4, 1, 1)}
_MONTHS = 12
_DAYS = 31
_MOBILE = re.compile(
    r"0[67]\d{8}"  # France, Netherlands, Switzerland, Sweden, South Africa, Ukraine
    r"|07\d{9}"  # United Kingdom
    r"|01(?:5\d|6[023]|7\d)\d{7,8}"  # Germany
    r"|04\d{8}"  # Belgium, Australia
    r"|0[789]0\d{8}"  # Japan
    r"|01[016789]\d{7,8}"  # South Korea
    r"|05\d{9}"  # Turkey
)
_NORTH_AMERICA = re.compile(r"1?[2-9]\d\d[2-9]\d{6}")
_NORTH_AMERICAN = {(3, 3, 4), (1, 3, 3, 4)}
_CHINA = re.compile(r"1[3-9]\d{9}")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_TRUNK = re.compile(r"0[1-9]\d{7,10}")
_PAIR, _FRENCH_PAIRS = 2, 5
_SPAIN = {(3, 2, 2, 2), (2, 3, 2, 2)}
_ITALY = re.compile(r"3[2-9]\d{7,8}")
_ITALIAN = {(3, 7), (3, 6), (3, 3, 4), (3, 2, 2, 3)}
_RUSSIA = re.compile(r"8[3489]\d{9}")
_TIMES = re.compile(r"\d{1,2}[.]\d\d ?- ?\d{1,2}[.]\d\d")
_FEWEST_IN_BRACKETS, _MOST_IN_BRACKETS = 8, 11


def is_date(digits: str, shape: Shape) -> bool:
    """Tell whether groups begin with a date, or are two years."""
    if shape == (4, 4):
        return digits[:2] in ("19", "20") and digits[4:6] in ("19", "20")
    if shape == (8,) or (shape[0] == 8 and len(shape) > 1):  # noqa: PLR2004 - YYYYMMDD
        return digits[:2] in ("19", "20") and 1 <= int(digits[4:6]) <= _MONTHS and 1 <= int(digits[6:8]) <= _DAYS
    if shape[:3] not in _DATES:
        return False
    ends = (shape[0], shape[0] + shape[1], sum(shape[:3]))
    parts = [int(digits[: ends[0]]), int(digits[ends[0] : ends[1]]), int(digits[ends[1] : ends[2]])]
    year, *others = parts if shape[0] == 4 else parts[::-1]  # noqa: PLR2004 - YYYY
    return 1900 <= year <= 2100 and max(others) <= _DAYS and min(others) <= _MONTHS  # noqa: PLR2004 - years that people write of


def looks_national(text: str, groups: Groups, digits: str, shape: Shape, *, named: bool) -> bool:
    """Tell whether groups of digits look like a telephone number. ``named``: the words around them say so."""
    start, end = groups[0][0], groups[-1][1]
    if named:
        return _TIMES.match(text, start, end) is None and len(set(digits)) > 1
    gaps = [text[left:right] for (_, left), (right, _) in pairwise(groups)]
    if len(groups) == 1:
        chinese = _CHINA.fullmatch(digits) is not None and _CJK.search(text[max(0, start - 12) : end + 12]) is not None
        return chinese or _MOBILE.fullmatch(digits) is not None
    bracket = text[start - 1 : start] == "(" and gaps[0].startswith(")")
    return _printed(digits, shape, spaced=set(gaps) == {" "}, bracket=bracket)


def _printed(digits: str, shape: Shape, *, spaced: bool, bracket: bool) -> bool:
    """Tell whether groups are how a country prints its numbers. ``spaced``: spaces alone part them; ``bracket``: the first is in brackets."""
    return (
        (_TRUNK.fullmatch(digits) is not None and min(shape) > 1 and (max(shape) > _PAIR or len(shape) == _FRENCH_PAIRS))
        or (_NORTH_AMERICA.fullmatch(digits) is not None and shape in _NORTH_AMERICAN and (bracket or not spaced))
        or (shape in _SPAIN and digits[0] in "6789" and spaced)
        or (_ITALY.fullmatch(digits) is not None and shape in _ITALIAN)
        or (_CHINA.fullmatch(digits) is not None and shape == (3, 4, 4))
        or (_RUSSIA.fullmatch(digits) is not None and shape[:2] == (1, 3))
        or (bracket and 2 <= shape[0] <= 5 and _FEWEST_IN_BRACKETS <= len(digits) <= _MOST_IN_BRACKETS)  # noqa: PLR2004 - area codes
    )
