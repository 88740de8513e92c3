"""Which spans of time a question names: "in May 2023", "yesterday", "last week", "between 3 and 9 June". English, and ISO dates in any language."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache

from msgspec import Struct

LONGEST = 1_000
"""Characters of a text that are read."""
DAY = 86_400_000_000
"""Microseconds."""

MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
"""The first month of each season, as most of the world's population counts."""
COUNTS = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "couple of": 2,
    "three": 3,
    "few": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "ten": 10,
}


class Span(Struct, frozen=True):
    """From ``since`` to just before ``until``, in microseconds since 1970 (UTC)."""

    since: int
    until: int


_MONTH = (
    "(?P<{0}>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_COUNT = rf"(?P<count>\d{{1,3}}|{'|'.join(sorted(COUNTS, key=len, reverse=True))})"
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_HINT = re.compile(rf"\d|ago\b|day\b|night|morning|evening|week|month|year|spring|summer|autumn|fall|winter|{'|'.join(name[:3] for name in MONTHS)}")
"""Without any of these, a text names no time."""
_UNIT = "(?P<unit>day|week|month|year)"


def spans(text: str, now: int) -> list[Span]:
    """Return the spans that a text names, seen from ``now`` (microseconds since 1970), without those that lie within another's words."""
    today = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=now)).date()
    text = text[:LONGEST].lower()
    if not _HINT.search(text):
        return []
    years = set(_YEAR.findall(text))
    year = years.pop() if len(years) == 1 else None
    found: list[Span] = []
    taken: list[tuple[int, int]] = []
    for pattern, resolve in _rules():
        for match in pattern.finditer(text):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            days = _days(resolve, match, year, today)
            if days is not None:
                taken.append(match.span())
                found.append(Span(_micros(days[0]), _micros(days[1])))
    return _joined(found, text)


def _joined(found: list[Span], text: str) -> list[Span]:
    """Make one span of two where the text says "between … and …" or "from … to …"."""
    if len(found) == 2 and re.search(r"\bbetween\b.+\band\b|\bfrom\b.+\b(?:to|until|till)\b", text):  # noqa: PLR2004
        return [Span(min(one.since for one in found), max(one.until for one in found))]
    return found


def _days(resolve: "Resolve", match: re.Match[str], year: str | None, today: date) -> tuple[date, date] | None:
    """Resolve a match, in the one year that the text names if it names none itself; a date that no calendar has (31 June) is none."""
    groups = match.groupdict()
    if "year" in groups and not groups["year"]:
        groups["year"] = year
    try:
        return resolve(groups, today)
    except (ValueError, OverflowError):
        return None


def _micros(day: date) -> int:
    return (day - date(1970, 1, 1)).days * DAY


def _month(name: str) -> int:
    return next(number for number, full in enumerate(MONTHS, 1) if full.startswith(name[:3]))


def _months(year: int, month: int, count: int = 1) -> tuple[date, date]:
    """Return the span of some months; ``month`` may be below 1 or above 12."""
    first = year * 12 + month - 1
    return date(first // 12, first % 12 + 1, 1), date((first + count) // 12, (first + count) % 12 + 1, 1)


def _one(day: date) -> tuple[date, date]:
    return day, day + timedelta(days=1)


Groups = dict[str, str | None]
Resolve = Callable[[Groups, date], tuple[date, date]]


def _iso(g: Groups, _: date) -> tuple[date, date]:
    year, month, day = int(g["year"] or 0), int(g["month"] or 0), g["day"]
    return _one(date(year, month, int(day))) if day else _months(year, month)


def _day_of_month(g: Groups, today: date) -> tuple[date, date]:
    month, day = _month(g["month"] or g["month2"] or ""), int(g["day"] or g["day2"] or 0)
    year = int(g["year"] or 0) or (today.year if (month, day) <= (today.month, today.day) else today.year - 1)
    first = date(year, month, day)
    last = g.get("to")
    return first, (date(year, month, int(last)) if last else first) + timedelta(days=1)


def _month_of_year(g: Groups, today: date) -> tuple[date, date]:
    month = _month(g["month"] or "")
    return _months(int(g["year"] or 0) or (today.year if month <= today.month else today.year - 1), month)


def _season(g: Groups, today: date) -> tuple[date, date]:
    month = SEASONS[g["season"] or ""]
    year = int(g["year"] or 0)
    if not year:
        past = g["which"] == "last"
        year = today.year if month + (3 if past else 0) <= today.month else today.year - 1
    return _months(year, month, 3)


def _year(g: Groups, _: date) -> tuple[date, date]:
    return _months(int(g["year"] or 0), 1, 12)


def _near(g: Groups, today: date) -> tuple[date, date]:
    return _one(
        today - timedelta(days={"today": 0, "tonight": 0, "this morning": 0, "this evening": 0, "day before yesterday": 2}.get(g["near"] or "", 1))
    )


def _ago(g: Groups, today: date) -> tuple[date, date]:
    count, unit = _count(g), g["unit"]
    if unit == "day":
        return _one(today - timedelta(days=count))
    if unit == "week":
        middle = today - timedelta(weeks=count)
        return middle - timedelta(days=3), middle + timedelta(days=4)
    return _months(today.year, today.month - count) if unit == "month" else _months(today.year - count, 1, 12)


def _past(g: Groups, today: date) -> tuple[date, date]:
    days = _count(g) * {"day": 1, "week": 7, "month": 30, "year": 365}[g["unit"] or ""]
    return today - timedelta(days=days), today + timedelta(days=1)


def _count(g: Groups) -> int:
    text = g["count"] or "1"
    return int(text) if text.isdigit() else COUNTS[text]


def _which(g: Groups, today: date) -> tuple[date, date]:
    unit, back = g["unit"], 1 if g["which"] == "last" else 0
    monday = today - timedelta(days=today.weekday())
    if unit == "weekend":
        saturday = monday + timedelta(days=5) - timedelta(weeks=back)
        return saturday, saturday + timedelta(days=2)
    if unit == "week":
        return monday - timedelta(weeks=back), monday + timedelta(weeks=1 - back)
    return _months(today.year, today.month - back) if unit == "month" else _months(today.year - back, 1, 12)


def _weekday(g: Groups, today: date) -> tuple[date, date]:
    back = (today.weekday() - WEEKDAYS.index(g["weekday"] or "")) % 7
    return _one(today - timedelta(days=back or 7))


@cache
def _rules() -> tuple[tuple[re.Pattern[str], Resolve], ...]:
    return tuple((re.compile(pattern), resolve) for pattern, resolve in _written())


def _written() -> Iterator[tuple[str, Resolve]]:
    """Yield patterns with what they mean; the more words a pattern takes, the earlier it stands."""
    year = r"(?P<year>(?:19|20)\d\d)"
    day = r"(?P<{0}>[0-3]?\d)(?:st|nd|rd|th)?"
    yield rf"\b{year}-(?P<month>[01]\d)(?:-(?P<day>[0-3]\d))?\b", _iso
    to = r"(?:\s*(?:-|\N{EN DASH}|to|and)\s*(?P<to>[0-3]?\d)(?:st|nd|rd|th)?)?"
    yield (
        rf"\b(?:{day.format('day')}(?:\s+of)?\s+{_MONTH.format('month')}|{_MONTH.format('month2')}\.?\s+{day.format('day2')}{to})\b(?:,?\s+{year}\b)?",
        _day_of_month,
    )
    yield rf"\b{_MONTH.format('month')}\.?,?\s+(?:of\s+)?{year}\b", _month_of_year
    yield (
        rf"\b(?:in|during|since|until|by|before|after|last|this|of|early|late|mid)[\s-]{_MONTH.format('month')}(?P<year>)\b(?!\s*\d)",
        _month_of_year,
    )
    yield rf"\b(?:(?P<which>last|this|the|in|during)\s+)(?P<season>spring|summer|autumn|fall|winter)\b(?:\s+(?:of\s+)?{year}\b)?", _season
    yield rf"\b{_COUNT}\s+{_UNIT}s?\s+ago\b", _ago
    yield rf"\b(?:past|last|previous)\s+{_COUNT}\s+{_UNIT}s?\b", _past
    yield rf"\b(?:in|over|during|within)\s+the\s+(?:past|last)\s+(?P<count>){_UNIT}\b", _past
    yield r"\b(?P<near>day before yesterday|yesterday|last night|today|tonight|this morning|this evening)\b", _near
    yield r"\b(?P<which>last|this)\s+(?P<unit>weekend|week|month|year)\b", _which
    yield rf"\b(?:last|on|this|past)\s+(?P<weekday>{'|'.join(WEEKDAYS)})\b", _weekday
    yield rf"\b{year}\b", _year
