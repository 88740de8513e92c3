"""The files that a message carries in its content: images, sounds, documents."""

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Iterator
from mimetypes import guess_extension
from typing import Any

from msgspec import Struct

from recollect.model import Message

_DATA = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(?:;[\w.+-]+=[\w.+-]+)*;base64,")
_TYPES = ("mime_type", "media_type", "mimeType")
_DATA_FIELDS = ("data", "base64")


class Attachment(Struct, frozen=True):
    """A file: its media type, and its bytes."""

    type: str
    data: bytes

    @property
    def suffix(self) -> str:
        """What its name ends with."""
        return guess_extension(self.type) or ".bin"


def attachments(message: Message) -> Iterator[Attachment]:
    """Yield the files that stand in a message's content blocks as base64: in data URLs, and beside their media type."""
    if not isinstance(message.content, str):
        yield from _within(message.content)


def _within(value: Any) -> Iterator[Attachment]:
    if isinstance(value, str):
        found = _DATA.match(value)
        if found:
            yield from _decoded(found[1] or "text/plain", value[found.end() :])
    elif isinstance(value, list):
        for one in value:
            yield from _within(one)
    elif isinstance(value, dict):
        type = next((value[name] for name in _TYPES if isinstance(value.get(name), str)), None)
        for name, one in value.items():
            if name in _DATA_FIELDS and isinstance(one, str) and not _DATA.match(one):
                yield from _decoded(type, one)
            else:
                yield from _within(one)


def _decoded(type: str | None, text: str) -> Iterator[Attachment]:
    if type is not None:
        try:
            yield Attachment(type, b64decode(text, validate=True))
        except (Error, ValueError):
            return  # it is no base64: the text stays where it stands
