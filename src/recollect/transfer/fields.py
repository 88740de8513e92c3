"""Fields of foreign JSON objects, taken with care."""

from datetime import UTC, datetime, timedelta
from typing import Any

from recollect.codec.messages import EPOCH
from recollect.errors import Invalid
from recollect.model import Json

_MILLISECONDS = 1e11
"""Numbers from here on (the year 5138, in seconds) are milliseconds."""


def obj(value: Any, what: str) -> Json:
    """Return a JSON object."""
    if not isinstance(value, dict):
        raise Invalid(f"{what} is {kind(value)}; it has to be an object")
    return value


def text(record: Json, field: str) -> str | None:
    """Return a text, or None where the field is null or not there."""
    value = record.get(field)
    if value is None or isinstance(value, str):
        return value
    raise Invalid(f"{field} is {kind(value)}; it has to be a text")


def name(record: Json, field: str) -> str | None:
    """Return what something is called, as a text, also where that is a whole number; None where the field is null or not there."""
    value = record.get(field)
    return str(value) if type(value) is int else text(record, field)


def moment(value: Any, what: str) -> datetime:
    """Return a time from seconds or milliseconds since 1970, or from a text such as 2024-05-01T12:30:00Z (UTC, where it names no zone)."""
    try:
        if isinstance(value, str):
            parsed = datetime.fromisoformat(value)
            return (parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)).astimezone(UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return EPOCH + timedelta(seconds=value if abs(value) < _MILLISECONDS else value / 1000)
    except (ValueError, OverflowError) as error:
        raise Invalid(f"{what} is {value!r:.60}, which is no time: {error}") from error
    raise Invalid(f"{what} is {kind(value)}; it has to be Unix seconds or an ISO 8601 text")


def shown(value: Any) -> str:
    """Return the start of a text, and of any other value, what it is."""
    return f"{value!r:.60}" if isinstance(value, str) else kind(value)


def kind(value: Any) -> str:
    """Return what a JSON value is, in JSON's words."""
    names = {type(None): "null", bool: "a boolean", int: "a number", float: "a number", str: "a text", list: "a list", dict: "an object"}
    return names[type(value)]


def without(record: Json, *fields: str) -> Json:
    """Return a copy that lacks some fields."""
    return {name: value for name, value in record.items() if name not in fields}
