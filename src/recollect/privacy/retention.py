"""Retention: how long what sort of data of which users is kept."""

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, Self, get_args

from msgspec import Struct

from recollect.errors import Invalid, NotFound, StoreError

Data = Literal["transcript", "facts", "audit"]
"""``transcript``: messages, and sessions with nothing newer; ``facts``: what is known of a user; ``audit``: the audit's records."""
DATA: tuple[Data, ...] = get_args(Data)

TOLERANCE = timedelta(days=8)
"""How far the clock may be beyond all that the memory has seen of the time: a rule that is applied each week is never in doubt."""

_SPAN = re.compile(r"\s*(\d{1,6})\s*(hour|day|week|year)s?\s*", re.IGNORECASE)
_UNITS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1), "year": timedelta(days=365)}


class Rule(Struct, frozen=True):
    """What of whom is kept how long.

    Args:
        data: what: ``"transcript"``, ``"facts"`` or ``"audit"``.
        keep: how long, from when it was said or noted.
        users: the class of users that it is for (see User.classify), ``"anonymous"`` for sessions without a user; None: all who have no
            rule of their own for this data.

    """

    data: Data
    keep: timedelta
    users: str | None = None


class Retention:
    """Rules of retention. What no rule names is kept.

    Args:
        rules: at most one for each data and class of users.
        tolerance: how far the clock may be ahead of the latest message and the latest retention before it is doubted.

    Raises:
        Invalid: a rule cannot be, or two are for the same.

    """

    def __init__(self, rules: Iterable[Rule], *, tolerance: timedelta = TOLERANCE) -> None:
        self.rules = tuple(rules)
        self.tolerance = tolerance
        if not isinstance(tolerance, timedelta) or tolerance <= timedelta():
            raise Invalid(f"the tolerance is {tolerance!r}; give a span above 0")
        self._spans: dict[tuple[str, str | None], timedelta] = {}
        for rule in self.rules:
            _check(rule)
            if (rule.data, rule.users) in self._spans:
                whom = "all other users" if rule.users is None else f"users of the class {rule.users!r}"
                raise Invalid(f"there are two rules for the {rule.data} of {whom}; leave one of them")
            self._spans[rule.data, rule.users] = rule.keep

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Return the rules of a TOML file: see docs/retention.md.

        Raises:
            NotFound: there is no such file.
            Invalid: it is no TOML, or a rule cannot be; the message names it.
            StoreError: it cannot be read.

        """
        try:
            text = Path(path).read_text("utf-8")
        except FileNotFoundError as error:
            raise NotFound(f"there is no file {os.fspath(path)!r}; check the path") from error
        except UnicodeDecodeError as error:
            raise Invalid(f"{os.fspath(path)!r} is no text in UTF-8; save it as that") from error
        except OSError as error:
            raise StoreError(f"{os.fspath(path)!r} cannot be read: {error.strerror or error}") from error
        try:
            table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise Invalid(f"{os.fspath(path)!r} is no TOML: {error}") from error
        try:
            return cls._of(table)
        except Invalid as error:
            raise Invalid(f"{os.fspath(path)!r}: {error}") from error

    @classmethod
    def _of(cls, table: Mapping[str, Any]) -> Self:
        _known(table, {"rule", "tolerance"}, "the file")
        rules = table.get("rule")
        if not isinstance(rules, list) or not rules or not all(isinstance(one, dict) for one in rules):
            raise Invalid("there is no rule; write a table [[rule]] for each, with data and keep")
        tolerance = span(table["tolerance"]) if "tolerance" in table else TOLERANCE
        return cls((_rule(number, one) for number, one in enumerate(rules, 1)), tolerance=tolerance)

    def keep(self, data: Data, users: str | None) -> timedelta | None:
        """Return how long data of a class of users is kept; None for as long as it is not removed otherwise."""
        return self._spans.get((data, users), self._spans.get((data, None)))


def span(text: object) -> timedelta:
    """Return the span of a text such as "90 days", "2 weeks", "1 year" or "36 hours".

    Raises:
        Invalid: it is none.

    """
    found = _SPAN.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise Invalid(f"{text!r} is no span of time; write it as in '90 days', with hours, days, weeks or years")
    return int(found[1]) * _UNITS[found[2].lower()]


def _rule(number: int, table: Mapping[str, Any]) -> Rule:
    try:
        _known(table, {"data", "keep", "users"}, "it")
        if "data" not in table or "keep" not in table:
            raise Invalid("data or keep is missing")  # noqa: TRY301  # told with the rule's number below
        rule = Rule(table["data"], span(table["keep"]), table.get("users"))
        _check(rule)
    except Invalid as error:
        raise Invalid(f"rule {number}: {error}") from error
    return rule


def _check(rule: Rule) -> None:
    if not isinstance(rule, Rule):
        raise Invalid(f"a rule is a {type(rule).__name__}; give a Rule")
    if rule.data not in DATA:
        raise Invalid(f"the data {rule.data!r} is not known; give one of {', '.join(DATA)}")
    if not isinstance(rule.keep, timedelta) or rule.keep < timedelta():
        raise Invalid(f"keep is {rule.keep!r}; give a span from 0 up")
    if rule.users is not None and (not isinstance(rule.users, str) or not rule.users):
        raise Invalid(f"users is {rule.users!r}; give the name of a class, or leave it out")
    if rule.data == "audit" and rule.users is not None:
        raise Invalid("the audit is of all users together; leave users out")


def _known(table: Mapping[str, Any], names: set[str], what: str) -> None:
    unknown = sorted(set(table) - names)
    if unknown:
        raise Invalid(f"{what} has {unknown[0]!r}, which means nothing here; there can be {', '.join(sorted(names))}")
