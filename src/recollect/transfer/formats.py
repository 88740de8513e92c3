"""The formats, and how a file's is told."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from recollect.errors import Invalid
from recollect.transfer import chatgpt, langchain, openai, own
from recollect.transfer.array import items
from recollect.transfer.items import Item
from recollect.transfer.records import FORMAT
from recollect.transfer.report import Refusal
from recollect.transfer.source import Source, parse
from recollect.transfer.table import MAGIC

FORMATS: Mapping[str, str] = MappingProxyType(
    {
        "openai": 'OpenAI-style JSON Lines: {"messages": [...]} a line, with optional user, session and metadata',
        "chatgpt": "ChatGPT's data export: conversations.json",
        "langchain-sql": "a SQLite file with LangChain's message_store table",
        "langchain-file": "the JSON file of LangChain's FileChatMessageHistory",
        "recollect": "Recollect's own JSON Lines, as its export writes them",
    }
)
"""What can be imported: the names of the formats, and what each is."""

READERS: Mapping[str, Callable[[Source], Iterator[Item]]] = MappingProxyType(
    {
        "openai": openai.read,
        "chatgpt": chatgpt.read,
        "langchain-sql": langchain.read_table,
        "langchain-file": langchain.read_file,
        "recollect": own.read,
    }
)

_TRIED = 100
"""Lines, or items of a list, that may be broken before the format is given up."""


def detect(source: Source) -> str:
    """Return the name of a file's format.

    Raises:
        Invalid: the file is empty, or of none of the formats.

    """
    head = source.rewind()
    if not head.strip():
        raise Invalid(f"{str(source.path)!r} holds nothing: it is empty; check the path, and how the file was made")
    if head.startswith(MAGIC):
        return "langchain-sql"
    found = _list_format(source) if head.lstrip().startswith(b"[") else _line_format(source)
    if found is None:
        raise Invalid(f"it cannot be told what {str(source.path)!r} holds; name its format: {', '.join(FORMATS)}")
    return found


def _list_format(source: Source) -> str | None:
    tried = 0
    for tried, item in enumerate(items(source), 1):
        if isinstance(item, Refusal) or tried > _TRIED:
            return None
        record = _object(item[1])
        if "mapping" in record:
            return "chatgpt"
        if "type" in record and "data" in record:
            return "langchain-file"
    return None if tried else "langchain-file"  # an empty list is a history without messages


def _line_format(source: Source) -> str | None:
    for tried, line in enumerate(source.lines()):
        if tried == _TRIED:
            return None
        record = {} if isinstance(line, Refusal) else _object(line[1])
        if record.get("type") == "header" and record.get("format") == FORMAT:
            return "recollect"
        if "messages" in record:
            return "openai"
    return None


def _object(raw: bytes) -> dict[str, object]:
    try:
        record = parse(raw, "the text")
    except Invalid:
        return {}
    return record if isinstance(record, dict) else {}
