"""When a statement says that something was, is or will be. Times are read in English, which a rules file translates to, and as ISO dates."""

import re
from datetime import UTC, date, datetime, timedelta

from recollect.facts.language import Times
from recollect.recall.dates import COUNTS, DAY, WEEKDAYS, Span, spans

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_AHEAD = re.compile(
    rf"\b(?:(?P<tomorrow>day after tomorrow|tomorrow)|next (?P<next>week|weekend|month|year|{'|'.join(WEEKDAYS)})"
    rf"|in (?P<count>\d{{1,3}}|{'|'.join(sorted(COUNTS, key=len, reverse=True))}) (?P<unit>day|week|month|year)s?)\b"
)
_OVER = re.compile(r"\b(?:last|past|previous|ago|yesterday|earlier|this morning)\b")
_WEEKDAY = re.compile(rf"\b(?:on|this) (?:{'|'.join(WEEKDAYS)})\b")
_DAY_ONLY = re.compile(r"\bon the (?P<day>[0-3]?\d)(?:st|nd|rd|th)\b(?! of)")


class Clock:
    """Resolves the times that statements of one language name."""

    def __init__(self, times: Times) -> None:
        self._english = times.english
        words = sorted(times.english, key=len, reverse=True)
        self._foreign = re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(word) for word in words)})(?!\w)") if words else None

    def when(self, text: str, said: int, *, ahead: bool) -> Span | None:
        """Return the time that a clause names; with ``ahead``, one that is not over when it is said."""
        text = text.lower()
        if self._foreign:
            text = self._foreign.sub(lambda match: self._english[match.group()], text)
        try:
            return _coming(text, said) if ahead else _past(text, said)
        except (OverflowError, ValueError):
            return None


def span_text(span: Span) -> str:
    """Return a span as words: ``"on 2024-03-22"``, ``"from 2024-04-01 to 2024-04-30"``."""
    first, last = (date(1970, 1, 1) + timedelta(days=day) for day in (span.since // DAY, (span.until - 1) // DAY))
    return f"on {first}" if first == last else f"from {first} to {last}"


def _past(text: str, said: int) -> Span | None:
    return next((span for span in spans(text, said) if span.since <= said), None)


def _coming(text: str, said: int) -> Span | None:
    today = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=said)).date()
    if match := _AHEAD.search(text):
        return _ahead(match, today)
    if match := _DAY_ONLY.search(text):
        day = int(match["day"])
        first = today.replace(day=1)
        return _of(today.replace(day=day) if day >= today.day else (first + timedelta(days=32)).replace(day=day))
    found = next(iter(spans(text, said)), None)
    if found and found.until <= said and _WEEKDAY.search(text) and not _OVER.search(text):
        week = 7 * DAY
        return Span(found.since + week, found.until + week)
    if found and found.until <= said and not _YEAR.search(text) and not _OVER.search(text):
        found = next(iter(spans(text, said + 365 * DAY)), None)
    return found if found and found.until > said else None


def _of(first: date, days: int = 1) -> Span:
    since = (first - date(1970, 1, 1)).days * DAY
    return Span(since, since + days * DAY)


def _ahead(match: re.Match[str], today: date) -> Span:
    if tomorrow := match["tomorrow"]:
        return _of(today + timedelta(days=2 if "after" in tomorrow else 1))
    return _next(match["next"], today) if match["next"] else _in(match["count"], match["unit"], today)


def _next(unit: str, today: date) -> Span:
    monday = today + timedelta(days=7 - today.weekday())
    if unit in WEEKDAYS:
        return _of(monday + timedelta(days=WEEKDAYS.index(unit)))
    if unit == "week":
        return _of(monday, 7)
    if unit == "weekend":
        return _of(monday + timedelta(days=5), 2)
    return _month(today.year * 12 + today.month) if unit == "month" else _month(today.year * 12 + 12, 12)


def _in(words: str, unit: str, today: date) -> Span:
    count = int(words) if words.isdigit() else COUNTS[words]
    if unit == "day":
        return _of(today + timedelta(days=count))
    if unit == "week":
        return _of(today + timedelta(days=7 * count - 3), 7)
    return _month(today.year * 12 + today.month - 1 + count) if unit == "month" else _month((today.year + count) * 12, 12)


def _month(number: int, count: int = 1) -> Span:
    """Return some months from one that is counted from the year 0 on."""
    first, last = date(number // 12, number % 12 + 1, 1), date((number + count) // 12, (number + count) % 12 + 1, 1)
    return _of(first, (last - first).days)
