import json
import sys
import unicodedata

import pytest

from recollect.cli import visible

OBEYED = [chr(point) for point in range(sys.maxunicode + 1) if unicodedata.category(chr(point)) in ("Cc", "Cf", "Zl", "Zp")]
KEPT_IN_WORDS = set("\u200c\u200d\u200e\u200f\u061c\u00ad")


def test_no_control_or_format_character_is_left_in_a_line():
    shown = visible.line("".join(f"a{char}b" for char in OBEYED))
    assert all(unicodedata.category(char) not in ("Cc", "Cf", "Zl", "Zp") for char in shown)


def test_in_the_lines_of_a_message_only_joiners_and_marks_of_words_are_left():
    shown = "".join(visible.lines("".join(f"a{char}b" for char in OBEYED)))
    assert {char for char in shown if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")} == KEPT_IN_WORDS


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x9b2J", r"\x9b2J"),
        ("bell\x07 back\x08 del\x7f nul\x00", r"bell\x07 back\x08 del\x7f nul\x00"),
        ("over\u202eride\u2066isolate", r"over\u202eride\u2066isolate"),
        ("tag\U000e0041", r"tag\U000e0041"),
        ("two\nlines\tand\rmore", r"two\nlines\tand\rmore"),
        ("lone\udc80", r"lone\udc80"),
        ("an\u200da", r"an\u200da"),
        ("naïve 東京 مرحبا 🍵", "naïve 東京 مرحبا 🍵"),
        ("👩\u200d💻 نم\u200cک", "👩\u200d💻 نم\u200cک"),
    ],
)
def test_a_line_shows_what_a_terminal_would_obey(text, shown):
    assert visible.line(text) == shown


def test_a_message_keeps_its_lines_and_its_tabs_become_spaces():
    assert visible.lines("one\n\ttwo\r\nthree\r") == ["one", "    two", r"three\r"]


def test_json_is_the_same_value_and_nothing_that_a_terminal_obeys():
    value = {"text": "".join(OBEYED), "plain": "東京 🍵"}
    line = visible.json_line(value)
    assert json.loads(line) == value
    assert line.isprintable()
    assert "東京 🍵" in line
