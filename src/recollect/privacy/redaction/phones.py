"""Telephone numbers: international ones by the world's numbering plans, national ones by their form, the words around them, or a given region."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import pairwise

from msgspec import Struct

from recollect.extras import needed
from recollect.privacy.redaction.context import sense
from recollect.privacy.redaction.digits import MOST_GROUPS, Groups, is_fraction, is_word
from recollect.privacy.redaction.kinds import Found
from recollect.privacy.redaction.national import is_date, looks_national
from recollect.privacy.redaction.seen import BARRIER

with needed("phonenumbers", "privacy"):
    import phonenumbers

REGIONS: frozenset[str] = frozenset(phonenumbers.SUPPORTED_REGIONS)
"""Countries as ISO 3166 has them."""

_FEWEST, _MOST = 7, 15
_FEWEST_WITH_CODE = 8
_REGION = re.compile(r"\d[\d \t().\-/ー]{5,}+")
_GROUP = re.compile(r"\d++")
_GAP = re.compile(r"(?:[ \t]|[.\-/ー]|\) ?|\()|[ ]?\(0?\)[ ]?|[ ]?[-()][ ]?|\)[-./ ]{1,2}|[ ]\(|--")
_EXTENSION = re.compile(r"(?:[ ,;]{0,2}(?:ext\.?|extension|poste|int\.|durchwahl|dw|доб\.?|wew\.|内線|x)[ .:]{0,2}|#)\d{1,5}(?!\d)", re.IGNORECASE)
_AMOUNT = re.compile(
    r"[ ]?(?:[€$£¥%₽₹円元人]|(?:eur|usd|gbp|chf|pln|zł|kr|rub|руб|euros?|dollars?)(?![a-z])"  # noqa: RUF001 - Cyrillic
    r"|(?:people|users|personen|habitantes|habitants|abitanti|mieszk|inwoners))",
    re.IGNORECASE,
)
_SUM = re.compile(r"(?:\d\+|[\d)\]] \+ |(?<![^\W_])[A-Za-z] \+ )\Z")
"""What stands in front of the second part of a sum, or of a version."""
_STATE = re.compile(r"\b[A-Z]{2}\.?,?\s{1,3}\Z")
_COUNTRY = re.compile(r",?\s{1,3}U\.?S\.?(?:A\b|A?\W|A?\Z)")
_ZIP = (5, 4)
_DATE = 3
"""Groups of a date."""
_MOST_SINGLE = 2
"""Groups of a single digit in a number: a country's code, an extension."""
_PAIR = 2
_YEAR = re.compile(r"(?:19|20)\d\d")
_LONG = 16
"""In a longer run of groups, such as a table, numbers begin with a zero, a plus sign or a bracket, or at the run's beginning."""
_NEAR = 14
"""Characters that may stand between a number and the next, which is then one, too: "030 123456 or 0171 234567"."""


class _Run(Struct, gc=False):
    """Groups of digits that one number may be made of. ``plus``: a plus sign stands in front; ``named``: another number stands near in front.

    ``fresh``: the group at which a number may begin that no words announce: the first one, or the one behind a number or a date.
    """

    text: str
    groups: Groups
    plus: bool
    region: str | None
    named: bool = False
    fresh: int = 0


def phones(text: str, region: str | None, ends: Iterable[int] = ()) -> Iterator[Found]:
    """Yield the telephone numbers in a text.

    Args:
        text: a text as it is seen.
        region: the country whose national numbers count wherever they stand, as ISO 3166.
        ends: behind which places a number stood that was found before.

    """
    known = sorted(ends)
    for run in _runs(text, region):
        place = 0
        while place < len(run.groups):
            start = run.groups[place][0]
            near = bisect_right(known, start)
            run.named = near > 0 and start - known[near - 1] <= _NEAR and BARRIER not in text[known[near - 1] : start]
            found, place = _at(run, place)
            if found is not None:
                run.fresh = place
                known.insert(near, found.end)
                yield found


def _runs(text: str, region: str | None) -> Iterator[_Run]:
    for part in _REGION.finditer(text):
        groups: Groups = []
        for group in _GROUP.finditer(text, *part.span()):
            plus = _plus(text, group.start())
            if groups and (plus or _GAP.fullmatch(text, groups[-1][1], group.start()) is None):
                yield _Run(text, groups, _plus(text, groups[0][0]), region)
                groups = []
            groups.append(group.span())
        yield _Run(text, groups, _plus(text, groups[0][0]), region)


def _plus(text: str, start: int) -> bool:
    near = text[max(0, start - 2) : start]
    return (near.endswith("+") or near in ("+ ", "+(")) and _SUM.search(text, max(0, start - 5), start) is None


def _at(run: _Run, first: int) -> tuple[Found | None, int]:
    """Return the number that begins at a group, or None, and the group to go on with."""
    text, start = run.text, run.groups[first][0]
    plus = run.plus and first == 0
    if first > _LONG and not run.named and text[start] != "0" and text[start - 1] != "(":
        return None, first + 1
    if is_word(text, start - 1) or text[start - 1 : start] in ("#", "№", "_", "$", "€", "£"):
        return None, first + 1
    for last in _ends(run, first):
        end = run.groups[last - 1][1]
        if is_word(text, end) and not _EXTENSION.match(text, end):
            continue
        if text[end : end + 1] in (":", ",") and text[end + 1 : end + 2].isdigit():
            continue
        if _is_fraction(run, first, last) or _ends_in_year(run, first, last) or _is_zip(run, first, last):
            continue
        if not plus and is_date(_digits(run, first, last), _shape(run, first, last)):
            run.fresh = min(first + _DATE, last)
            return None, run.fresh
        value = _international(run, first, last) if plus else _national(run, first, last)
        if value is not None:
            extension = _EXTENSION.match(text, end)
            begin = start - text[max(0, start - 2) : start][::-1].find("+") - 1 if plus else start - (text[start - 1 : start] == "(")
            return Found("PHONE", begin, end if extension is None else extension.end(), value), last
    return None, first + 1


def _ends(run: _Run, first: int) -> list[int]:
    """Return behind which groups a number may end that begins at one, the longest first."""
    ends, digits, single = [], 0, 0
    whole = sum(end - start for start, end in run.groups[first : first + 2 * MOST_GROUPS])
    for last, (start, end) in enumerate(run.groups[first : first + MOST_GROUPS], first + 1):
        if digits >= _FEWEST and run.text[start] == "0" and whole - digits > _FEWEST:
            break  # here begins another number
        digits += end - start
        single += end - start == 1
        if digits > _MOST or single > _MOST_SINGLE:
            break
        if digits >= _FEWEST:
            ends.append(last)
    return ends[::-1]


def _shape(run: _Run, first: int, last: int) -> tuple[int, ...]:
    return tuple(end - start for start, end in run.groups[first:last])


def _is_fraction(run: _Run, first: int, last: int) -> bool:
    """Tell whether groups are a decimal number, or its fraction, or the seconds of a time."""
    start = run.groups[first][0]
    if last - first == 1:
        return is_fraction(run.text, start)
    whole = run.groups[first][1] - start
    clock = run.text[start - 1 : start] == ":" and run.text[start - 2 : start - 1].isdigit()
    return last - first == _PAIR and (whole == 1 or (whole == _PAIR and clock)) and is_fraction(run.text, run.groups[first + 1][0])


def _ends_in_year(run: _Run, first: int, last: int) -> bool:
    """Tell whether the last group is a year in brackets, as in "64, 016132 (2001)"."""
    start, end = run.groups[last - 1]
    return last - first > 1 and run.text[start - 1] == "(" and run.text[end : end + 1] == ")" and _YEAR.fullmatch(run.text, start, end) is not None


def _is_zip(run: _Run, first: int, last: int) -> bool:
    """Tell whether groups are an American postcode: "MA 02110-1301", "02110-1301 USA"."""
    start, end = run.groups[first][0], run.groups[last - 1][1]
    if _shape(run, first, last) != _ZIP or run.text[run.groups[first][1]] != "-":
        return False
    return _STATE.search(run.text, max(0, start - 8), start) is not None or _COUNTRY.match(run.text, end) is not None


def _left(run: _Run, last: int) -> int:
    """Return how many digits follow behind a number that are joined to it as its own groups are: so few, they are no other number."""
    rest = run.groups[last : last + MOST_GROUPS]
    gaps = {run.text[left:right] for (_, left), (right, _) in pairwise(run.groups[last - 2 : last + 1])}
    return sum(end - start for start, end in rest) if len(gaps) == 1 else 0


def _digits(run: _Run, first: int, last: int) -> str:
    return "".join(run.text[start:end] for start, end in run.groups[first:last])


def _international(run: _Run, first: int, last: int) -> str | None:
    """Return a number with a country code in E.164, or None."""
    groups = run.groups[first:last]
    trunk = [run.text[start - 1 : end + 1] == "(0)" for start, end in groups]
    digits = "".join(run.text[start:end] for (start, end), zero in zip(groups, trunk, strict=True) if not zero)
    number = _parsed(f"+{digits}", None)
    if number is not None and phonenumbers.is_valid_number(number):
        return _canonical(number)
    shortest = sum(end - start for start, end in run.groups[first : last - 1]) < _FEWEST_WITH_CODE
    if number is not None and len(digits) >= _FEWEST_WITH_CODE and shortest | (last == len(run.groups)) and phonenumbers.is_possible_number(number):
        return f"+{digits}"
    return None


def _national(run: _Run, first: int, last: int) -> str | None:
    """Return a number without a country code: in E.164 if the region is given, else its digits; None if it is none."""
    digits = _digits(run, first, last)
    start, end = run.groups[first][0], run.groups[last - 1][1]
    if digits.startswith("00"):
        number = _parsed(f"+{digits[2:]}", None)
        return _canonical(number) if number is not None and phonenumbers.is_valid_number(number) else None
    if _AMOUNT.match(run.text, end):
        return None
    joined = run.text[start - 1 : start] in ("-", "/", ".", "=") and is_word(run.text, start - 2)
    near = sense(run.text, start, end)
    if run.named and near != "other":
        near = "phone"
    if near == "other" or (near != "phone" and (joined or near == "id")):
        return None
    number = _parsed(digits, run.region) if run.region is not None else None
    if number is not None and phonenumbers.is_valid_number(number):
        return _canonical(number)
    if near != "phone" and (first != run.fresh or 0 < _left(run, last) < _FEWEST):
        return None
    return digits if looks_national(run.text, run.groups[first:last], digits, _shape(run, first, last), named=near == "phone") else None


def _parsed(number: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None


def _canonical(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
