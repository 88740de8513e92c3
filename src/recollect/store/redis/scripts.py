"""The scripts, each one operation, and the bytes that call them."""

from collections.abc import Sequence
from hashlib import sha1
from importlib.resources import files

from msgspec import Struct

_PARTS = {
    "append": ("rows", "removal", "append"),
    "clear": ("rows", "removal", "clear"),
    "delete": ("rows", "removal", "delete"),
    "documents": ("documents",),
    "entries": ("rows", "search", "entries"),
    "erase": ("removal", "erase"),
    "names": ("names",),
    "news": ("news",),
    "put": ("removal", "put"),
    "session": ("session",),
    "sessions": ("rows", "sessions"),
    "tails": ("rows", "search", "tails"),
    "update": ("rows", "removal", "update"),
}


class Script(Struct, frozen=True, gc=False):
    """A script's text, and the digest by which a server knows it once it has run it."""

    text: bytes
    digest: bytes


def _script(parts: Sequence[str]) -> Script:
    folder = files(__package__) / "lua"
    text = b"\n".join((folder / f"{part}.lua").read_bytes() for part in parts)
    return Script(text, sha1(text, usedforsecurity=False).hexdigest().encode())


SCRIPTS = {name: _script(parts) for name, parts in _PARTS.items()}


def command(*arguments: bytes) -> bytes:
    """Return the bytes of a command, as Redis reads them."""
    return b"*%d\r\n%b" % (len(arguments), b"".join([b"$%d\r\n%b\r\n" % (len(argument), argument) for argument in arguments]))


class Call(Struct, frozen=True, gc=False):
    """A script with its keys and arguments."""

    script: Script
    keys: Sequence[bytes]
    arguments: Sequence[bytes]

    @property
    def key(self) -> bytes:
        """A key that tells the server."""
        return self.keys[0]

    def by_digest(self) -> bytes:
        """Return the bytes for a server that knows the script."""
        return command(b"EVALSHA", self.script.digest, b"%d" % len(self.keys), *self.keys, *self.arguments)

    def by_text(self) -> bytes:
        """Return the bytes for a server that may not know it."""
        return command(b"EVAL", self.script.text, b"%d" % len(self.keys), *self.keys, *self.arguments)


class Command(Struct, frozen=True, gc=False):
    """A command on one key; its bytes are the same for every server."""

    name: bytes
    key: bytes
    arguments: Sequence[bytes] = ()

    def by_digest(self) -> bytes:
        """Return the command's bytes."""
        return command(self.name, self.key, *self.arguments)

    def by_text(self) -> bytes:
        """Return the command's bytes."""
        return self.by_digest()
