"""The scripts, each one operation, and the bytes that call them."""

from collections.abc import Sequence
from hashlib import sha1
from importlib.resources import files

from msgspec import Struct

_PARTS = {
    "append": ("rows", "few", "append"),
    "at": ("rows", "search", "at"),
    "append whole": ("rows", "removal", "append"),
    "clear": ("rows", "removal", "clear"),
    "delete": ("rows", "removal", "delete"),
    "documents": ("documents",),
    "entries": ("rows", "search", "entries"),
    "erase": ("removal", "erase"),
    "ids": ("rows", "ids"),
    "names": ("names",),
    "news": ("news",),
    "places": ("rows", "places"),
    "put": ("removal", "put"),
    "rewrite": ("rows", "removal", "rewrite"),
    "save": ("save",),
    "saved": ("saved",),
    "session": ("session",),
    "sessions": ("rows", "sessions"),
    "tails": ("rows", "search", "tails"),
    "update": ("rows", "removal", "update"),
}


class Script(Struct, frozen=True, gc=False):
    """A script as it is called: by the digest by which a server knows it once it has run it, and by its text."""

    by_digest: bytes
    by_text: bytes


class KeyList(Struct, frozen=True, gc=False):
    """The keys of a call, and the bytes that tell them."""

    keys: tuple[bytes, ...]
    packed: bytes


def pack(arguments: Sequence[bytes]) -> bytes:
    """Return arguments as Redis reads them."""
    return b"".join([b"$%d\r\n%b\r\n" % (len(argument), argument) for argument in arguments])


def command(*arguments: bytes) -> bytes:
    """Return the bytes of a command."""
    return b"*%d\r\n%b" % (len(arguments), pack(arguments))


def key_list(*keys: bytes) -> KeyList:
    """Return keys as a call takes them."""
    return KeyList(keys, pack((b"%d" % len(keys), *keys)))


def _script(parts: Sequence[str]) -> Script:
    folder = files(__package__) / "lua"
    text = b"\n".join((folder / f"{part}.lua").read_bytes() for part in parts)
    digest = sha1(text, usedforsecurity=False).hexdigest().encode()
    return Script(pack((b"EVALSHA", digest)), pack((b"EVAL", text)))


SCRIPTS = {name: _script(parts) for name, parts in _PARTS.items()}


class Call(Struct, frozen=True, gc=False):
    """A script with its keys and arguments."""

    script: Script
    keys: KeyList
    arguments: Sequence[bytes]

    @property
    def key(self) -> bytes:
        """A key that tells the server."""
        return self.keys.keys[0]

    def by_digest(self) -> bytes:
        """Return the bytes for a server that knows the script."""
        return self._packed(self.script.by_digest)

    def by_text(self) -> bytes:
        """Return the bytes for a server that may not know it."""
        return self._packed(self.script.by_text)

    def _packed(self, script: bytes) -> bytes:
        count = 3 + len(self.keys.keys) + len(self.arguments)
        return b"*%d\r\n%b%b%b" % (count, script, self.keys.packed, pack(self.arguments))


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
