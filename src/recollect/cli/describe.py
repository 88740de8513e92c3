"""Sessions and messages as rows, lines and JSON."""

from collections.abc import Iterable
from typing import Any

from msgspec.json import Encoder
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from recollect.cli import visible
from recollect.cli.output import Output, minute
from recollect.model import Json, Message, SessionInfo

SESSION_HEADINGS = ("session", "user", "messages", "tokens", "updated (UTC)", "title")

STYLES = {"system": "magenta", "user": "bold green", "assistant": "bold cyan", "tool": "yellow"}

INDENT = 4

_encoder = Encoder()


def list_sessions(output: Output, found: Iterable[SessionInfo]) -> None:
    """Write sessions, one a line."""
    output.table(SESSION_HEADINGS, map(_session_row, found), numbers=(2, 3), optional=(3,), shortened=5)


def _session_row(info: SessionInfo) -> tuple[str, ...]:
    return (info.id, info.user or "", str(info.count), str(info.tokens), minute(info.updated), info.title or "")


def session_json(info: SessionInfo) -> Json:
    """Return a session for a program, to be encoded as JSON."""
    return {
        "id": info.id,
        "user": info.user,
        "title": info.title,
        "messages": info.count,
        "tokens": info.tokens,
        "position": info.position,
        "created": info.created,
        "updated": info.updated,
        "expires": info.expires,
        "metadata": info.metadata,
    }


def message_json(message: Message) -> Json:
    """Return a message for a program, to be encoded as JSON."""
    return {
        "position": message.position,
        "id": message.id,
        "role": message.role,
        "content": message.content,
        "name": message.name,
        "tool_calls": message.tool_calls,
        "tool_call_id": message.tool_call_id,
        "created": message.created,
        "tokens": message.tokens,
        "metadata": message.metadata,
    }


def heading(message: Message) -> str:
    """Return what stands above a message: its position, who speaks, and when."""
    place = "" if message.position is None else f"#{message.position} "
    speaker = message.role if message.name is None else f"{message.role} ({message.name})"
    return visible.line(f"{place}{speaker} · {minute(message.created)}")


def body(message: Message) -> list[str]:
    """Return the visible lines of a message: its text and other blocks, the tools that it calls, the call that it answers."""
    blocks = [message.content] if isinstance(message.content, str) else message.content
    shown = [text for block in blocks if (text := _block(block))]
    found = [part for text in shown for part in visible.lines(text)]
    calls = [visible.line(f"→ {call.name} {_arguments(call.arguments)}") for call in message.tool_calls]
    answered = [] if message.tool_call_id is None else [visible.line(f"← result of call {message.tool_call_id}")]
    return [*answered, *found, *calls]


def show_message(output: Output, message: Message) -> None:
    """Write a message. Its lines are indented, so that no text passes for another message's heading."""
    if output.pretty:
        output.draw(picture(message))
        return
    output.write(heading(message))
    for text in body(message):
        output.write(" " * INDENT + text)


def picture(message: Message) -> RenderableType:
    """Return a message as a terminal shows it."""
    head = Text(heading(message))
    head.highlight_words([message.role], STYLES[message.role])
    head.stylize("dim", head.plain.rindex(" · "))
    return Group(head, Padding(Text("\n".join(body(message))), (0, 0, 1, INDENT)))


def _block(block: str | Json) -> str:
    if isinstance(block, str):
        return block
    text = block.get("text")
    if isinstance(text, str):
        return text
    return f"[{block.get('type', 'block')}: {len(_encoder.encode(block)):,} bytes]"


def _arguments(arguments: Any) -> str:
    return arguments if isinstance(arguments, str) else _encoder.encode(arguments).decode()
