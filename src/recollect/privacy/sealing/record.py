"""A sealed record.

    byte 0       version: 0xC1
    byte 1       id of the owner's key
    bytes 2-14   salt, random: another one for each call that writes
    bytes 15-17  number of the record within the call
    bytes 18-33  commitment to the key
    from 34      AES-256-GCM of the content, with its tag of 16 bytes at the end

HKDF-SHA256 makes a key, the commitment to it and a nonce of the owner's key and the salt. A record's nonce is that one, with the record's
number added by exclusive or: under one key, no nonce is used twice. The associated data is the head up to the commitment, and the place
where the record stands.
"""

import os
from hmac import compare_digest
from typing import NamedTuple

from recollect.errors import Damaged, Erased
from recollect.extras import needed
from recollect.privacy.keys.record import OwnerKeys
from recollect.privacy.keys.secret import Secret

with needed("cryptography", "privacy"):
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = 0xC1
"""The first byte of a sealed record. No plain body begins with it."""

OVERHEAD = 50
"""Bytes that a record takes beside its content."""

_PURPOSE = b"recollect sealed record 1"
_SALT = 13
_NUMBER = 3
_COMMITMENT = 16
_NONCE = 12
_SALTED = 2 + _SALT
_BOUND = _SALTED + _NUMBER
_HEAD = _BOUND + _COMMITMENT


class _Derived(NamedTuple):
    """What is made of an owner's key and a salt."""

    cipher: AESGCM
    commitment: bytes
    nonce: int


def is_sealed(body: bytes) -> bool:
    """Tell whether a body has the shape of a sealed record."""
    return len(body) >= OVERHEAD and body[0] == VERSION


def key_of(body: bytes) -> int:
    """Return the id of the key that a record says it is sealed with."""
    return body[1]


class Sealer:
    """Seals the records of one call, under one key made of the owner's newest one."""

    def __init__(self, keys: OwnerKeys) -> None:
        key = keys.key(keys.newest)
        if key is None:
            raise RuntimeError("the newest key is among the keys")
        self.keys = keys
        salt = os.urandom(_SALT)
        self._head = bytes((VERSION, keys.newest)) + salt
        self._derived = _derived(key, salt)
        self._number = 0

    def seal(self, content: bytes, place: bytes) -> bytes:
        """Return content, sealed for a place."""
        number = self._number
        self._number += 1
        head = self._head + number.to_bytes(_NUMBER, "big")  # one more than there can be raises OverflowError
        cipher, commitment, nonce = self._derived
        return b"".join((head, commitment, cipher.encrypt((nonce ^ number).to_bytes(_NONCE, "big"), content, head + place)))


class Opener:
    """Opens the records of one call. What was made for the last one serves the next one with the same salt."""

    def __init__(self, keys: OwnerKeys) -> None:
        self.keys = keys
        self._salted = b""
        self._derived: _Derived | None = None

    def open(self, body: bytes, place: bytes) -> bytes:
        """Return the content of a record that was sealed for this place.

        Raises:
            Damaged: it was not, or its bytes are not what was written.
            Erased: it was sealed with a key that was destroyed before the owner came back.

        """
        salted = body[:_SALTED]
        derived = self._derived
        if derived is None or salted != self._salted:
            self._salted = salted
            derived = self._derived = _derived(self._key(body[1]), salted[2:])
        cipher, commitment, nonce = derived
        if not compare_digest(commitment, body[_BOUND:_HEAD]):
            raise Damaged("cannot be authenticated: it is not what was written, or was sealed with another key; restore it from a backup")
        number = int.from_bytes(body[_SALTED:_BOUND], "big")
        try:
            return cipher.decrypt((nonce ^ number).to_bytes(_NONCE, "big"), body[_HEAD:], body[:_BOUND] + place)
        except InvalidTag as error:
            raise Damaged("cannot be authenticated: it is not what was written here; restore it from a backup") from error

    def _key(self, id: int) -> Secret:
        key = self.keys.key(id)
        if key is not None:
            return key
        if 0 < id <= self.keys.before:
            raise Erased("was sealed with a key that was destroyed, before this user came back")
        raise Damaged(f"is sealed with key {id}, which the key store does not have; restore it, or the key store, from a backup")


def _derived(key: Secret, salt: bytes) -> _Derived:
    """Return what is made of a key and a salt. The bytes of the made key do not leave this frame, and nothing here fails."""
    made = key.derive(salt, _PURPOSE, 32 + _COMMITMENT + _NONCE)
    return _Derived(AESGCM(made[:32]), made[32 : 32 + _COMMITMENT], int.from_bytes(made[32 + _COMMITMENT :], "big"))
