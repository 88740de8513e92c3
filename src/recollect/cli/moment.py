"""Times that a person types."""

from datetime import UTC, datetime
from typing import Any

import click


class Moment(click.ParamType):  # type: ignore[type-arg]  # older versions of click take none
    """A time such as 2025-03-01, 2025-03-01T12:30 or 2025-03-01T12:30+01:00; in UTC unless it says otherwise."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the time, aware; anything else is a wrong usage."""
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time; write one such as 2025-03-01 or 2025-03-01T12:30+01:00, in UTC unless it says otherwise", param, ctx)
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
