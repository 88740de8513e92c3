"""Reading Recollect's own export."""

from collections.abc import Iterator

from msgspec import UNSET, DecodeError

from recollect.errors import Invalid, NewerFormat
from recollect.transfer.items import Conversation, Item, Kept, Said
from recollect.transfer.records import FORMAT, VERSION, DocumentLine, End, Header, Line, MessageLine, SessionLine, decoder, message_of
from recollect.transfer.report import Refusal
from recollect.transfer.source import Source


def read(source: Source) -> Iterator[Item]:
    """Yield an export's sessions, messages and documents.

    Raises:
        Invalid: the file does not start as an export does.
        NewerFormat: it was written by a newer Recollect.

    """
    session, number, started, ended = 0, 0, False, False
    for line in source.lines():
        if isinstance(line, Refusal):
            number = line.line
            yield line
            continue
        number, raw = line
        try:
            record = _decode(raw)
            if not started or isinstance(record, Header):
                _check_header(record, source)
                session, started = 0, True
        except Invalid as error:
            if not started:
                raise Invalid(
                    f"{str(source.path)!r} is no export of Recollect: line {number}: {error}; choose another format, or leave it out"
                ) from error
            yield Refusal(number, str(error))
            continue
        if isinstance(record, SessionLine):
            session = record.number
        ended = isinstance(record, End)
        yield from _items(number, record, session, len(raw))
    if not ended:
        yield Refusal(number + 1, "the file has no end line: the export was cut off, and what stood behind is missing")


def _decode(raw: bytes) -> Line:
    try:
        line: Line = decoder.decode(raw)
    except RecursionError as error:
        raise Invalid("the line is nested too deep") from error
    except (DecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"the line cannot be read: {error}") from error
    return line


def _check_header(record: Line, source: Source) -> None:
    if not isinstance(record, Header) or record.format != FORMAT:
        raise Invalid("it does not start with a header line")
    if record.version > VERSION:
        text = f"{str(source.path)!r} has version {record.version} of the export's format, and this Recollect reads up to {VERSION}"
        raise NewerFormat(f"{text}; upgrade it with: pip install -U recollect")


def _items(number: int, record: Line, session: int, size: int) -> Iterator[Item]:
    if isinstance(record, SessionLine):
        yield Conversation(number, record.id, record.user, record.title, record.metadata, record.ttl, record.count == 0)
    elif isinstance(record, MessageLine):
        if record.session != session:
            yield Refusal(number, "the line of the message's session is missing or was refused")
        else:
            yield Said(number, message_of(record), size)
    elif isinstance(record, DocumentLine):
        if isinstance(record.base64, bytes):
            yield Kept(number, record.user, record.collection, record.key, record.base64)
        elif record.value is not UNSET:
            yield Kept(number, record.user, record.collection, record.key, record.value)
        else:
            yield Refusal(number, "the document has neither a value nor base64")
