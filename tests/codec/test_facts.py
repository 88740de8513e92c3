"""Facts as documents: what comes back is what was remembered; what cannot be read is told."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from recollect import Damaged, Fact, NewerFormat, Source
from recollect.codec.facts import CARRIED, check_carried, decode_fact, decode_passed, decode_use, encode_fact, encode_passed, encode_use
from recollect.model import FACT_KINDS, TRUSTS, Document, Use

TIMES = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001  # hypothesis takes naive bounds
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
SOURCES = st.builds(Source, TEXTS, st.none() | TEXTS, st.none() | st.integers(1, 2**53))
FACTS = st.builds(
    Fact,
    id=TEXTS,
    text=TEXTS,
    kind=st.sampled_from(FACT_KINDS),
    subject=st.none() | TEXTS,
    attribute=st.none() | TEXTS,
    value=st.none() | TEXTS,
    sources=st.lists(SOURCES, max_size=3).map(tuple),
    trust=st.sampled_from(TRUSTS),
    created=TIMES,
    valid_from=TIMES,
    said=st.none() | TIMES,
    valid_to=st.none() | TIMES,
    expires=st.none() | TIMES,
    archived=st.none() | TIMES,
    order=st.tuples(st.integers(1, 2**53), st.integers(0, 99)),
)


@given(FACTS, st.integers(1, 2**53))
def test_what_comes_back_is_what_was_remembered(fact, position):
    first, second = fact.order
    assert decode_fact(replace(encode_fact(fact), position=position)) == replace(fact, position=position, order=(min(first, position), second))


@given(TIMES, st.integers(1, 2**53))
def test_uses_come_back(time, uses):
    assert decode_use(encode_use("x", Use(time, uses))) == Use(time, uses)


def test_a_fact_is_first_ordered_by_where_it_was_written():
    fact = Fact(id="x", text="t", created=datetime(2025, 1, 1, tzinfo=UTC), valid_from=datetime(2025, 1, 1, tzinfo=UTC))
    written = decode_fact(replace(encode_fact(fact), position=7))
    assert written.order == (7, 0)
    assert decode_fact(replace(encode_fact(written), position=9)).order == (7, 0)


def test_what_is_seen_from_other_facts_is_not_kept():
    now = datetime(2025, 1, 1, tzinfo=UTC)
    fact = Fact(id="x", text="t", created=now, valid_from=now, superseded_by="y", also=("z",), strength=0.5, used=now, uses=3)
    assert decode_fact(encode_fact(fact)) == Fact(id="x", text="t", created=now, valid_from=now)


@pytest.mark.parametrize("collection", sorted(CARRIED))
def test_what_cannot_be_read_is_told_with_its_id(collection):
    for body, error in ((b"\x02{}", NewerFormat), (b"", Damaged), (b" {", Damaged), (b" 7", Damaged), (b' {"text": 7}', Damaged)):
        with pytest.raises(error, match=r"(facts?|value) 'x'"):
            check_carried(Document(collection, "x", body))


def test_what_is_passed_over_comes_back():
    assert decode_passed(encode_passed("x", [("s", "m"), ("t", "n")])) == [("s", "m"), ("t", "n")]
