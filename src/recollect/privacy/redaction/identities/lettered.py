"""National ids that hold letters, or a sign for the century: their form, and what checks them. Read in capitals, without spaces, hyphens and dots."""

import re
from collections.abc import Callable

from msgspec import Struct

from recollect.privacy.redaction.checks import is_date, weighted
from recollect.privacy.redaction.identities.numeric import chinese, personnummer

_ODD_VALUES = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, *(1, 0, 5, 7, 9, 13, 15, 17, 19, 21), 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
        strict=True,
    )
)
_OMOCODIA = str.maketrans("LMNPQRSTUV", "0123456789")
_CURP = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
_NINO_NEVER = frozenset(("BG", "GB", "KN", "NK", "NT", "TN", "ZZ"))


class Lettered(Struct, frozen=True):
    """A national id. ``hint``: what a text with such an id holds; quick to look for. ``alone``: no words around it are needed."""

    country: str
    pattern: re.Pattern[str]
    hint: re.Pattern[str]
    check: Callable[[str], bool]
    alone: bool = True


def _dni(id: str) -> bool:
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(id[:-1]) % 23] == id[-1]


def _nie(id: str) -> bool:
    return _dni("012"["XYZ".index(id[0])] + id[1:])


def _codice_fiscale(id: str) -> bool:
    total = sum(_ODD_VALUES[one] for one in id[0:15:2]) + sum(int(one, 36) - (10 if one.isalpha() else 0) for one in id[1:15:2])
    day = int(id[9:11].translate(_OMOCODIA))
    return chr(65 + total % 26) == id[15] and 1 <= (day - 40 if day > 40 else day) <= 31  # noqa: PLR2004 - women's days are 40 higher


def _corsican(id: str) -> bool:
    base = int(id[:13].replace("2A", "19", 1) if "2A" in id else id[:13].replace("2B", "18", 1))
    return int(id[13:]) == 97 - base % 97


def _hetu(id: str) -> bool:
    number = int(id[:6] + id[7:10])
    return "0123456789ABCDEFHJKLMNPRSTUVWXY"[number % 31] == id[10] and is_date(int(id[4:6]), int(id[2:4]), int(id[:2]))


def _pps(id: str) -> bool:
    second = (ord(id[8]) - 64) * 9 if len(id) == 9 and id[8] != "W" else 0  # noqa: PLR2004 - two letters
    return "WABCDEFGHIJKLMNOPQRSTUV"[(weighted(id[:7], range(8, 1, -1)) + second) % 23] == id[7]


def _nino(id: str) -> bool:
    return id[:2] not in _NINO_NEVER


def _rentenversicherung(id: str) -> bool:
    digits = f"{id[:8]}{ord(id[8]) - 64:02}{id[9:11]}"
    total = sum(sum(divmod(int(digit) * weight, 10)) for digit, weight in zip(digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True))
    return total % 10 == int(id[11])


def _rut(id: str) -> bool:
    total = sum(int(digit) * (2 + place % 6) for place, digit in enumerate(reversed(id[:-1])))
    return "0123456789K"[-total % 11] == id[-1]


def _curp(id: str) -> bool:
    total = sum(_CURP.index(one) * (18 - place) for place, one in enumerate(id[:17]))
    return -total % 10 == int(id[17])


def _personnummer(id: str) -> bool:
    return personnummer(id.replace("+", "")[-10:])


_SIX = re.compile(r"\d{6}")
_DOTS = re.compile(r"\d\.\d{3}\.\d")
_PAIRS = re.compile(r"\d\d[ -]\d\d[ -]\d\d[ -][A-Da-d]")
_MIXED = re.compile(r"\d[ .-]?[A-Za-z][ .-]?\d")
_CENTENARIAN = re.compile(r"\d\+\d{4}")
_S = "[ .-]?"
_D = r"[\dLMNP-V]"


def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9])(?<!\d\.){pattern}(?![A-Za-z0-9])", re.IGNORECASE | re.ASCII)


LETTERED = (
    Lettered("ES", _whole(r"\d{8}[ ./-]{0,3}[A-HJ-NP-TV-Z]"), _SIX, _dni),
    Lettered("ES", _whole(r"\d{1,2}\.\d{3}\.\d{3}[ ./-]{0,3}[A-HJ-NP-TV-Z]"), _DOTS, _dni),
    Lettered("ES", _whole(rf"[XYZ]{_S}\d{{7}}{_S}[A-HJ-NP-TV-Z]"), _SIX, _nie),
    Lettered("ES", _whole(rf"[XYZ]{_S}\d\.\d{{3}}\.\d{{3}}{_S}[A-HJ-NP-TV-Z]"), _DOTS, _nie),
    Lettered(
        "IT", _whole(rf"[A-Z]{{3}}{_S}[A-Z]{{3}}{_S}{_D}{{2}}{_S}[A-EHLMPR-T]{_S}{_D}{{2}}{_S}[A-Z]{_S}{_D}{{3}}{_S}[A-Z]"), _MIXED, _codice_fiscale
    ),
    Lettered("FR", _whole(rf"[12]{_S}\d\d{_S}\d\d{_S}2[AB]{_S}\d{{3}}{_S}\d{{3}}{_S}\d\d"), _MIXED, _corsican),
    Lettered("FI", _whole(r"[0-3]\d[01]\d{3}[-+A-FU-Y]\d{3}[0-9A-Y]"), _SIX, _hetu),
    Lettered("IE", _whole(r"\d{7}[A-W][A-IW]?"), _SIX, _pps, alone=False),
    Lettered("GB", _whole(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ -]\d\d[ -]\d\d[ -]\d\d[ -][A-D]"), _PAIRS, _nino),
    Lettered("GB", _whole(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ -]?\d{6}[ -]?[A-D]"), _SIX, _nino, alone=False),
    Lettered("DE", _whole(r"\d\d ?[0-3]\d[01]\d\d\d ?[A-Z] ?\d\d\d"), _SIX, _rentenversicherung),
    Lettered("CL", _whole(r"\d{1,2}\.\d{3}\.\d{3}-[0-9K]"), _DOTS, _rut),
    Lettered("CL", _whole(r"\d{7,8}-[0-9K]"), _SIX, _rut, alone=False),
    Lettered("MX", _whole(r"[A-Z]{4}\d{6}[HMX][A-Z]{5}[0-9A-Z]\d"), _SIX, _curp),
    Lettered("SE", _whole(r"(?:\d\d)?\d{6}\+\d{4}"), _CENTENARIAN, _personnummer, alone=False),
    Lettered("CN", _whole(r"[1-8]\d{16}X"), _SIX, chinese),
)
"""All of them: some twice, as they are written in more than one way."""
