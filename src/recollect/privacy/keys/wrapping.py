"""Key-encryption keys: what wraps the keys of owners."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from logging import getLogger
from pathlib import Path
from typing import Protocol, runtime_checkable

from recollect.errors import Conflict, Invalid, Locked, NotFound
from recollect.extras import needed
from recollect.privacy.keys.secret import SIZE, Secret

with needed("cryptography", "privacy"):
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PREFIX = b"recollect-kek-1:"
"""What the text of a key-encryption key begins with."""

_PURPOSE = b"recollect wrapped keys 1 of "
_NONCE = 12


class KeyWrap(Protocol):
    """A key-encryption key: here, or within a key service that never gives it away.

    ``name`` tells one from another, and is kept beside what it wrapped, so that what an earlier one wrapped is known: the name of
    a service's key, or a fingerprint. It is no secret.
    """

    @property
    def name(self) -> str:
        """What this key-encryption key is called; short, and always the same."""
        ...

    def wrap(self, secret: bytes, under: str) -> bytes:
        """Return a secret of at most 4,096 bytes, wrapped.

        Args:
            secret: what is wrapped.
            under: the name under which it is kept in the key store. It is bound, where that can be done: what was wrapped for one name
                does not open for another.

        Raises:
            KeyServiceFailed: the key service cannot be reached, or answers nothing that can be used.
            Locked: it refuses.

        """
        ...

    def unwrap(self, wrapped: bytes, under: str) -> bytes:
        """Return the secret that was wrapped for a name.

        Raises:
            KeyServiceFailed: the key service cannot be reached, or answers nothing that can be used.
            Locked: it refuses, or this is not what it wrapped for this name.

        """
        ...


@runtime_checkable
class Versions(Protocol):
    """What a key-encryption key may be able to, too: it has versions, of which the newest wraps, and the older ones open what they wrapped."""

    def outdated(self, wrapped: bytes) -> bool:
        """Return whether an older version wrapped this than the one that wrapped last."""
        ...


@runtime_checkable
class Connected(Protocol):
    """What a key-encryption key may be able to, too: it has connections."""

    def close(self) -> None:
        """Let go of them. A later call connects anew."""
        ...


class LocalKey:
    """A key-encryption key that this process holds. It wraps by AES-256-GCM."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret
        self.name = f"local:{secret.mac(b'recollect key-encryption key: name')[:8].hex()}"

    def wrap(self, secret: bytes, under: str) -> bytes:
        """See KeyWrap.wrap."""
        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(self._secret.reveal()).encrypt(nonce, secret, _PURPOSE + under.encode())

    def unwrap(self, wrapped: bytes, under: str) -> bytes:
        """See KeyWrap.unwrap."""
        try:
            return AESGCM(self._secret.reveal()).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], _PURPOSE + under.encode())
        except (InvalidTag, ValueError) as error:
            raise Locked(f"the key-encryption key {self.name} does not open what is said to be wrapped by it: the key store is damaged") from error

    def __repr__(self) -> str:
        """Return the name."""
        return f"LocalKey({self.name})"


def new_key() -> str:
    """Return the text of a new random key-encryption key."""
    return (PREFIX + urlsafe_b64encode(os.urandom(SIZE))).decode()


def new_key_file(path: str | os.PathLike[str]) -> LocalKey:
    """Write a new key-encryption key into a new file that its owner alone can read.

    Raises:
        Conflict: there is a file of this name. It is left as it is.
        Invalid: no file can be written there.

    """
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError as error:
        raise Conflict(f"{os.fspath(path)} is there already, and may be somebody's key; give another name", 0) from error
    except OSError as error:
        raise Invalid(f"{os.fspath(path)!r} cannot be written as a key-encryption key: {error.strerror}") from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(new_key() + "\n")
        file.flush()
        os.fsync(handle)
    return key_file(path)


def key_file(path: str | os.PathLike[str]) -> LocalKey:
    """Return the key-encryption key that a file holds.

    Raises:
        NotFound: there is no such file.
        Invalid: it holds none.

    """
    place = Path(path)
    try:
        if place.stat().st_mode & 0o077:
            getLogger("recollect").warning("%s: others than its owner can read this key-encryption key; run: chmod 600", place)
        secret = parsed_key(place.read_bytes())
    except FileNotFoundError as error:
        raise NotFound(f"there is no key-encryption key at {place}; make one with: recollect keys new {place}") from error
    except OSError as error:
        raise Invalid(f"{place} cannot be read as a key-encryption key: {error.strerror}") from error
    return local_key(secret, str(place))


def key_variable(name: str) -> LocalKey:
    """Return the key-encryption key that an environment variable holds.

    Raises:
        NotFound: it is not set.
        Invalid: it holds none.

    """
    if not os.environ.get(name):
        raise NotFound(f"the environment variable {name} is not set; give it the text of a file that recollect keys new has made")
    return local_key(parsed_key(os.environb[os.fsencode(name)]), f"the environment variable {name}")


def local_key(secret: Secret | None, where: str) -> LocalKey:
    """Return the key-encryption key of a secret that was looked for somewhere.

    Raises:
        Invalid: none was found.

    """
    if secret is None:
        raise Invalid(f"{where} holds no key-encryption key; make one with: recollect keys new PATH")
    return LocalKey(secret)


def parsed_key(text: bytes) -> Secret | None:
    """Return the key that a text holds; None if it holds none. No error is to have it among its variables."""
    try:
        key = urlsafe_b64decode(text.strip().removeprefix(PREFIX)) if text.startswith(PREFIX) else b""
    except NotBase64:
        return None
    return Secret(key) if len(key) == SIZE else None
