"""What is found: kinds, and where in a text."""

from typing import Literal, NamedTuple, get_args

Kind = Literal["EMAIL", "PHONE", "CARD", "IBAN", "SSN", "NATIONAL_ID", "IP", "SECRET"]
KINDS: frozenset[str] = frozenset(get_args(Kind))


class Found(NamedTuple):
    """A value in a text.

    Args:
        kind: one of KINDS, or the kind of an own rule.
        start: the first character's place in the text.
        end: the place behind the last character.
        value: the value in its canonical form, equal for the same value however it is written: a phone number in E.164 where the country is
            known, an email address in lower case, a card's digits, an IBAN without spaces.

    """

    kind: str
    start: int
    end: int
    value: str
