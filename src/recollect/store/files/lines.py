"""One line of a log: ``["<crc32>",{…}]``, where the checksum is that of the object's bytes.

An object is a header, an entry, a document or a session. What is written at once is a *batch*: lines that follow each other,
each saying the how many-th of how many it is (``line``, ``of``), unless it is the only one.
"""

import re
from pathlib import Path
from typing import Literal, NamedTuple
from zlib import crc32

from msgspec import DecodeError, Struct
from msgspec.json import Decoder, Encoder, decode

from recollect.errors import Damaged, NewerFormat
from recollect.model import Document, Entry, Owner
from recollect.store.events import DocumentWritten, EntryAdded, Recorded, SessionSet

_START = re.compile(rb'\["[0-9a-f]{8}",\{')

FORMAT = 2
"""The version of the format. A log says it in its header."""


class Span(Struct, frozen=True, gc=False):
    """Where a line lies in a log: its first byte, and how many bytes it has."""

    offset: int
    length: int


class _Line(Struct, frozen=True, omit_defaults=True, tag_field="type", kw_only=True):
    line: int = 1
    of: int = 1


class Header(Struct, frozen=True, omit_defaults=True, tag_field="type", tag="ledger"):
    """The first line of a log: the format's version, whose ledger it is, the position that it begins beyond, and a random id of the file.

    ``floor`` is that of the ledger when the log was written anew: notices that were replaced since may have told it.
    """

    format: int
    tenant: str
    kind: Literal["session", "tenant", "user"]
    name: str
    base: int
    id: str
    floor: int = 0

    @property
    def owner(self) -> Owner:
        """Whose ledger it is."""
        return Owner(self.tenant, self.kind, self.name)


class _Version(Struct):
    format: int


class _Entry(_Line, frozen=True, tag="entry"):
    position: int
    session: str
    id: str
    role: str
    created: int
    digest: bytes
    tokens: int | None = None
    expires: int | None = None
    text: str | None = None
    data: bytes | None = None


class _Document(_Line, frozen=True, tag="document"):
    position: int
    collection: str
    key: str
    text: str | None = None
    data: bytes | None = None


class _Session(_Line, frozen=True, tag="session"):
    name: str
    created: int
    updated: int
    activity: int
    ttl: int | None = None
    expires: int | None = None
    edition: int = 0


class Line(NamedTuple):
    """An event that was read, and the how many-th of how many it was in its batch."""

    event: Recorded
    number: int
    of: int


_encoder = Encoder()
_decoder: Decoder[_Entry | _Document | _Session] = Decoder(_Entry | _Document | _Session)
_header_decoder = Decoder(Header)


def seal(value: Struct) -> bytes:
    """Return a line that holds a value."""
    body = _encoder.encode(value)
    return b'["%08x",%b]\n' % (crc32(body), body)


def unseal(line: bytes) -> bytes | None:
    """Return the bytes of the object that a line holds; None if it is not a whole line, or not the one that was written."""
    body = line[12:-2]
    return body if line[:2] == b'["' and line[-2:] == b"]\n" and line[2:12] == b'%08x",' % crc32(body) else None


def whole_end(line: bytes) -> bytes:
    """Return the whole line that ends a broken one, whose own end has been overwritten; nothing if there is none."""
    ends = (line[start.start() :] for start in _START.finditer(line, 1))
    return next((end for end in ends if unseal(end) is not None), b"")


def write_header(owner: Owner, base: int, id: str, floor: int = 0) -> bytes:
    """Return the first line of a log."""
    return seal(Header(FORMAT, owner.tenant, owner.kind, owner.name, base, id, floor))


def read_header(line: bytes, path: Path) -> Header:
    """Return the header of the log at a path.

    Raises:
        NewerFormat, Damaged: it cannot be read.

    """
    body = unseal(line)
    if body is None:
        raise Damaged(f"{path}, line 1, byte 0: the header is not what was written; restore the file from a backup")
    try:
        version = decode(body, type=_Version).format
        if version > FORMAT:
            raise NewerFormat(f"{path} has format {version}, and this Recollect knows {FORMAT}; upgrade it with: pip install -U recollect")
        return _header_decoder.decode(body)
    except (DecodeError, UnicodeDecodeError) as error:
        raise Damaged(f"{path}, line 1, byte 0: the header cannot be read ({error}); restore the file from a backup") from error


def write_line(event: Recorded, number: int = 1, of: int = 1) -> bytes:
    """Return the line of an event, the how many-th of how many it is in its batch."""
    return seal(_to_line(event, number, of))


def read_line(line: bytes, path: Path, offset: int) -> Line | None:
    """Return the event of a line of the log at a path; None if it is not a whole line, or not the one that was written.

    Raises:
        Damaged: it is the line that was written, but is not of this format.

    """
    body = unseal(line)
    if body is None:
        return None
    try:
        read = _decoder.decode(body)
    except (DecodeError, UnicodeDecodeError) as error:
        raise Damaged(f"{path}, byte {offset}: the line cannot be read ({error}); was it written by another program?") from error
    return Line(_to_event(read), read.line, read.of)


def _to_line(event: Recorded, line: int, of: int) -> _Line:
    if isinstance(event, EntryAdded):
        e, (text, data) = event.item, _split(event.item.body)
        return _Entry(e.position, e.session, e.id, e.role, e.created, e.digest, e.tokens, event.expires, text, data, line=line, of=of)
    if isinstance(event, DocumentWritten):
        d, (text, data) = event.item, _split(event.item.body)
        return _Document(d.position, d.collection, d.key, text, data, line=line, of=of)
    s = event
    return _Session(s.name, s.created, s.updated, s.activity, s.ttl, s.expires, s.edition, line=line, of=of)


def _to_event(read: _Entry | _Document | _Session) -> Recorded:
    if isinstance(read, _Entry):
        body = _join(read.text, read.data) or b""
        entry = Entry(read.position, read.id, read.role, read.created, read.tokens, read.digest, body, read.session)
        return EntryAdded(entry, read.expires)
    if isinstance(read, _Document):
        return DocumentWritten(Document(read.collection, read.key, _join(read.text, read.data), read.position))
    return SessionSet(read.name, read.created, read.updated, read.activity, read.ttl, read.expires, read.edition)


def _split(body: bytes | None) -> tuple[str | None, bytes | None]:
    """Return a body as text, or, where it is none, as data."""
    if body is None:
        return None, None
    try:
        return body.decode(), None
    except UnicodeDecodeError:
        return None, body


def _join(text: str | None, data: bytes | None) -> bytes | None:
    return data if text is None else text.encode()
