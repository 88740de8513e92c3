"""ChatGPT's data export: ``conversations.json``, a list of conversations, each a tree of messages of which one branch was shown last."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from recollect.errors import Invalid
from recollect.model import Json, Message, Role, ToolCall
from recollect.transfer.array import items
from recollect.transfer.fields import kind, moment, obj, shown, text, without
from recollect.transfer.items import Conversation, Item, Said, Skipped
from recollect.transfer.openai import arguments
from recollect.transfer.report import Refusal
from recollect.transfer.source import Source, parse

EXTRA = "chatgpt"
"""Where a message's other fields are kept, in ``Message.extra``, and a conversation's, in the session's metadata."""

_ROLES: dict[str, Role] = {"system": "system", "user": "user", "assistant": "assistant", "tool": "tool"}


def read(source: Source) -> Iterator[Item]:
    """Yield a file's conversations, and the messages of their current branches."""
    for item in items(source):
        if isinstance(item, Refusal):
            yield item
            continue
        number, raw = item
        try:
            record = obj(parse(raw, "the conversation"), "the conversation")
            conversation = _conversation(number, record)
            branch = _branch(record)
            created = source.now if record.get("create_time") is None else moment(record["create_time"], "create_time")
        except Invalid as error:
            yield Refusal(number, str(error))
            continue
        yield conversation
        yield from _said(number, branch, created, len(raw) // (len(branch) + 1))


def _conversation(number: int, record: Json) -> Conversation:
    session = text(record, "conversation_id") or text(record, "id")
    if session is None:
        raise Invalid("the conversation has neither conversation_id nor id")
    rest = without(record, "mapping", "conversation_id", "id", "title")
    return Conversation(number, session, None, text(record, "title"), {EXTRA: {name: value for name, value in rest.items() if value is not None}})


def _branch(record: Json) -> list[Json]:
    """Return the messages from the root to the current node."""
    mapping = obj(record.get("mapping"), "mapping")
    found: list[Json] = []
    seen = set()
    name = text(record, "current_node")
    if name is None and mapping:
        raise Invalid("the conversation names no current_node, so that its branch is not known")
    while name is not None:
        if name in seen:
            raise Invalid(f"node {name!r:.60} is its own ancestor")
        seen.add(name)
        if name not in mapping:
            raise Invalid(f"node {name!r:.60} is not in the mapping")
        node = obj(mapping[name], f"node {name!r:.60}")
        if node.get("message") is not None:
            found.append(obj(node["message"], f"the message of node {name!r:.60}"))
        name = text(node, "parent")
    return found[::-1]


def _said(number: int, branch: list[Json], created: datetime, size: int) -> Iterator[Item]:
    """Yield the messages of a branch. One without a time gets that of the one before; a tool's answer, the call before it."""
    call: str | None = None
    for index, record in enumerate(branch):
        where = f"message {index} of the branch"
        try:
            message = _message(record, created, call)
        except Invalid as error:
            yield Refusal(number, f"{where}: {error}")
            continue
        if message is None:
            yield Skipped(number)
            continue
        created = message.created
        if message.role != "tool":
            call = message.tool_calls[0].id if message.tool_calls else None
        yield Said(number, message, size, where)


def _message(record: Json, created: datetime, call: str | None) -> Message | None:
    """Return a message; None where it is empty, or hidden and not part of what was said."""
    author = obj(record.get("author"), "author")
    role = author.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        raise Invalid(f"author.role is {shown(role)}; it has to be one of {', '.join(_ROLES)}")
    id = text(record, "id")
    if id is None:
        raise Invalid("it has no id")
    metadata = {} if record.get("metadata") is None else obj(record["metadata"], "metadata")
    raw = obj(record.get("content"), "content")
    form = text(raw, "content_type") or "text"
    if metadata.get("is_visually_hidden_from_conversation") is True and (role == "system" or form.endswith("_editable_context")):
        return None
    content = _content(raw, form, metadata)
    if not content:
        return None
    recipient = record.get("recipient")
    calls: list[ToolCall] = []
    if role == "assistant" and isinstance(recipient, str) and recipient != "all" and isinstance(content, str):
        calls, content = [ToolCall(recipient, arguments(content), id)], ""
    return Message(
        _ROLES[role],
        content,
        id,
        text(author, "name"),
        calls,
        call if role == "tool" else None,
        created if record.get("create_time") is None else moment(record["create_time"], "create_time"),
        None,
        metadata,
        {EXTRA: _rest(record, author, raw, form)},
    )


def _content(raw: Json, form: str, metadata: Json) -> str | list[str | Json]:
    """Return the content: text, or blocks where there is more than one text, with a block for each attachment."""
    blocks = _parts(raw, form)
    attachments = metadata.get("attachments")
    if isinstance(attachments, list):
        blocks += [{**attachment, "type": "attachment"} for attachment in attachments if isinstance(attachment, dict)]
    if len(blocks) == 1 and blocks[0].keys() == {"type", "text"} and blocks[0]["type"] == "text":
        single: str = blocks[0]["text"]
        return single
    return [*blocks]


def _parts(raw: Json, form: str) -> list[Json]:
    """Return a block for each part. Of a pointer to an image or a recording, the export names the file; it is noted as it is."""
    parts = raw.get("parts")
    if isinstance(parts, list):
        return [_part(part, number) for number, part in enumerate(parts) if part not in ("", None)]
    said = raw.get("text")
    if form in ("text", "code", "execution_output") and isinstance(said, str):
        return [{"type": "text", "text": said}] if said else []
    block = {**without(raw, "content_type"), "type": form}
    return [block] if any(value for name, value in block.items() if name != "type") else []


def _part(part: Any, number: int) -> Json:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    if isinstance(part, dict):
        return {**part, "type": part.get("content_type", "object")}
    raise Invalid(f"parts[{number}] is {kind(part)}; it has to be a text or an object")


def _rest(record: Json, author: Json, raw: Json, form: str) -> Json:
    """Return what the other fields of a message do not hold."""
    rest = without(record, "id", "author", "create_time", "content", "metadata")
    rest = {name: value for name, value in rest.items() if value is not None}
    if form != "text":
        rest["content_type"] = form
    if raw.get("language") is not None and form == "code":
        rest["language"] = raw["language"]
    if author.get("metadata"):
        rest["author"] = author["metadata"]
    return rest
