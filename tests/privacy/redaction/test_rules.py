"""An application's own rules."""

import pytest

from recollect import Invalid
from recollect.privacy.redaction import Redaction, Rule, redact_text
from recollect.privacy.redaction.presidio import presidio


def test_a_pattern_finds_what_it_matches_before_all_other_rules():
    redaction = Redaction(own=(Rule("STAFF", r"\bE-\d{4}\b"), Rule("OURS", r"\S+@example\.com")))
    assert redact_text(redaction, "E-1234 wrote to ana@example.com and ana@example.org") == "<STAFF_1> wrote to <OURS_1> and <EMAIL_1>"


def test_the_first_group_of_a_pattern_is_the_value():
    assert redact_text(Redaction(own=(Rule("PIN", r"pin (\d{4})"),)), "my pin 1234") == "my pin <PIN_1>"


def test_a_pattern_sees_plain_digits():
    assert redact_text(Redaction(own=(Rule("PIN", r"pin (\d{4})"),)), "pin \uff11\uff12\u200b\uff13\uff14.") == "pin <PIN_1>."


def test_a_recogniser_returns_spans_and_may_tell_their_kinds():
    rule = Rule("NAME", recogniser=lambda text: [(0, 3), (8, 12, "FRIEND")])
    assert redact_text(Redaction(own=(rule,)), "Ana met Bert") == "<NAME_1> met <FRIEND_1>"


def test_a_recogniser_is_asked_once_for_a_text():
    asked = []
    Redaction(own=(Rule("NAME", recogniser=lambda text: asked.append(text) or []),)).find("ana@example.com")
    assert asked == ["ana@example.com"]


def test_what_is_found_twice_is_replaced_once():
    rule = Rule("NAME", recogniser=lambda text: [(0, 3), (2, 8)] if len(text) == 12 else [])
    assert redact_text(Redaction(own=(rule,)), "Ana Silva ok") == "<NAME_1>a ok"


def test_a_rule_that_reaches_over_what_was_redacted_takes_what_is_around_it():
    assert redact_text(Redaction(own=(Rule("LINE", "Name: .*"),)), "Name: Ana <EMAIL_1> Silva") == "<LINE_1> <EMAIL_1> <LINE_2>"


@pytest.mark.parametrize("span", [(-1, 2), (3, 2), (0, 99)])
def test_a_span_outside_of_the_text_is_refused(span):
    with pytest.raises(Invalid, match="the recogniser of the rule NAME returned"):
        Redaction(own=(Rule("NAME", recogniser=lambda _: [span]),)).find("short")


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "name", "pattern": "a"},
        {"kind": "A"},
        {"kind": "A", "pattern": "("},
        {"kind": "A", "pattern": b"a"},
        {"kind": "A", "recogniser": "a"},
        {"kind": "A", "pattern": "a", "recogniser": len},
    ],
)
def test_a_rule_that_cannot_be_is_refused(given):
    with pytest.raises(Invalid):
        Rule(**given)


class Result:
    """As Presidio's RecognizerResult."""

    def __init__(self, entity_type, start, end, score):
        self.entity_type, self.start, self.end, self.score = entity_type, start, end, score


class Analyzer:
    """As Presidio's AnalyzerEngine."""

    def analyze(self, text, language, *, entities=None):
        assert language == "en"
        assert "PERSON" in entities
        found = {"Ana": ("PERSON", 0.85), "Lisbon": ("LOCATION", 0.85), "May": ("PERSON", 0.2), "Monday": ("DATE_TIME", 0.9)}
        return [Result(kind, text.index(word), text.index(word) + len(word), score) for word, (kind, score) in found.items() if word in text]


def test_presidio_finds_names_and_places_that_it_is_sure_of():
    redaction = Redaction(own=(presidio(Analyzer()),))
    assert redact_text(redaction, "Ana flies to Lisbon on a Monday in May, ana@example.com") == (
        "<PERSON_1> flies to <LOCATION_1> on a Monday in May, <EMAIL_1>"
    )
