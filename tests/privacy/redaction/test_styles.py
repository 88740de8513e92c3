"""What stands in the place of a value, and that it stays."""

import random

import pytest
from msgspec.structs import replace

from recollect import Invalid
from recollect.privacy.redaction import Numbering, Redaction, Rule, redact_text

from .test_finding import OTHER, VALUES

KEY = b"sixteen bytes or more"
TEXT = "ana@example.com, bert@example.com, ANA@example.com, card 4111 1111 1111 1111"


def test_a_label_has_the_number_that_the_caller_gives_to_the_canonical_value():
    asked = []
    assert redact_text(Redaction(), "ANA@example.com", lambda *value: asked.append(value) or 7) == "<EMAIL_7>"
    assert asked == [("EMAIL", "ana@example.com")]


def test_labels_count_by_kind_and_the_same_value_has_the_same_label():
    assert redact_text(Redaction(), TEXT) == "<EMAIL_1>, <EMAIL_2>, <EMAIL_1>, card <CARD_1>"


def test_a_mask_leaves_the_end_of_a_card_and_hides_how_long_a_value_was():
    masked = redact_text(Redaction(style="mask"), TEXT)
    assert masked == "••••••••, ••••••••, ••••••••, card ••••••••1111"


def test_a_hash_is_equal_for_equal_values_alone_and_depends_on_the_key():
    first, second, third = redact_text(Redaction(style="hash", key=KEY, kinds={"EMAIL"}), TEXT).split(", ")[:3]
    assert first == third != second
    assert first not in redact_text(Redaction(style="hash", key=KEY[::-1], kinds={"EMAIL"}), TEXT)


def test_a_value_is_removed_and_nothing_else():
    assert redact_text(Redaction(style="remove"), "mail ana@example.com now") == "mail  now"


def test_a_kind_has_a_style_of_its_own():
    redaction = Redaction(style="remove", styles={"CARD": "mask"})
    assert redact_text(redaction, "ana@example.com 4111111111111111") == " ••••••••1111"


@pytest.mark.parametrize("style", ["label", "mask", "hash", "remove"])
def test_redacting_twice_is_redacting_once(style):
    redaction = Redaction(style=style, key=KEY, own=(Rule("STAFF", r"E-\d+"), Rule("NAME", "name: .*")))
    chance = random.Random(5)
    pieces = [text for texts in VALUES.values() for text in texts] + OTHER + ["E-55", "name: Ana Silva"]
    gaps = ["", " ", ", ", "\n", " - ", "-", "/", ".", "@", '"', ":", "=", " 12 ", "("]
    for _ in range(300):
        text = "".join(chance.choice(gaps) + chance.choice(pieces)[chance.choice([0, 0, 0, 2, 5]) :] for _ in range(4))
        once = redact_text(redaction, text)
        assert redact_text(redaction, once) == once, text


def test_what_removals_bring_together_is_removed_too():
    once = redact_text(Redaction(style="remove"), "4111 1111 ana@example.com 1111 1111")
    assert Redaction().find(once) == []


@pytest.mark.parametrize("text", ["<CARD_4111111111111111>", "<CARD:4111111111111111>", "••• +34 612 345 678"])
def test_what_only_looks_redacted_hides_nothing(text):
    assert len(Redaction().find(text)) == 1


def test_a_key_is_not_shown():
    redaction = Redaction(key=KEY, roles={"user": Redaction(key=KEY)})
    assert "sixteen" not in repr(redaction)
    assert "sixteen" not in str(redaction)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"kinds": {"NAME"}}, "kinds has 'NAME'"),
        ({"style": "blur"}, "a style is 'blur'"),
        ({"styles": {"EMAIL": "blur"}}, "a style is 'blur'"),
        ({"styles": {"e mail": "mask"}}, "a kind is 'e mail'"),
        ({"roles": {"robot": None}}, "roles has 'robot'"),
        ({"region": "XX"}, "the region is 'XX'"),
        ({"key": b"short"}, "not of 16 bytes"),
        ({"key": "text of more than 16 bytes"}, "not of 16 bytes"),
        ({"style": "hash"}, "has no key"),
        ({"styles": {"EMAIL": "hash"}}, "has no key"),
        ({"kinds": "EMAIL"}, "kinds is a str"),
        ({"kinds": None}, "kinds is a NoneType"),
        ({"kinds": [1, "X"]}, "kinds has 1"),
        ({"styles": ["mask"]}, "styles is a list"),
        ({"own": Rule("A", "a")}, "own is a Rule"),
        ({"own": ["a"]}, "own has a str"),
        ({"roles": {"user": "mask"}}, "the role 'user' has a str"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_give(given, told):
    with pytest.raises(Invalid, match=told):
        Redaction(**given)


def test_equal_rules_have_equal_fingerprints_and_others_have_not():
    some = [Redaction(), Redaction(kinds={"IP"}), Redaction(style="mask"), Redaction(own=(Rule("A", "a"),)), Redaction(roles={"tool": None})]
    assert len({one.fingerprint for one in some}) == len(some)
    assert [replace(one).fingerprint for one in some] == [one.fingerprint for one in some]
    assert Redaction(own=(Rule("A", recogniser=lambda _: []),)).fingerprint is None


def test_numbers_are_kept_apart_by_kind():
    number = Numbering()
    assert [number("A", "x"), number("A", "y"), number("B", "x"), number("A", "x")] == [1, 2, 1, 1]
