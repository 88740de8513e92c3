"""Digits that belong together: runs of groups, parted by a few separators."""

import re
from collections.abc import Container, Iterator

from msgspec import Struct

Groups = list[tuple[int, int]]
"""Where groups of digits begin and end."""

FEWEST = 7
"""Runs with fewer digits are no number that is looked for."""

MOST_GROUPS = 8
"""Numbers are written in fewer groups, or digit by digit."""

_REGION = re.compile(r"\d[\d \t\n.,:;/|_()*~'·•∙⋅ー-]{5,}+")
_GROUP = re.compile(r"\d++")
_GAP = re.compile(r"[ \t.,:;/|_()*~'·•∙⋅ー-]{1,3}|[ \t]*+\n[ \t]*+")
_WIDEST_GAP = 4


class Run(Struct, gc=False):
    """Groups of digits, none of them next to a letter.

    Args:
        groups: where each begins and ends.
        digits: all digits, one after another.
        counts: how many digits stand in front of each group; one more for all of them.

    """

    groups: Groups
    digits: str
    counts: list[int]

    def part(self, first: int, last: int) -> str:
        """Return the digits of the groups from ``first`` to just before ``last``."""
        return self.digits[self.counts[first] : self.counts[last]]

    def windows(self, fewest: int, most: int, pairs: Container[tuple[int, ...]]) -> Iterator[tuple[int, int]]:
        """Yield first and last (exclusive) of neighbouring groups that may be one number, the longest of each beginning first.

        Args:
            fewest: digits that they have together, at least.
            most: digits that they have together, at most.
            pairs: how many digits the first two groups may have, if there are two. There are MOST_GROUPS at most.

        """
        counts, last, count = self.counts, 0, len(self.groups)
        for first in range(count):
            before = counts[first]
            if first + 1 < count and (counts[first + 1] - before, counts[first + 2] - counts[first + 1]) not in pairs:
                end = first + 1
            else:
                last = max(last, first)
                while last < count and last - first < MOST_GROUPS and counts[last + 1] - before <= most:
                    last += 1
                end = last
            while end > first and fewest <= counts[end] - before <= most:
                yield first, end
                end -= 1


def runs(text: str) -> list[Run]:
    """Return the runs of at least FEWEST digits, in order."""
    found: list[Run] = []
    for region in _REGION.finditer(text):
        groups: Groups = []
        for group in _GROUP.finditer(text, *region.span()):
            if groups and not _joined(text, groups[-1][1], group.start()):
                _keep(text, groups, found)
                groups = []
            groups.append(group.span())
        _keep(text, groups, found)
    return found


def _joined(text: str, end: int, start: int) -> bool:
    return start - end <= _WIDEST_GAP and _GAP.fullmatch(text, end, start) is not None


def _keep(text: str, groups: Groups, found: list[Run]) -> None:
    """Add groups to what was found, without those at the ends that touch a letter."""
    if groups and is_word(text, groups[0][0] - 1):
        groups = groups[1:]
    if groups and is_word(text, groups[-1][1]):
        groups = groups[:-1]
    counts = [0]
    for start, end in groups:
        counts.append(counts[-1] + end - start)
    if counts[-1] >= FEWEST:
        found.append(Run(groups, "".join(text[start:end] for start, end in groups), counts))


def is_fraction(text: str, start: int) -> bool:
    """Tell whether the digits that begin at a place are those behind a decimal point."""
    return start > 1 and text[start - 1] == "." and text[start - 2].isdigit()


def is_word(text: str, place: int) -> bool:
    """Tell whether a Latin letter or a digit stands at a place; beyond the text, none does."""
    return 0 <= place < len(text) and text[place].isascii() and text[place].isalnum()
