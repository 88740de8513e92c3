from datetime import UTC, date, datetime, timedelta

import pytest

from facts.utterances import SAID
from recollect.facts.language import Times
from recollect.facts.times import Clock, span_text
from recollect.recall.dates import Span

CLOCK = Clock(Times(english={"übermorgen": "day after tomorrow", "im mai": "in may"}))


def days(span: Span | None) -> tuple[str, str] | None:
    """Return the first and the last day of a span."""
    if span is None:
        return None
    first, end = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment) for moment in (span.since, span.until))
    return first.date().isoformat(), (end - timedelta(days=1)).date().isoformat()


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("tomorrow", "2024-03-14", "2024-03-14"),
        ("the day after tomorrow", "2024-03-15", "2024-03-15"),
        ("next week", "2024-03-18", "2024-03-24"),
        ("next weekend", "2024-03-23", "2024-03-24"),
        ("this weekend", "2024-03-16", "2024-03-17"),
        ("next month", "2024-04-01", "2024-04-30"),
        ("next year", "2025-01-01", "2025-12-31"),
        ("next Friday", "2024-03-22", "2024-03-22"),
        ("on Friday", "2024-03-15", "2024-03-15"),
        ("in 3 days", "2024-03-16", "2024-03-16"),
        ("in two weeks", "2024-03-24", "2024-03-30"),
        ("in a month", "2024-04-01", "2024-04-30"),
        ("in two years", "2026-01-01", "2026-12-31"),
        ("in April", "2024-04-01", "2024-04-30"),
        ("in February", "2025-02-01", "2025-02-28"),
        ("on 2 April", "2024-04-02", "2024-04-02"),
        ("on the 20th", "2024-03-20", "2024-03-20"),
        ("on the 5th", "2024-04-05", "2024-04-05"),
        ("on 2024-05-01", "2024-05-01", "2024-05-01"),
        ("today", "2024-03-13", "2024-03-13"),
        ("übermorgen", "2024-03-15", "2024-03-15"),
        ("im Mai", "2024-05-01", "2024-05-31"),
    ],
)
def test_a_time_to_come_is_seen_from_when_it_was_said(text: str, first: str, last: str) -> None:
    assert days(CLOCK.when(f"we go there {text}", SAID, ahead=True)) == (first, last)


@pytest.mark.parametrize("text", ["yesterday", "in 2019", "last week", "soon", "three days ago", "last Friday", "on Friday last week"])
def test_what_is_over_or_no_day_is_no_time_to_come(text: str) -> None:
    assert CLOCK.when(f"we go there {text}", SAID, ahead=True) is None


def test_a_time_that_is_told_afterwards_lies_before() -> None:
    assert days(CLOCK.when("I moved last month", SAID, ahead=False)) == ("2024-02-01", "2024-02-29")
    assert days(CLOCK.when("I moved in April", SAID, ahead=False)) == ("2023-04-01", "2023-04-30")
    assert CLOCK.when("I moved in 2031", SAID, ahead=False) is None


def test_months_and_years_wrap() -> None:
    december = int(datetime(2024, 12, 31, tzinfo=UTC).timestamp()) * 1_000_000
    assert days(CLOCK.when("next month", december, ahead=True)) == ("2025-01-01", "2025-01-31")
    assert days(CLOCK.when("on the 30th", int(datetime(2024, 1, 31, tzinfo=UTC).timestamp()) * 1_000_000, ahead=True)) is None


def test_a_span_is_told_by_its_days() -> None:
    day = (date(2024, 3, 22) - date(1970, 1, 1)).days * 86_400_000_000
    assert span_text(Span(day, day + 86_400_000_000)) == "on 2024-03-22"
    assert span_text(Span(day, day + 2 * 86_400_000_000)) == "from 2024-03-22 to 2024-03-23"
