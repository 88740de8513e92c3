"""A text that comes in pieces is redacted as the whole would be."""

import random

import pytest

from recollect.privacy.redaction import Redaction, redact_text
from recollect.privacy.redaction.streams import HOLD, LONGEST_WORD, RedactingStream

from .test_finding import OTHER, VALUES

TEXTS = [text for texts in VALUES.values() for text in texts] + OTHER
KEY = "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ\n" * 25 + "-----END PRIVATE KEY-----"
PROSE = "We spent the weekend at the lake with Anna, cooked pasta, and talked about moving to Lisbon next year. " * 4


def cut(text, length):
    return [text[start : start + length] for start in range(0, len(text), length)]


@pytest.mark.parametrize("length", [1, 3, 7])
def test_a_value_that_is_split_over_pieces_is_caught(length):
    redaction = Redaction()
    for text in [*TEXTS, f"key:\n{KEY}\nend"]:
        assert "".join(RedactingStream(redaction).over(cut(text, length))) == redact_text(redaction, text), text


@pytest.mark.parametrize("text", ["\n".join("4111111111111111"), "4111 1111\n1111 1111", "\u200b".join("john [at] example [dot] com")])
@pytest.mark.parametrize("length", [1, 3, 7])
def test_a_value_over_lines_or_with_what_is_not_drawn_is_caught(text, length):
    redaction, text = Redaction(), f"it is {text} as I said"
    assert redaction.find(text)
    assert "".join(RedactingStream(redaction).over(cut(text, length))) == redact_text(redaction, text)


def test_texts_one_after_another_are_redacted_as_the_whole():
    redaction, chance = Redaction(), random.Random(2)
    for _ in range(150):
        text = chance.choice([" ", "\n", ". ", ", "]).join(chance.sample(TEXTS, 3))
        assert "".join(RedactingStream(redaction).over(cut(text, chance.randint(1, 12)))) == redact_text(redaction, text), text


def test_of_plain_prose_only_the_last_words_are_held_back():
    stream = RedactingStream(Redaction())
    fed = passed = 0
    for piece in cut(PROSE, 4):
        passed += len(stream.feed(piece))
        fed += len(piece)
        assert fed - passed < 24
    assert passed + len(stream.close()) == len(PROSE)


@pytest.mark.parametrize(("text", "most"), [("1 " * 5_000, 2 * HOLD), ("a" * 50_000, 2 * LONGEST_WORD), ('"a ' * 5_000, 2 * HOLD)])
def test_no_more_is_held_back_than_is_told(text, most):
    stream = RedactingStream(Redaction())
    held = 0
    for piece in cut(text, 100):
        held += len(piece) - len(stream.feed(piece))
        assert held <= most
    assert len(stream.close()) == held


def test_the_rest_of_an_unfinished_value_is_passed_on_at_the_end():
    stream = RedactingStream(Redaction())
    assert stream.feed("mail ana@exam") == "mail "
    assert stream.close() == "ana@exam"
