"""Counts that a person types."""

from typing import Any

import click


class Number(click.IntRange):
    """A whole number from a least one up."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number; anything else is a wrong usage."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r} is not a whole number from {self.min} up", param, ctx)
