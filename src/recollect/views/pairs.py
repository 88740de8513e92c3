"""Tool calls and their results."""

from collections.abc import Iterable

from recollect.model import Message


def without_orphans(messages: Iterable[Message]) -> list[Message]:
    """Leave out the tool results whose calls are not among the messages before them.

    A result that names no call belongs to the assistant message, or to the other results, right before it.
    """
    kept: list[Message] = []
    calls: set[str | None] = set()
    for message in messages:
        if message.role == "tool":
            answers = message.tool_call_id in calls if message.tool_call_id is not None else bool(kept) and kept[-1].role in ("assistant", "tool")
            if not answers:
                continue
        calls.update(call.id for call in message.tool_calls)
        kept.append(message)
    return kept
