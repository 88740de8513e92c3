"""National ids of digits alone, by how many they have: what checks them, and in which groups they are printed."""

from collections.abc import Callable

from msgspec import Struct

from recollect.privacy.redaction.checks import is_date, luhn, mod_11_10, verhoeff, weighted

_FIRST_SNILS = 1_001_998
"""Russian insurance numbers up to this one have no check digits."""


class Numeric(Struct, frozen=True):
    """A national id.

    Args:
        country: ISO 3166.
        check: whether digits can be such an id.
        alone: whether the check is so strict that no words around the number are needed.
        printed: groups in which the id is printed, each with its separators. A number in these needs no words around it, either.

    """

    country: str
    check: Callable[[str], bool]
    alone: bool = False
    printed: tuple[tuple[tuple[int, ...], str], ...] = ()


def _bsn(digits: str) -> bool:
    return int(digits) > 0 and weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def _nif(digits: str) -> bool:
    return digits[0] in "1235689" and int(digits[-1]) == (0 if (rest := weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2)) % 11) < 2 else 11 - rest)  # noqa: PLR2004


def _afm(digits: str) -> bool:
    return int(digits) > 0 and weighted(digits, (256, 128, 64, 32, 16, 8, 4, 2)) % 11 % 10 == int(digits[-1])


def _sin(digits: str) -> bool:
    return digits[0] not in "08" and luhn(digits)


def personnummer(digits: str) -> bool:
    """Tell whether ten digits are a Swedish resident's: a date, whose day may be 60 higher, and Luhn's check digit."""
    day = int(digits[4:6])
    return luhn(digits) and is_date(int(digits[:2]), int(digits[2:4]), day - 60 if day > 60 else day)  # noqa: PLR2004 - coordination numbers


def _personnummer_12(digits: str) -> bool:
    return digits[:2] in ("18", "19", "20") and personnummer(digits[2:])


def _cpr(digits: str) -> bool:
    return is_date(int(digits[4:6]), int(digits[2:4]), int(digits[:2]))


def _rodne(digits: str) -> bool:
    month = int(digits[2:4]) % 50
    return int(digits) % 11 == 0 and is_date(int(digits[:2]), month - 20 if month > 20 else month, int(digits[4:6]))  # noqa: PLR2004


def _svnr(digits: str) -> bool:
    check = weighted(digits, (3, 7, 9, 0, 5, 8, 4, 2, 1, 6)) % 11
    return digits[0] != "0" and check == int(digits[3]) and 1 <= int(digits[4:6]) <= 31 and 1 <= int(digits[6:8]) <= 15  # noqa: PLR2004


def _egn(digits: str) -> bool:
    month = int(digits[2:4]) % 20
    return weighted(digits, (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10 == int(digits[-1]) and is_date(int(digits[:2]), month, int(digits[4:6]))


def _nhs(digits: str) -> bool:
    return int(digits) > 0 and (11 - weighted(digits, range(10, 1, -1)) % 11) % 11 == int(digits[-1])


def _rnokpp(digits: str) -> bool:
    return weighted(digits, (-1, 5, 7, 9, 4, 6, 10, 5, 7)) % 11 % 10 == int(digits[-1])


def _pesel(digits: str) -> bool:
    century, month = divmod(int(digits[2:4]), 20)
    year = (1900, 2000, 2100, 2200, 1800)[century] + int(digits[:2])
    return weighted(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0 and is_date(year, month, int(digits[4:6]))


def _steuer_id(digits: str) -> bool:
    counts = sorted(digits[:10].count(digit) for digit in set(digits[:10]))
    return digits[0] != "0" and counts[-1] in (2, 3) and (len(counts) == 1 or counts[-2] == 1) and mod_11_10(digits)


def _rijksregister(digits: str) -> bool:
    base, check = digits[:9], int(digits[9:])
    born = (int(digits[:2]), int(digits[2:4]) % 20, int(digits[4:6]))
    right = check in (97 - int(base) % 97, 97 - int("2" + base) % 97)
    return right and (is_date(*born) or born[1] == 0 or born[2] == 0)


def _fodselsnummer(digits: str) -> bool:
    first = weighted(digits, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11 == 0
    second = weighted(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0
    return first and second and is_date(int(digits[4:6]), int(digits[2:4]) % 40, int(digits[:2]) % 40)


def _isikukood(digits: str) -> bool:
    rest = weighted(digits, (1, 2, 3, 4, 5, 6, 7, 8, 9, 1)) % 11
    if rest == 10:  # noqa: PLR2004 - then, other weights
        rest = weighted(digits, (3, 4, 5, 6, 7, 8, 9, 1, 2, 3)) % 11 % 10
    return digits[0] in "123456" and rest == int(digits[-1]) and is_date(int(digits[1:3]), int(digits[3:5]), int(digits[5:7]))


def _tckn(digits: str) -> bool:
    numbers = list(map(int, digits))
    tenth = (7 * sum(numbers[0:9:2]) - sum(numbers[1:8:2])) % 10
    return numbers[0] != 0 and numbers[9] == tenth and sum(numbers[:10]) % 10 == numbers[10]


def _snils(digits: str) -> bool:
    return int(digits[:9]) > _FIRST_SNILS and weighted(digits, range(9, 0, -1)) % 101 % 100 == int(digits[9:])


def _cpf(digits: str) -> bool:
    first = weighted(digits, range(10, 1, -1)) * 10 % 11 % 10
    second = weighted(digits, range(11, 1, -1)) * 10 % 11 % 10
    return len(set(digits)) > 1 and digits[9:] == f"{first}{second}"


def _amka(digits: str) -> bool:
    return luhn(digits) and is_date(int(digits[4:6]), int(digits[2:4]), int(digits[:2]))


def _inn(digits: str) -> bool:
    first = weighted(digits, (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)) % 11 % 10
    second = weighted(digits, (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)) % 11 % 10
    return digits[10:] == f"{first}{second}"


def _aadhaar(digits: str) -> bool:
    return digits[0] not in "01" and verhoeff(digits)


def _my_number(digits: str) -> bool:
    rest = weighted(digits, (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return int(digits[-1]) == (0 if rest < 2 else 11 - rest)  # noqa: PLR2004


def _cnp(digits: str) -> bool:
    rest = weighted(digits, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    county = int(digits[7:9])
    known = 1 <= county <= 52 or county in (70, 80, 81, 82, 83)  # noqa: PLR2004 - counties
    return digits[0] in "12345678" and known and rest % 10 + (rest == 10) == int(digits[-1]) and is_date(*_born(digits[1:7]))  # noqa: PLR2004


def _jmbg(digits: str) -> bool:
    rest = 11 - weighted(digits, (7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return digits[4] in "90" and int(digits[-1]) == rest % 11 % 10 and rest != 10 and is_date(int(digits[5:7]), int(digits[2:4]), int(digits[:2]))  # noqa: PLR2004


def _ahv(digits: str) -> bool:
    return digits.startswith("756") and weighted(digits, (1, 3) * 6 + (1,)) % 10 == 0


def _rrn(digits: str) -> bool:
    return digits[6] in "12345678" and is_date(*_born(digits[:6]))


def _nir(digits: str) -> bool:
    month = int(digits[3:5])
    return digits[0] in "123478" and (1 <= month <= 12 or 20 <= month <= 42 or month >= 50) and int(digits[13:]) == 97 - int(digits[:13]) % 97  # noqa: PLR2004


def chinese(characters: str) -> bool:
    """Tell whether 17 digits and a digit or X are a Chinese resident's: a date, and ISO 7064 MOD 11-2."""
    check = "10X98765432"[weighted(characters[:17], (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)) % 11]
    return characters[0] in "12345678" and characters[17] == check and is_date(int(characters[6:10]), int(characters[10:12]), int(characters[12:14]))


def _born(digits: str) -> tuple[int, int, int]:
    return int(digits[:2]), int(digits[2:4]), int(digits[4:6])


BY_LENGTH: dict[int, tuple[Numeric, ...]] = {
    8: (Numeric("NL", lambda digits: _bsn("0" + digits)),),
    9: (Numeric("NL", _bsn), Numeric("PT", _nif), Numeric("GR", _afm), Numeric("CA", _sin)),
    10: (
        Numeric("SE", personnummer, printed=(((6, 4), "-"),)),
        Numeric("CZ", _rodne, printed=(((6, 4), "/"),)),
        Numeric("DK", _cpr, printed=(((6, 4), "-"),)),
        Numeric("AT", _svnr, printed=(((4, 6), " "),)),
        Numeric("BG", _egn),
        Numeric("GB", _nhs),
        Numeric("UA", _rnokpp),
    ),
    11: (
        Numeric("BE", _rijksregister, alone=True),
        Numeric("NO", _fodselsnummer, alone=True),
        Numeric("PL", _pesel, alone=True),
        Numeric("TR", _tckn, alone=True),
        Numeric("DE", _steuer_id, printed=(((2, 3, 3, 3), " "),)),
        Numeric("RU", _snils, printed=(((3, 3, 3, 2), "- "),)),
        Numeric("BR", _cpf, printed=(((3, 3, 3, 2), ".-"),)),
        Numeric("EE", _isikukood),
        Numeric("HR", mod_11_10),
        Numeric("GR", _amka),
    ),
    12: (
        Numeric("SE", _personnummer_12, printed=(((8, 4), "-"),)),
        Numeric("RU", _inn),
        Numeric("IN", _aadhaar),
        Numeric("JP", _my_number),
    ),
    13: (
        Numeric("CH", _ahv, alone=True),
        Numeric("RO", _cnp, alone=True),
        Numeric("RS", _jmbg, alone=True),
        Numeric("KR", _rrn, printed=(((6, 7), "-"),)),
    ),
    15: (Numeric("FR", _nir, alone=True),),
    18: (Numeric("CN", chinese, alone=True),),
}
"""The ids of so many digits, the strictest checks first."""
