"""Spans of time that a person types."""

import re
from datetime import timedelta
from typing import Any

import click

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

_SPAN = re.compile(r"(\d{1,6})([smhdw])")


class Span(click.ParamType):  # type: ignore[type-arg]  # older versions of click take none
    """A span such as 90m, 12h, 30d or 8w."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the span; anything else is a wrong usage."""
        if isinstance(value, timedelta):
            return value
        found = _SPAN.fullmatch(value)
        if found is None:
            self.fail(f"{value!r} is no span of time; write one such as 90m, 12h, 30d or 8w", param, ctx)
        return timedelta(**{UNITS[found[2]]: int(found[1])})
