"""Rules of an application's own."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from msgspec import Struct

from recollect.errors import Invalid
from recollect.privacy.redaction.kinds import Found

Span = tuple[int, int] | tuple[int, int, str]
"""Where a value begins and ends, and its kind where that is not the rule's."""
Recogniser = Callable[[str], Iterable[Span]]

_KIND = re.compile(r"[A-Z][A-Z0-9_]{0,31}")


class Rule(Struct, frozen=True):
    r"""What else is to be found.

    Args:
        kind: how it is called: capitals, digits and underscores, such as ``"EMPLOYEE"``. It may be one of KINDS.
        pattern: a regular expression, such as ``r"\bE-\d{6}\b"``. If it has groups, the first one is the value.
        recogniser: instead of a pattern, a function that takes a text and returns spans.

    Both see the text as a person sees it: plain digits, spaces and hyphens, without what is not drawn.

    """

    kind: str
    pattern: str | None = None
    recogniser: Recogniser | None = None

    def __post_init__(self) -> None:
        """Check the rule.

        Raises:
            Invalid: the kind is no name, the pattern no regular expression, or not one of both is given.

        """
        check_kind(self.kind)
        if (self.pattern is None) == (self.recogniser is None):
            raise Invalid(f"the rule {self.kind} needs a pattern or a recogniser, and not both")
        if self.recogniser is not None and not callable(self.recogniser):
            raise Invalid(f"the recogniser of the rule {self.kind} is a {type(self.recogniser).__name__}; give a function of a text")
        if self.pattern is not None:
            if not isinstance(self.pattern, str):
                raise Invalid(f"the pattern of the rule {self.kind} is a {type(self.pattern).__name__}; give text")
            try:
                _compiled(self.pattern)
            except re.error as error:
                raise Invalid(f"the pattern of the rule {self.kind} is no regular expression: {error}") from error

    def find(self, text: str) -> Iterator[Found]:
        """Yield what the rule finds.

        Raises:
            Invalid: the recogniser returned what is no span of the text.

        """
        if self.pattern is not None:
            for match in _compiled(self.pattern).finditer(text):
                group = 1 if match.re.groups and match[1] is not None else 0
                yield Found(self.kind, *match.span(group), match[group])
        elif self.recogniser is not None:
            for start, end, *named in self.recogniser(text):
                if not 0 <= start <= end <= len(text):
                    raise Invalid(f"the recogniser of the rule {self.kind} returned the span {start} to {end} of {len(text)} characters")
                yield Found(check_kind(named[0]) if named else self.kind, start, end, text[start:end])


def check_kind(kind: str) -> str:
    """Return a kind that can stand in a label.

    Raises:
        Invalid: it is none.

    """
    if not isinstance(kind, str) or _KIND.fullmatch(kind) is None:
        raise Invalid(f"a kind is {kind!r}; give capitals, digits and underscores, at most 32, such as EMPLOYEE")
    return kind


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
