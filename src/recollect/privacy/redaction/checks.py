"""Check digits: the arithmetic of cards, account numbers and national ids. Numbers are text of plain digits."""

from collections.abc import Sequence
from datetime import date

_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_VERHOEFF_D = (
    "0123456789",
    "1234067895",
    "2340178956",
    "3401289567",
    "4012395678",
    "5987604321",
    "6598710432",
    "7659821043",
    "8765932104",
    "9876543210",
)
_VERHOEFF_P = ("0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258")


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1: every second digit doubled, counted from the right; the sum ends in 0."""
    total = sum(map(int, digits[-1::-2])) + sum(_DOUBLED[int(digit)] for digit in digits[-2::-2])
    return total % 10 == 0


def weighted(digits: str, weights: Sequence[int]) -> int:
    """Return the sum of digits times weights; digits beyond the weights do not count."""
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def mod_97(characters: str) -> int:
    """Return the remainder by 97 of digits and capital letters, where A is 10 and Z is 35."""
    return int("".join(str(int(one, 36)) for one in characters)) % 97


def mod_11_10(digits: str) -> bool:
    """ISO 7064 MOD 11,10: German and Croatian tax numbers."""
    product = 10
    for digit in digits[:-1]:
        total = (int(digit) + product) % 10 or 10
        product = 2 * total % 11
    return (11 - product) % 10 == int(digits[-1])


def verhoeff(digits: str) -> bool:
    """Return whether the last digit is Verhoeff's: Indian Aadhaar numbers."""
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = int(_VERHOEFF_D[check][int(_VERHOEFF_P[place % 8][int(digit)])])
    return check == 0


def is_date(year: int, month: int, day: int) -> bool:
    """Tell whether there is such a day. A year below 100 stands for one of this century or the last."""
    if not (1 <= month <= 12 and 1 <= day <= 31):  # noqa: PLR2004 - months, days
        return False
    try:
        date(year if year >= 100 else 2000 + year, month, day)  # noqa: PLR2004 - centuries
    except ValueError:
        return year < 100 and month == 2 and day == 29  # noqa: PLR2004 - the century is not known, so this day may have been
    return True
