"""What a key store keeps of an owner, and the keys that are opened of it."""

import os
from collections.abc import Mapping, Sequence
from typing import Never, final

from msgspec import Struct
from msgspec.json import Decoder, Encoder

from recollect.errors import Damaged, Erased, Invalid, KeyServiceFailed, Locked, NewerFormat
from recollect.privacy.keys.secret import SIZE, Concealed, Secret
from recollect.privacy.keys.wrapping import KeyWrap

MOST_KEYS = 100
"""Keys that an owner may have: they are wrapped together, and a key service takes 4,096 bytes."""

LAST_ID = 255
"""The id of a key is one byte, from 1 up."""

_VERSION = 1
_BINDING = 16


class Wrapped(Struct, frozen=True, omit_defaults=True):
    """A record of the key store. Without ``wrapped`` it is a tombstone: the keys were destroyed. ``last``: the last id that was given."""

    version: int
    last: int
    kek: str = ""
    wrapped: bytes = b""


_encoder = Encoder()
_decoder = Decoder(Wrapped)


@final
class OwnerKeys:
    """The keys of an owner: by id, the newest of which seals; and a constant one for digests.

    ``before``: the ids up to here were destroyed, before the owner came back.
    """

    __slots__ = ("_by_id", "_for_macs", "before", "newest")

    def __init__(self, for_macs: Secret, by_id: Mapping[int, Secret]) -> None:
        self._for_macs = for_macs
        self._by_id = dict(by_id)
        self.newest = max(by_id)
        self.before = min(by_id) - 1

    def key(self, id: int) -> Secret | None:
        """Return the key of an id; None where there is none."""
        return self._by_id.get(id)

    @property
    def ids(self) -> Sequence[int]:
        """The ids, in the order in which they were given."""
        return sorted(self._by_id)

    def mac(self, message: bytes) -> bytes:
        """Return HMAC-SHA256 of a message under the key that never changes: 32 bytes."""
        return self._for_macs.mac(message)

    def digest(self, message: bytes) -> bytes:
        """Return a keyed digest of a message under the key that never changes: 16 bytes."""
        return self._for_macs.digest(message)

    def rotated(self) -> "OwnerKeys":
        """Return these keys, and a new one, by which all is sealed from now on."""
        if self.newest == LAST_ID or len(self._by_id) == MOST_KEYS:
            raise Invalid(f"an owner has at most {MOST_KEYS} keys, with ids up to {LAST_ID}; no more can be made")
        return OwnerKeys(self._for_macs, {**self._by_id, self.newest + 1: _new()})

    def plain(self, name: str) -> Concealed:
        """Return the keys of the owner of this name, to be wrapped."""
        parts = [bytes([_VERSION]), self.binding(name), self._for_macs.reveal()]
        for id, key in sorted(self._by_id.items()):
            parts += [bytes([id]), key.reveal()]
        return Concealed(b"".join(parts))

    def binding(self, name: str) -> bytes:
        """Return what tells that these are the keys of this name: so that they cannot be put under another one."""
        return self.mac(b"recollect keys of " + name.encode())[:_BINDING]

    def __repr__(self) -> str:
        """Return how many there are."""
        return f"OwnerKeys({len(self._by_id)})"

    def __reduce__(self) -> Never:
        """Refuse to be pickled or copied."""
        raise TypeError("keys are not pickled or copied; open the keyring anew where they are needed")


def new_keys(last: int = 0) -> OwnerKeys:
    """Return new keys, with an id beyond the ``last``."""
    if last >= LAST_ID:
        raise Invalid("this owner's keys were destroyed too often for another one; give the person another name")
    return OwnerKeys(_new(), {last + 1: _new()})


def wrap(keys: OwnerKeys, name: str, kek: KeyWrap) -> bytes:
    """Return the record of the keys that are kept under a name."""
    return _encoder.encode(Wrapped(_VERSION, keys.newest, kek.name, kek.wrap(keys.plain(name), name)))


def proven(record: bytes, keys: OwnerKeys, name: str, kek: KeyWrap) -> bytes:
    """Return a record that is to stand in the place of another one, once its key-encryption key has opened it again.

    Raises:
        Locked, KeyServiceFailed: it does not.

    """
    found = unwrap(parse(record, "what was wrapped"), name, {kek.name: kek})
    if found.ids != keys.ids or found.mac(b"") != keys.mac(b""):
        raise KeyServiceFailed(f"{kek.name} does not give back what it wrapped; nothing was replaced")
    return record


def tombstone(last: int) -> bytes:
    """Return the record in the place of keys that were destroyed."""
    return _encoder.encode(Wrapped(_VERSION, last))


def parse(body: bytes, where: str) -> Wrapped:
    """Return a record of the key store."""
    try:
        record = _decoder.decode(body)
    except ValueError as error:
        raise Damaged(f"{where} cannot be read; restore the key store from a backup") from error
    if record.version != _VERSION:
        raise NewerFormat(f"{where} has version {record.version}, which this Recollect cannot read; upgrade it")
    return record


def unwrap(record: Wrapped, name: str, keks: Mapping[str, KeyWrap]) -> OwnerKeys:
    """Return the keys of a record.

    Raises:
        Erased: they were destroyed.
        Locked: none of the key-encryption keys opens them.

    """
    if not record.wrapped:
        raise Erased("this user was erased, and their key destroyed; if the person returns: user.readmit(), or recollect readmit")
    kek = keks.get(record.kek)
    if kek is None:
        raise Locked(f"the key store's keys are wrapped by {record.kek!r}, and given is {', '.join(sorted(keks))}; give that key-encryption key")
    keys = _parsed(kek.unwrap(record.wrapped, name), name)
    if keys is None:
        raise Damaged("a record of the key store holds no keys, or another owner's; restore the key store from a backup")
    return keys


def _parsed(plain: bytes, name: str) -> OwnerKeys | None:
    """Return the keys of a name; None if these are none. No error is to have them among its variables."""
    head = 1 + _BINDING
    keys = plain[head + SIZE :]
    if plain[:1] != bytes([_VERSION]) or not keys or len(keys) % (1 + SIZE):
        return None
    by_id = {keys[at]: Secret(keys[at + 1 : at + 1 + SIZE]) for at in range(0, len(keys), 1 + SIZE)}
    found = OwnerKeys(Secret(plain[head : head + SIZE]), by_id)
    return found if found.binding(name) == plain[1:head] else None


def _new() -> Secret:
    return Secret(os.urandom(SIZE))
