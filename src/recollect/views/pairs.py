"""Tool calls and their results."""

from collections.abc import Sequence
from itertools import compress, count
from operator import attrgetter

from recollect.model import Message

_roles = attrgetter("role")


def without_orphans(messages: Sequence[Message]) -> list[Message]:
    """Leave out the tool results whose calls are not among the messages before them."""
    return [message for message, place in zip(messages, _call_places(messages), strict=True) if place >= 0]


def seams(messages: Sequence[Message]) -> Sequence[int]:
    """Return the places, in order, at which messages may be parted: nothing at or behind one answers a call before it.

    There is none at or before a result whose call is not among the messages: it may stand further ahead.
    """
    places = _call_places(messages)
    if isinstance(places, range):
        return places
    found: list[int] = []
    reach = len(messages)
    for number in range(len(messages) - 1, -1, -1):
        reach = min(reach, places[number])
        if reach == number:
            found.append(number)
    return found[::-1]


def turns(messages: Sequence[Message]) -> Sequence[int]:
    """Return the places, in order, at which turns start: the user messages at seams."""
    roles = list(map(_roles, messages))
    users = list(compress(count(), map("user".__eq__, roles)))  # nearly always this is all: within C, as each request comes here
    return users if "tool" not in roles else [seam for seam in seams(messages) if roles[seam] == "user"]


def opening(messages: Sequence[Message]) -> int:
    """Return where messages that were cut should begin: at the first user message, or at the last seam before it; 0 without one."""
    first = next((number for number, message in enumerate(messages) if message.role == "user"), 0)
    return max((seam for seam in seams(messages) if seam <= first), default=0)


def _call_places(messages: Sequence[Message]) -> Sequence[int]:
    """Return where each tool result's call stands, -1 where it is not among the messages before; any other message's own place.

    Some models use an id again, so that a result belongs to the latest call. One that names no call belongs to the
    assistant message, or to the other results, right before it.
    """
    if "tool" not in map(_roles, messages):
        return range(len(messages))  # nearly always; the range itself says that each message stands for itself
    places: list[int] = []
    calls: dict[str | None, int] = {}
    for number, message in enumerate(messages):
        place = number
        if message.role == "tool" and message.tool_call_id is not None:
            place = calls.get(message.tool_call_id, -1)
        elif message.role == "tool":
            place = places[-1] if places and messages[number - 1].role in ("assistant", "tool") else -1
        elif message.role == "assistant":
            calls.update((call.id, number) for call in message.tool_calls)
        places.append(place)
    return places
