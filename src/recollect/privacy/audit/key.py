"""The key of the audit's MACs. It lives apart from the database: who could change both, could write another past."""

import os
import stat
from base64 import b64decode, b64encode
from binascii import Error
from hashlib import sha256
from hmac import compare_digest, digest
from pathlib import Path

from recollect.errors import Invalid, NotFound, StoreError

SIZE = 32
"""Bytes of a key."""

VARIABLE = "env:"
"""What the name of an environment variable stands behind."""

TENANT = b"recollect audit tenant 1\n"
"""What stands in front of a tenant, of which its key is made."""

KeySource = str | os.PathLike[str] | bytes
"""A path, ``"env:NAME"``, or the key's own 32 bytes."""


class Key:
    """A key, which makes and checks MACs and is shown nowhere."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def mac(self, purpose: bytes, data: bytes) -> str:
        """Return the HMAC-SHA256 of some data, as 64 hexadecimal digits. MACs of one purpose are none of another."""
        return digest(self._secret, purpose + data, sha256).hex()

    def checks(self, mac: str, purpose: bytes, data: bytes) -> bool:
        """Tell whether this key made a MAC of the data."""
        return compare_digest(self.mac(purpose, data).encode(), mac.encode("utf-8", "surrogatepass"))

    def of(self, tenant: str) -> "Key":
        """Return a tenant's key, so that no tenant's audit can be put in another one's place."""
        return Key(digest(self._secret, TENANT + tenant.encode(), sha256))

    def __repr__(self) -> str:
        """Tell nothing of the key."""
        return "Key(…)"


def key_of(source: KeySource, *, make: bool) -> Key:
    """Return the key of a source.

    Args:
        source: the path of a file with 44 characters of base64, which only its owner may read; ``"env:NAME"`` for a variable with the
            same; or 32 bytes.
        make: where there is no such file, make one with a new key.

    Raises:
        Invalid: it holds no key, or others may read the file.
        NotFound: there is no such file or variable.
        StoreError: the file cannot be read or made.

    """
    if isinstance(source, bytes):
        if len(source) != SIZE:
            raise Invalid(f"the audit's key has {len(source)} bytes; give {SIZE}, such as secrets.token_bytes({SIZE})")
        return Key(source)
    if isinstance(source, str) and source.startswith(VARIABLE):
        name = source.removeprefix(VARIABLE)
        value = os.environ.get(name)
        if not value:
            raise NotFound(f"the environment variable {name!r} is not set; it is to hold the audit's key, as: openssl rand -base64 {SIZE}")
        return Key(_decoded(value, f"the environment variable {name!r}"))
    if not isinstance(source, str | os.PathLike) or not os.fspath(source):
        raise Invalid(f"the audit's key is of type {type(source).__name__}; give the path of its file, 'env:NAME', or {SIZE} bytes")
    return _of_file(Path(source), make=make)


def _of_file(path: Path, *, make: bool) -> Key:
    try:
        return _read(path)
    except FileNotFoundError as error:
        if not make:
            raise NotFound(
                f"there is no key file {os.fspath(path)!r}; give the one with which the audit was written; to begin an audit, make one: "
                "(umask 077; head -c 32 /dev/urandom | base64 > FILE)"
            ) from error
    except OSError as error:
        raise StoreError(f"the audit's key file {os.fspath(path)!r} cannot be read: {error.strerror or error}") from error
    try:
        return _made(path)
    except FileExistsError:  # another process made it just now
        return _of_file(path, make=False)
    except OSError as error:
        raise StoreError(f"the audit's key file {os.fspath(path)!r} cannot be made: {error.strerror or error}") from error


def _read(path: Path) -> Key:
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise Invalid(f"others may read the audit's key file {os.fspath(path)!r}; run: chmod 600 {os.fspath(path)}")
        return Key(_decoded(file.read().decode("utf-8", "replace"), f"the audit's key file {os.fspath(path)!r}"))


def _made(path: Path) -> Key:
    """Make a file whole or not at all: it is linked to its name once the key is on the disk."""
    secret = os.urandom(SIZE)
    new = path.with_name(f"{path.name}.{os.urandom(8).hex()}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(b64encode(secret) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(new, path)
    finally:
        new.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return Key(secret)


def _decoded(text: str, where: str) -> bytes:
    try:
        secret = b64decode(text.strip(), validate=True)
    except (Error, ValueError):
        secret = b""
    if len(secret) != SIZE:
        raise Invalid(f"{where} holds no key: it is to hold {SIZE} bytes as base64; make one with: openssl rand -base64 {SIZE}")
    return secret
