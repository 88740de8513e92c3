"""Bytes that nobody is shown."""

import hmac
from hashlib import blake2b, sha256
from typing import Never, final

from recollect.extras import needed

with needed("cryptography", "privacy"):
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SIZE = 32
"""Bytes of a key: 256 bits."""

DIGEST = 16
"""Bytes of a digest."""

_SHA256 = SHA256()


@final
class Secret:
    """A key of 256 bits, for use and not for show: it has no text and no copies, and cannot be pickled."""

    __slots__ = ("_bytes", "_digest", "_mac")

    def __init__(self, key: bytes) -> None:
        if len(key) != SIZE:
            raise ValueError(f"a key has {SIZE} bytes, and not {len(key)}")
        self._bytes = key
        self._mac = hmac.new(key, digestmod=sha256)
        self._digest = blake2b(key=key, digest_size=DIGEST, person=b"recollect digest")

    def mac(self, message: bytes) -> bytes:
        """Return HMAC-SHA256 of a message under this key: 32 bytes."""
        mac = self._mac.copy()
        mac.update(message)
        return mac.digest()

    def digest(self, message: bytes) -> bytes:
        """Return BLAKE2b of a message, keyed with this key: 16 bytes, in a third of the time."""
        digest = self._digest.copy()
        digest.update(message)
        return digest.digest()

    def derive(self, salt: bytes, purpose: bytes, size: int) -> bytes:
        """Return HKDF-SHA256 of this key: as many bytes as wanted, others for each salt and purpose."""
        return HKDF(_SHA256, size, salt, purpose).derive(self._bytes)

    def reveal(self) -> "Concealed":
        """Return the bytes, to be wrapped."""
        return Concealed(self._bytes)

    def __repr__(self) -> str:
        """Return what may be shown of a key: nothing."""
        return "Secret()"

    def __reduce__(self) -> Never:
        """Refuse to be pickled or copied."""
        raise TypeError("a key is not pickled or copied; open the keyring anew where it is needed")


@final
class Concealed(bytes):
    """Bytes of keys on their way to be wrapped: they have no text, so that what shows the variables of a failed call does not show them."""

    def __repr__(self) -> str:
        """Return what may be shown of them: nothing."""
        return "Concealed()"

    __str__ = __repr__

    def __reduce__(self) -> Never:
        """Refuse to be pickled or copied."""
        raise TypeError("keys are not pickled or copied")
