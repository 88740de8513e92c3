"""Looking through a text takes time linear in its length, whatever is in it."""

import gc
import re
import time
from pathlib import Path

import pytest

from recollect.privacy import redaction
from recollect.privacy.redaction import Redaction

UNITS = [
    *(
        "a",
        "1",
        "1 ",
        "12 ",
        "123 ",
        "1234 ",
        "06 12 34 ",
        "@",
        "a@",
        "a@b.",
        "(at)",
        " at ",
        "a at b dot ",
        "+",
        "+1",
        "+34612345678 ",
        "tel 1234567 ",
    ),
    *(
        "4111 1111 1111 1111 ",
        "DE89",
        "DE89 ",
        "IS28 ",
        "1.",
        "1.1.1.1 ",
        "::",
        "a:",
        "1:",
        "-eyJ",
        "eyJaaaaa.",
        "-----BEGIN PRIVATE KEY-----\n",
        "%40",
        "%25",
    ),
    *(
        "\\u0031",
        "token=",
        "bearer ",
        "://",
        "://a:",
        "1\u200b",
        "\uff14",
        "\u90ae",
        "\u90aea@",
        "sk-",
        '"',
        '"@',
        "(",
        "0",
        "&#49;",
        "<A_1",
        "<",
        "\u2022",
    ),
    *(
        "811218-9876 ",
        "811218+9876 ",
        "44051401359 ",
        "1\n",
        " ",
        "-",
        "xoxe",
        "a-",
        "A1",
        "RSSMRA",
        "MMMMMMMMMMMMMMMMMMMMMMMMMM.",
        "123-45-6789 ",
        "[dot]",
        "a.",
        "<EMAIL_1>",
        "x + 12000000",
        "MA 02110-1301 ",
        "a[1::2]",
        "token = a(b1234567",
        "0.666666666666667 ",
        "1, 22, ",
    ),
]


def took(text):
    gc.collect()
    began = time.process_time()
    Redaction().find(text)
    return time.process_time() - began


@pytest.mark.parametrize("unit", UNITS)
def test_ten_times_the_text_takes_about_ten_times_the_time(unit):
    short, long = ((unit * size)[:size] for size in (3_000, 30_000))
    assert min(took(long) for _ in range(2)) <= 16 * min(took(short) for _ in range(3)) + 0.02


@pytest.mark.parametrize("unit", ["tel ", "a@b.", "-----BEGIN PRIVATE KEY-----\n"])
def test_a_megabyte_takes_about_ten_times_as_long_as_a_tenth_of_it(unit):
    short, long = ((unit * size)[:size] for size in (100_000, 1_000_000))
    assert took(long) <= 14 * min(took(short) for _ in range(2)) + 0.1


def test_no_pattern_repeats_what_repeats_without_end():
    """``(a+)+`` tries all ways to part a text. Possessive repetitions and bounded ones do not."""
    nested = re.compile(r"\((?:\?[:P<>\w!=]*)?[^()]*[^\\()][*+](?![+])[^()]*\)[*+](?![+])")
    for path in Path(redaction.__file__).parent.rglob("*.py"):
        for line in path.read_text("utf-8").splitlines():
            if "re.compile" in line:
                assert not nested.search(line), f"{path.name}: {line}"
