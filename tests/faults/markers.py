"""Markers: a word of its own in every field that something of a user may stand in, and a search for them in raw bytes."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from urllib.parse import quote
from zlib import decompressobj, error

from recollect import Memory, Message, ToolCall
from recollect.model import Fact

SEALED = (
    "content", "block", "said as base64", "metadata", "title", "session metadata", "tool", "argument", "extra",
    "fact", "subject", "attribute", "value", "document", "bytes", "summary",
)  # fmt: skip
"""Fields whose values are sealed where a memory is."""

NAMES = ("user", "session", "message", "call", "speaker", "key", "collection")
"""Fields that name something."""

COMMON = "zqmarkzq"
"""What all markers begin with, so that a large file is gone through once for each form, and not for each field."""

LARGE = 8 << 20
"""Bytes: what is larger is a server's, and is not searched for compressed streams."""

MANY = 260
"""Messages beside: so many that a search index is saved."""


class Markers:
    """A marker for each field, and what each looks like in bytes."""

    def __init__(self, seed: int) -> None:
        rng = Random(seed)
        self.of = {field: COMMON + "".join(rng.choices("bcdfghjkmnpqrstvwx", k=16)) for field in (*SEALED, *NAMES)}
        self.forms = [(field, form, looks) for field, word in self.of.items() for form, looks in _forms(word)]
        self._common = dict(_forms(COMMON))

    def __getitem__(self, field: str) -> str:
        return self.of[field]

    def fill(self, memory: Memory, *, saved: bool = False) -> None:
        """Write a user that has every field. ``saved``: with so many messages that the search index is saved."""
        m = self
        user = memory.user(m["user"])
        chat = user.session(m["session"])
        chat.append(
            Message("user", f"ä {m['content']} \U0001f9ed", m["message"], metadata={"m": [m["metadata"]]}, name=m["speaker"]),
            Message("assistant", [{"type": "text", "text": m["block"]}], tool_calls=[ToolCall(m["tool"], {"a": {"b": m["argument"]}}, m["call"])]),
            Message("user", b64encode(m["said as base64"].encode()).decode(), extra={"e": m["extra"]}),
        )
        chat.update(title=f"T {m['title']}", metadata={"k": m["session metadata"]})
        user.remember(f"likes {m['fact']}")
        user.remember(subject=m["subject"], attribute=m["attribute"], value=m["value"])
        user.documents(m["collection"]).put({m["key"]: {"v": m["document"]}, "raw": m["bytes"].encode(), "summary": m["summary"]})
        if saved:
            user.session("many").append(*(Message("user", f"{m['content']} {number}") for number in range(MANY)))
        assert user.recall(m["content"])
        assert isinstance(user.facts()[0], Fact)

    def found(self, data: bytes) -> set[tuple[str, str]]:
        """Return the fields whose markers stand in some bytes, each with how it looks there."""
        hits = self._hits(data)
        for plain in _unpacked(data) if len(data) < LARGE else ():
            hits |= {(field, f"{form}, compressed") for field, form in self._hits(plain)}
        return hits

    def _hits(self, data: bytes) -> set[tuple[str, str]]:
        there = {form for form, looks in self._common.items() if looks in data}
        return {(field, form) for field, form, looks in self.forms if form in there and looks in data}

    def in_folder(self, folder: Path) -> set[tuple[str, str, str]]:
        """Return the file, the field and the form of each marker in a folder's files and in their names."""
        hits: set[tuple[str, str, str]] = set()
        for path in folder.rglob("*"):
            name = str(path.relative_to(folder))
            hits |= {(name, field, "the file's name") for field, form, looks in self.forms if looks in name.encode()}
            if path.is_file():
                hits |= {(name, *hit) for hit in self.found(path.read_bytes())}
        return hits


def _forms(word: str) -> Iterator[tuple[str, bytes]]:
    yield "plain", word.encode()
    yield "UTF-16", word.encode("utf-16-le")
    yield "UTF-16, the other way round", word.encode("utf-16-be")
    yield "escaped", "".join(f"\\u{ord(letter):04x}" for letter in word).encode()
    yield "hexadecimal", word.encode().hex().encode()
    yield "percent", "".join(f"%{ord(letter):02X}" for letter in word).encode()
    for shift in range(3):
        whole = b64encode(b"\0" * shift + word.encode())
        yield f"base64, {shift}", whole[4:-4]
    yield "quoted", quote(word).encode()


def _unpacked(data: bytes) -> Iterator[bytes]:
    """Yield what zlib streams hold, wherever they begin: those of saved indexes."""
    at = data.find(b"\x78\x01")
    while at >= 0:
        stream, plain = decompressobj(), b""
        with suppress(error):  # where a database has cut it in pieces, what stands in the first
            for start in range(at, at + (1 << 20), 256):
                plain += stream.decompress(data[start : start + 256])
        if len(plain) > 16:
            yield plain
        at = data.find(b"\x78\x01", at + 1)
