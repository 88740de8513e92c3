"""Values are found however their characters are written, and the whole of what was written is replaced."""

import pytest

from recollect.privacy.redaction import Redaction
from recollect.privacy.redaction.seen import seen

CARD = "4111111111111111"
HIDDEN = {
    "full width": "".join(chr(ord(digit) + 0xFEE0) for digit in CARD),
    "Arabic digits": "".join(chr(ord(digit) - 48 + 0x660) for digit in CARD),
    "Devanagari digits": "".join(chr(ord(digit) - 48 + 0x966) for digit in CARD),
    "mathematical digits": "".join(chr(ord(digit) - 48 + 0x1D7CE) for digit in CARD),
    "keycaps": "".join(f"{digit}\ufe0f\u20e3" for digit in CARD),
    "no-break spaces": "4111\u00a01111\u00a01111\u00a01111",
    "thin spaces": "4111\u20091111\u20091111\u20091111",
    "zero width": "\u200b".join(CARD),
    "word joiners": "41\u206011\u206011111111\ufeff1111",
    "soft hyphens": "4111\u00ad1111\u00ad1111\u00ad1111",
    "hard hyphens": "4111\u20111111\u20111111\u20111111",
    "minus signs": "4111\u22121111\u22121111\u22121111",
    "direction marks": "\u202d4111\u200e1111\u200f1111\u202c1111",
    "controls": "4111\x001111\x071111\x1b1111",
    "percent": "4111%201111%201111%201111",
    "percent twice": "4111%25201111%25201111%25201111",
    "percent of full width": "%EF%BC%94111111111111111",
    "JSON escapes": "4111\\u00201111\\u200b1111\\u20111111",
    "HTML": "4111&#32;1111&#x20;1111&#160;1111",
    "HTML's names": "4111&nbsp;1111&amp;nbsp;1111&shy;1111",
    "HTML without ends": "".join(f"&#{ord(digit)}" for digit in CARD) + ";",
    "HTML with zeros": "".join(f"&#{ord(digit):010};" for digit in CARD),
    "escapes of other languages": "\\x34\\u{31}\\U00000031" + CARD[3:],
    "struck out": "\u0336".join(CARD),
    "accents": "\u0301".join(CARD),
    "circles": "\u20dd".join(CARD),
    "formats": "\U0001d173".join(CARD[:8]) + "\u06dd" + CARD[8:],
    "bold": "**4111**1111**1111**1111",
    "middle dots": "4111·1111·1111·1111",
    "apostrophes": "4111'1111'1111'1111",
}


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN)
def test_a_card_is_found_however_it_is_hidden(text):
    (found,) = Redaction().find(f"pay with {text}, please")
    assert (found.kind, found.value) == ("CARD", CARD)
    assert f"pay with {text}, please"[found.end :] == ", please"


@pytest.mark.parametrize(
    "text",
    [
        "ana\uff20example\uff0ecom",
        "ana%40example.com",
        "ana\\u0040example.com",
        "ana&#64;example&#46;com",
        "ana&commat;example&period;com",
        "a\u0336n\u0336a\u0336@\u0336example.com",
        "a\u200bna@exam\u200dple.com",
        "\uff41na@example.com",
    ],
)
def test_an_address_is_found_however_it_is_hidden(text):
    (found,) = Redaction().find(f"to {text} now")
    assert (found.kind, found.value) == ("EMAIL", "ana@example.com")
    assert f"to {text} now"[found.start : found.end] == text


def test_letters_with_accents_of_their_own_are_found_whole():
    for text in ("andre\u0301@example.fr", "andr\u00e9@example.fr"):
        (found,) = Redaction().find(f"to {text}.")
        assert found == ("EMAIL", 3, 3 + len(text), "andr\u00e9@example.fr")


def test_bullets_in_front_of_a_number_do_not_hide_it():
    (found,) = Redaction().find(f"\u2022\u2022\u2022\u2022{CARD}")
    assert found.value == CARD


def test_a_phone_number_in_a_url_is_found_with_its_escapes():
    text = "https://example.com/call?to=%2B34%20612%20345%20678&x=1"
    (found,) = Redaction().find(text)
    assert text[found.start : found.end] == "%2B34%20612%20345%20678"


def test_every_place_of_a_text_as_it_is_seen_leads_back_to_its_character():
    text = "a\u200bb%C3%BCc\\nd\uff11e%zz"
    view = seen(text)
    assert view.text == "ab\u00fcc\nd1e%zz"
    assert [text[slice(*view.origin(place, place + 1))] for place in range(len(view.text))] == [
        *("a\u200b", "b", "%C3%BC", "c", "\\n", "d", "\uff11", "e", "%", "z", "z"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\u200b",
        "%",
        "%4",
        "%ff%fe",
        "\\u12",
        "&#;",
        "&#99999999;",
        "&amp;",
        "%\u0301",
        "&\u0301",
        "\\\u0301",
        "\\u{ffffff}",
        "\\Uffffffff",
        "\\ud800\\udc00",
        "%25",
    ],
)
def test_what_is_no_escape_does_no_harm(text):
    assert Redaction().find(text) == []
