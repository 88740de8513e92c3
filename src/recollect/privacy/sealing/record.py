"""A sealed record.

    byte 0       version: 0xC1
    byte 1       id of the owner's key
    bytes 2-17   salt, random
    bytes 18-33  commitment to the record's key
    from 34      AES-256-GCM of the content, with its tag of 16 bytes at the end

HKDF-SHA256 makes the record's key, the commitment and the nonce of the owner's key and the salt. The associated data is the head
up to the commitment, and the place where the record stands.
"""

import os
from hmac import compare_digest
from typing import TYPE_CHECKING

from recollect.errors import Damaged, Erased
from recollect.extras import needed
from recollect.privacy.keys.record import OwnerKeys
from recollect.privacy.keys.secret import Secret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = 0xC1
"""The first byte of a sealed record. No plain body begins with it."""

OVERHEAD = 50
"""Bytes that a record takes beside its content."""

_PURPOSE = b"recollect sealed record 1"
_SALT = 16
_COMMITMENT = 16
_NONCE = 12
_HEAD = 2 + _SALT + _COMMITMENT


def is_sealed(body: bytes) -> bool:
    """Tell whether a body has the shape of a sealed record."""
    return len(body) >= OVERHEAD and body[0] == VERSION


def key_of(body: bytes) -> int:
    """Return the id of the key that a record says it is sealed with."""
    return body[1]


def seal(keys: OwnerKeys, content: bytes, place: bytes) -> bytes:
    """Return content sealed with an owner's newest key, for a place."""
    id, salt = keys.newest, os.urandom(_SALT)
    key = keys.key(id)
    if key is None:
        raise RuntimeError("the newest key is among the keys")
    cipher, commitment, nonce = _derived(key, salt)
    head = bytes((VERSION, id)) + salt
    return b"".join((head, commitment, cipher.encrypt(nonce, content, head + place)))


def unseal(keys: OwnerKeys, body: bytes, place: bytes) -> bytes:
    """Return the content of a record that was sealed for this place.

    Raises:
        Damaged: it was not, or its bytes are not what was written.
        Erased: it was sealed with a key that was destroyed before the owner came back.

    """
    with needed("cryptography", "privacy"):
        from cryptography.exceptions import InvalidTag

    key = keys.key(body[1])
    if key is None:
        if body[1] <= keys.before:
            raise Erased("was sealed with a key that was destroyed, before this user came back")
        raise Damaged(f"is sealed with key {body[1]}, which the key store does not have; restore it, or the key store, from a backup")
    head = body[: 2 + _SALT]
    cipher, commitment, nonce = _derived(key, head[2:])
    if not compare_digest(commitment, body[2 + _SALT : _HEAD]):
        raise Damaged("cannot be authenticated: it is not what was written, or was sealed with another key; restore it from a backup")
    try:
        return cipher.decrypt(nonce, body[_HEAD:], head + place)
    except InvalidTag as error:
        raise Damaged("cannot be authenticated: it is not what was written here; restore it from a backup") from error


def _derived(key: Secret, salt: bytes) -> "tuple[AESGCM, bytes, bytes]":
    """Return a record's cipher, its commitment and its nonce. The bytes of its key do not leave this frame, and nothing here fails."""
    with needed("cryptography", "privacy"):
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    made = key.derive(salt, _PURPOSE, 32 + _COMMITMENT + _NONCE)
    return AESGCM(made[:32]), made[32 : 32 + _COMMITMENT], made[32 + _COMMITMENT :]
