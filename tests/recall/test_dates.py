from datetime import UTC, datetime

import pytest

from recollect.recall.dates import spans

NOW = datetime(2023, 6, 14, 15, tzinfo=UTC)
"""A Wednesday."""


def day(micros):
    return datetime.fromtimestamp(micros / 1e6, UTC).date().isoformat()


def days(text):
    return [(day(one.since), day(one.until)) for one in spans(text, int(NOW.timestamp()) * 1_000_000)]


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("What happened on 11 December, 2022?", "2022-12-11", "2022-12-12"),
        ("on May 8th", "2023-05-08", "2023-05-09"),
        ("the 3rd of July", "2022-07-03", "2022-07-04"),
        ("June 3-9, 2022", "2022-06-03", "2022-06-10"),
        ("between August 11 and August 15 2022", "2022-08-11", "2022-08-16"),
        ("from 3 June to 9 June", "2023-06-03", "2023-06-10"),
        ("in May 2021", "2021-05-01", "2021-06-01"),
        ("in December", "2022-12-01", "2023-01-01"),
        ("in 2022", "2022-01-01", "2023-01-01"),
        ("am 2023-05-07", "2023-05-07", "2023-05-08"),
        ("2023-05", "2023-05-01", "2023-06-01"),
        ("yesterday", "2023-06-13", "2023-06-14"),
        ("today", "2023-06-14", "2023-06-15"),
        ("the day before yesterday", "2023-06-12", "2023-06-13"),
        ("last week", "2023-06-05", "2023-06-12"),
        ("this month", "2023-06-01", "2023-07-01"),
        ("last weekend", "2023-06-10", "2023-06-12"),
        ("last year", "2022-01-01", "2023-01-01"),
        ("three days ago", "2023-06-11", "2023-06-12"),
        ("2 weeks ago", "2023-05-28", "2023-06-04"),
        ("a few months ago", "2023-03-01", "2023-04-01"),
        ("the past two weeks", "2023-05-31", "2023-06-15"),
        ("last Friday", "2023-06-09", "2023-06-10"),
        ("on Wednesday", "2023-06-07", "2023-06-08"),
        ("last summer", "2022-06-01", "2022-09-01"),
        ("in the winter of 2021", "2021-12-01", "2022-03-01"),
    ],
)
def test_a_time_is_understood(text, since, until):
    assert days(text) == [(since, until)]


@pytest.mark.parametrize(
    "text", ["", "may I ask?", "31 June", "the second one", "99 days", "a fortnight", "1234-99-99", "9999999 years ago", "marching on"]
)
def test_what_names_no_time_is_none(text):
    assert days(text) == []


def test_two_times_are_two_spans():
    assert days("in May 2021 or in 2022") == [("2021-05-01", "2021-06-01"), ("2022-01-01", "2023-01-01")]
