"""JSON values and messages with their values replaced."""

from typing import Any

from msgspec.structs import replace

from recollect.codec.plain import DEPTH
from recollect.model import Message, ToolCall
from recollect.privacy.redaction.redaction import LONGEST_CONTEXT, Redaction
from recollect.privacy.redaction.styles import Number
from recollect.privacy.redaction.texts import redact_text

_TITLES = ("name", "field", "key", "label")
"""Keys that tell what stands under the key "value" beside them."""

_SMALLEST = 1_000_000
"""Whole numbers below it are no value that is looked for."""


def redact_json(redaction: Redaction, value: Any, number: Number) -> Any:
    """Return a JSON value with all its strings redacted, keys too, and whole numbers that are such a value; the same object if nothing is found.

    The keys under which a value stands count as words in front of it, the innermost as the nearest. What codecs refuse, such as
    values nested too deep, stays as it is.
    """
    return _json(redaction, value, number, "", 0)


def redact_message(redaction: Redaction, message: Message, number: Number) -> Message:
    """Return a message with its content, name, tool calls' arguments, metadata and extra redacted; the same object if nothing is found.

    Ids, the role, and the names of tools stay.
    """
    rules = redaction.of_role(message.role)
    if rules is None:
        return message
    changed: dict[str, Any] = {}
    for field in ("content", "name", "metadata", "extra"):
        value = getattr(message, field)
        redacted = _json(rules, value, number, "", 0) if value else value
        if redacted is not value:
            changed[field] = redacted
    if message.tool_calls:
        calls = [_call(rules, call, number) for call in message.tool_calls]
        if any(new is not old for new, old in zip(calls, message.tool_calls, strict=True)):
            changed["tool_calls"] = calls
    return replace(message, **changed) if changed else message


def _call(redaction: Redaction, call: ToolCall, number: Number) -> ToolCall:
    arguments = _json(redaction, call.arguments, number, "", 0)
    return call if arguments is call.arguments else replace(call, arguments=arguments)


def _json(redaction: Redaction, value: Any, number: Number, key: str, depth: int) -> Any:
    if isinstance(value, str):
        redacted = redact_text(redaction, value, number, key)
        return value if redacted == value else redacted
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _SMALLEST:
        return _whole(redaction, value, number, key)
    if depth > DEPTH:
        return value
    if isinstance(value, list):
        items = [_json(redaction, item, number, key, depth + 1) for item in value]
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    if isinstance(value, dict):
        return _object(redaction, value, number, key, depth)
    return value


def _whole(redaction: Redaction, value: int, number: Number, key: str) -> int | str:
    """Return a whole number, or what stands in its place if all of it is a value."""
    if value.bit_length() > 64:  # noqa: PLR2004 - 19 digits
        return value
    text = str(value)
    found = redaction.find(text, key)
    whole = len(found) == 1 and found[0][1:3] == (0, len(text))
    return redact_text(redaction, text, number, key) if whole else value


def _object(redaction: Redaction, value: dict[Any, Any], number: Number, outer: str, depth: int) -> dict[Any, Any]:
    """Return a JSON object, redacted. Keys that become equal are told apart by a count. ``outer``: the key under which it stands."""
    redacted: dict[Any, Any] = {}
    changed = False
    title = next((value[name] for name in _TITLES if isinstance(value.get(name), str)), "")
    for key, item in value.items():
        new_key = redact_text(redaction, key, number) if isinstance(key, str) else key
        said = title if key == "value" else key if isinstance(key, str) else ""
        new = _json(redaction, item, number, f"{outer} {said}"[-LONGEST_CONTEXT:].strip(), depth + 1)
        changed = changed or new is not item or new_key != key
        distinct, count = new_key, 1
        while distinct in redacted or (distinct != key and distinct in value):
            count += 1
            distinct = f"{new_key} ({count})"
        redacted[distinct] = new
    return redacted if changed else value
