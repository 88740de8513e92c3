"""What facts say together does not depend on the order in which they came."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from recollect.facts.derived import Derived, derive
from recollect.facts.wanted import holds
from recollect.model import Fact, Source

START = datetime(2025, 1, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def fact(id: str, value: str | None, since: float, said: float | None = None, **fields: object) -> Fact:
    given = {"attribute": "lives in", "subject": "user", "order": (int(id, 36), 0)} | fields
    moment = None if said is None else day(said)
    return Fact(id=id, text=f"lives in {value}", value=value, created=day(99), valid_from=day(since), said=moment, **given)


def at(facts: list[Fact], number: float) -> list[str | None]:
    return [one.value for one in derive(facts) if holds(one, day(number))]


SLOTS = [("user", "lives in"), ("user", "likes"), ("user", "dislikes"), ("user's sister", "lives in"), ("user", "sister")]


@st.composite
def histories(draw: st.DrawFn) -> list[Fact]:
    """Return facts of a few slots, as learned and as remembered."""
    made: list[Fact] = []
    for number in range(draw(st.integers(1, 9))):
        since = draw(st.integers(0, 6))
        learned = draw(st.booleans())
        slot = draw(
            st.sampled_from([("user", "lives in"), ("user", "likes"), ("user", "dislikes"), ("user's sister", "lives in"), ("user", "sister")])
        )
        made.append(
            fact(
                "0123456789"[number],
                draw(st.sampled_from(["Ana", "b", "B ", "c"])),
                since,
                since + draw(st.integers(0, 3)) if learned else None,
                subject=slot[0],
                attribute=slot[1],
                adds=draw(st.booleans()),
                denies=learned and draw(st.booleans()),
                corrects=learned and draw(st.booleans()),
                wrong=draw(st.sampled_from([None, "b", "c"])),
                replaces=draw(st.sampled_from([None, None, None, *[one.id for one in made]])),
                valid_to=draw(st.sampled_from([None, None, day(since + 2)])),
                sources=(Source(draw(st.sampled_from("st"))),),
            )
        )
    return made


@given(histories(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(facts, random):
    mixed = facts.copy()
    random.shuffle(mixed)
    assert derive(mixed) == derive(facts)


@given(histories(), st.lists(st.tuples(st.integers(0, 8), st.booleans())))
def test_what_is_kept_up_to_date_is_what_is_worked_out_anew(facts, changes):
    kept, there = Derived(), {}
    for number, put in changes:
        one = facts[number % len(facts)]
        if put:
            kept.put(one)
            there[one.id] = one
        else:
            kept.remove(one.id)
            there.pop(one.id, None)
        assert kept.facts() == derive(there.values())


@given(histories())
def test_each_fact_is_seen_once_and_none_ends_before_it_begins(facts):
    found = derive(facts)
    assert sorted(id for one in found for id in (one.id, *one.also)) == [one.id for one in facts]
    assert all(one.valid_to is None or one.valid_to >= one.valid_from for one in found)
    assert all(one.superseded_by is None or one.valid_to is not None for one in found)


@given(histories())
def test_of_values_that_do_not_add_one_at_most_holds(facts):
    single = [replace(one, adds=False, attribute="lives in", subject="user") for one in facts]
    for number in range(11):
        assert len(at(single, number)) <= 1


def test_the_later_value_ends_the_earlier_one():
    assert at([fact("1", "Rome", 1), fact("2", "Oslo", 5)], 4.9) == ["Rome"]
    assert at([fact("1", "Rome", 1), fact("2", "Oslo", 5)], 5) == ["Oslo"]
    assert at([fact("1", "Rome", 1), fact("2", "Oslo", 5)], 0.9) == []


def test_a_denial_ends_its_value_alone_and_without_a_value_all():
    likes = [fact(str(number), value, number, attribute="likes", adds=True) for number, value in enumerate(("tea", "gin", "jam"))]
    assert at([*likes, fact("4", "gin", 4, attribute="likes", denies=True)], 5) == ["tea", "jam"]
    assert at([*likes, fact("4", None, 4, attribute="likes", denies=True)], 5) == []
    assert at([*likes, fact("4", "rum", 4, attribute="likes", denies=True)], 5) == ["tea", "gin", "jam"]


def test_a_denial_that_corrects_undoes_what_the_wrong_one_did():
    facts = [fact("1", "Rome", 1, 1), fact("2", "Oslo", 3, 3), fact("3", "Oslo", 5, 5, denies=True, corrects=True)]
    assert [at(facts, number) for number in (2, 4, 6)] == [["Rome"], ["Rome"], ["Rome"]]


def test_a_correction_counts_from_when_it_was_said_and_reaches_back():
    facts = [fact("1", "Rome", 1, 1), fact("2", "Oslo", 3, 3), fact("3", "Bergen", 5, 5, corrects=True), fact("4", "Paris", 7, 7)]
    assert [at(facts, number) for number in (2, 3, 6, 7)] == [["Rome"], ["Bergen"], ["Bergen"], ["Paris"]]


def test_a_correction_of_nothing_is_a_statement():
    assert at([fact("1", "Rome", 1, 1, corrects=True)], 2) == ["Rome"]
    assert at([fact("0", "Oslo", 0), fact("1", "Rome", 1, 1, corrects=True, wrong="Paris")], 2) == ["Rome"]


def test_corrections_that_name_each_other_come_to_an_end():
    facts = [
        fact("1", "a", 1, 1, corrects=True, replaces="2", attribute=None),
        fact("2", "b", 2, 2, corrects=True, replaces="1", attribute=None),
    ]
    assert len(derive(facts)) == 2


def test_a_beginning_that_is_told_late_gives_way_to_what_was_said_in_between():
    facts = [fact("1", "Acme", 10, 10), fact("2", "Globex", 2, 20)]
    assert [at(facts, number) for number in (5, 15, 21)] == [[], ["Acme"], ["Globex"]]
    assert at([fact("2", "Globex", 2, 20)], 5) == ["Globex"]


def test_whoever_is_called_by_a_relation_goes_by_the_name():
    facts = [fact("1", "Rome", 1, subject="Ana"), fact("2", "Oslo", 2, subject="user's sister"), fact("3", "Ana", 3, attribute="sister", adds=True)]
    assert at(facts, 4) == ["Oslo", "Ana"]
    assert [one.subject for one in derive(facts)] == ["Ana", "Ana", "user"]
    assert at([*facts, fact("4", "Eva", 4, attribute="sister", adds=True)], 5) == ["Rome", "Oslo", "Ana", "Eva"]


def test_thousands_of_facts_of_one_slot_are_seen_in_no_time():
    many = [fact("z", f"v{number}", number / 100, attribute="likes", adds=number % 2 > 0, order=(number, 0)) for number in range(5000)]
    numbered = [replace(one, id=str(number)) for number, one in enumerate(many)]
    assert len(derive(numbered)) == 5000
