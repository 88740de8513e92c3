"""Payment cards: 13 to 19 digits, in any grouping, with a known issuer's prefix and Luhn's check digit."""

import re
from collections.abc import Iterator
from itertools import pairwise

from recollect.privacy.redaction.checks import luhn
from recollect.privacy.redaction.context import before, words
from recollect.privacy.redaction.digits import Run, is_fraction
from recollect.privacy.redaction.kinds import Found

_FEWEST, _MOST = 13, 19
_ISSUERS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]\d{4}|222[1-9]\d\d|22[3-9]\d{3}|2[3-6]\d{4}|27[01]\d{3}|2720\d\d|220[0-4]\d\d|81\d{4}|82\d{4})\d{10}"  # Mastercard, Mir, RuPay
    r"|3[47]\d{13}"  # American Express
    r"|3(?:0[0-5]|095|[689]\d)\d{11,16}"  # Diners Club
    r"|35(?:2[89]|[3-8]\d)\d{12,15}"  # JCB
    r"|(?:6011|64[4-9]\d|65\d\d)\d{12,15}"  # Discover
    r"|62\d{14,17}"  # UnionPay
    r"|(?:50|5[6-9]|6\d)\d{11,17}"  # Maestro and national schemes
    r"|9792\d{12}|1\d{14}"  # Troy, UATP
)
_PRINTED = "4-4-4-4 4-6-5 4-6-4 4-4-4-4-3 4-4-4-4-2 4-4-4-4-1 4-4-4-1 4-4-5 6-13 8-8 4-3-3-3 6-9 5-5-5 4-12 6-10 4-4-4-3 4-4-8 4-8-4 8-4-4"
_GROUPINGS = {tuple(map(int, grouping.split("-"))) for grouping in _PRINTED.split()}
_IN_LISTS = {(4, 4, 4, 4), (4, 6, 5)}
"""Groupings that commas may part. Others are lists of numbers."""
_LONGEST_COMMON = 16
_UATP = 15
_FIRST_TWO = {grouping[:2] for grouping in _GROUPINGS} | {(length, length) for length in range(1, 10)}
_NAMED = re.compile(
    words(
        "card cards cc pan visa amex mastercard maestro karte karten carte tarjeta carta cartão cartao kaart karta kartę karty kort kortet",
        stems="credit debit kredit débit crédit tarjet kreditk kartennummer kartennr kortnum карт kártya kartu",
        anywhere="カード 卡 카드",
    )
)


def cards(text: str, all_runs: list[Run]) -> Iterator[Found]:
    """Yield the cards in a text."""
    for run in all_runs:
        if run.counts[-1] < _FEWEST:
            continue
        if len(run.groups) == run.counts[-1] <= _MOST and _is_card(text, run, 0, len(run.groups)):  # digit by digit
            yield Found("CARD", run.groups[0][0], run.groups[-1][1], run.digits)
            continue
        done = 0
        for first, last in run.windows(_FEWEST, _MOST, _FIRST_TWO):
            if first >= done and _is_card(text, run, first, last):
                yield Found("CARD", run.groups[first][0], run.groups[last - 1][1], run.part(first, last))
                done = last


def _is_card(text: str, run: Run, first: int, last: int) -> bool:
    digits = run.part(first, last)
    known = _ISSUERS.fullmatch(digits) is not None
    if not (known or last - first == 1) or not luhn(digits) or len(set(digits)) == 1:
        return False
    start = run.groups[first][0]
    if text[max(0, start - 1) : start] in ("#", "№") or not _regular(text, run, first, last):
        return False
    if last - first == 1 and is_fraction(text, start):
        return False
    return (known and not _is_doubtful(text, run, first, last)) or _NAMED.search(before(text, start)) is not None


def _is_doubtful(text: str, run: Run, first: int, last: int) -> bool:
    """Tell whether a number is rather a list, or, in one piece, an id of some network: longer than most cards, or as rare as those of UATP."""
    groups = run.groups[first:last]
    if len(groups) == 1:
        length = groups[0][1] - groups[0][0]
        return length > _LONGEST_COMMON or (length == _UATP and text[groups[0][0]] == "1")
    return tuple(end - start for start, end in groups) not in _IN_LISTS and any("," in text[end:start] for (_, end), (start, _) in pairwise(groups))


def _regular(text: str, run: Run, first: int, last: int) -> bool:
    """Tell whether groups look like one number: in one piece, as cards are printed, or with one separator throughout and nothing beside."""
    groups = run.groups[first:last]
    if len(groups) == 1 or tuple(end - start for start, end in groups) in _GROUPINGS:
        return True
    gaps = {text[end:start] for (_, end), (start, _) in pairwise(groups)}
    return len(gaps) == 1 and (len({end - start for start, end in groups[:-1]}) == 1 or last - first == len(run.groups))
