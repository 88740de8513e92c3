"""International bank account numbers: known length of the country, remainder 1 by 97."""

import re
from collections.abc import Iterator

from recollect.privacy.redaction.checks import mod_97
from recollect.privacy.redaction.digits import is_word
from recollect.privacy.redaction.kinds import Found

_LENGTHS = {
    int(length): countries.split()
    for length, countries in {
        "15": "NO",
        "16": "BE",
        "18": "DK FI FO GL NL SD FK",
        "19": "MK SI",
        "20": "AT BA EE KZ LT LU XK MN",
        "21": "CH HR LI LV",
        "22": "BG BH CR DE GB GE IE ME RS VA",
        "23": "AE GI IL IQ OM SO TL",
        "24": "AD CZ ES MD PK RO SA SE SK TN VG",
        "25": "LY PT ST",
        "26": "IS TR",
        "27": "BI DJ FR GR IT MC MR SM",
        "28": "AL AZ BY CY DO GT HN HU LB NI PL SV",
        "29": "BR EG PS QA UA",
        "30": "JO KW MU YE",
        "31": "MT SC",
        "32": "LC",
        "33": "RU",
    }.items()
}
LENGTHS = {country: length for length, countries in _LENGTHS.items() for country in countries}
"""Characters of an IBAN, by country: SWIFT's registry."""

_START = re.compile(r"\d(?<!\d\d)\d(?:(?<=[A-Za-z]{2}\d\d)|(?<=[A-Za-z]{2}[ .-]\d\d))")
"""Check digits behind a country. They are looked for first because text has few digits and many letters."""
_REST = {length: re.compile(rf"(?:[ \t\n.\-_/:]{{0,2}}+[A-Za-z0-9]){{{length - 4}}}") for length in set(LENGTHS.values())}
"""What follows the check digits, over separators."""
_SEPARATORS = re.compile(r"[ \t\n.\-_/:]")


def ibans(text: str) -> tuple[list[Found], list[tuple[int, int]]]:
    """Return the IBANs in a text, and the spans of what is written like one, in capitals and its beginning in one piece, and fails its check."""
    found, failing = [], []
    for one in _shaped(text):
        written = text[one.start : one.end]
        if mod_97(one.value[4:] + one.value[:4]) == 1:
            found.append(one)
        elif written[2].isdigit() and written == written.upper():
            failing.append((one.start, one.end))
    return found, failing


def _shaped(text: str) -> Iterator[Found]:
    """Yield what has the form and the length of an IBAN."""
    done = 0
    for start in _START.finditer(text):
        place = start.start() - 2 - (not text[start.start() - 1].isalpha())
        country = text[place : place + 2].upper()
        length = LENGTHS.get(country)
        if length is None or place < done or is_word(text, place - 1):
            continue
        rest = _REST[length].match(text, start.end())
        if rest is not None and not is_word(text, rest.end()):
            done = rest.end()
            yield Found("IBAN", place, done, country + start[0] + _SEPARATORS.sub("", rest[0]).upper())
