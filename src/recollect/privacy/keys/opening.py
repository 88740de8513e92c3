"""Keyrings by text: where the keys are, and what wraps them."""

from collections.abc import Callable, Mapping
from pathlib import Path

from recollect.errors import Invalid, NotFound
from recollect.privacy.keys.keyring import Keyring
from recollect.privacy.keys.keystore import StoredKeys
from recollect.privacy.keys.wrapping import KeyWrap, key_file, key_variable, new_key_file
from recollect.store import Store, open_store

KEK_FORMS = "file:PATH, env:NAME, keyring:NAME, aws-kms:KEY, vault:MOUNT/keys/NAME"


def open_keyring(store: str, kek: str, *, make: bool = True) -> Keyring:
    """Open a keyring.

    Args:
        store: where the wrapped keys are: a path to a file of their own, made where it is new, or the URL of a store.
        kek: what wraps them, such as ``file:PATH``; several, separated by commas, the first of which wraps.
        make: make the file where there is none.

    Raises:
        Invalid: the text names none.
        NotFound: there is no such key-encryption key, or no such file, and none is to be made.
        StoreError: the key store cannot be opened.

    """
    keks = open_keks(kek)
    return Keyring(keks, StoredKeys(_opened(store, make=make)))


def open_keks(text: str) -> list[KeyWrap]:
    """Return the key-encryption keys that a text names: as ``file:PATH``, separated by commas."""
    return [open_kek(one.strip()) for one in text.split(",")]


def open_kek(text: str) -> KeyWrap:
    """Return the key-encryption key that a text names."""
    scheme, colon, rest = text.partition(":")
    opener = KEKS.get(scheme)
    if opener is None or not colon or not rest:
        raise Invalid(f"this names no key-encryption key; use one of {KEK_FORMS}")  # the text may be a key
    return opener(rest)


def new_kek(place: str) -> tuple[str, KeyWrap]:
    """Make a key-encryption key.

    Args:
        place: a path to a new file, ``file:PATH``, or ``keyring:NAME`` for the system's keyring.

    Returns:
        The text that opens it, and it.

    Raises:
        Invalid: keys of this kind are made elsewhere.
        Conflict: there is something already.

    """
    scheme, _, rest = place.partition(":")
    if scheme == "keyring":
        from recollect.privacy.keys.system import new_system_key

        return place, new_system_key(rest)
    if scheme in KEKS and scheme != "file":
        raise Invalid(f"a key of {scheme} is made there, and not here; give a path, or keyring:NAME")
    path = rest if scheme == "file" else place
    return f"file:{path}", new_key_file(path)


def _opened(store: str, *, make: bool) -> Store:
    if "://" in store:
        return open_store(store)
    if not store:
        raise Invalid("the key store's path is empty; give a path, or the URL of a store")
    if not make and not Path(store).exists():
        raise NotFound(f"there are no keys at {store}; give the file, or the URL, in which they are")
    from recollect.store.sqlite import SQLiteStore

    return SQLiteStore(store)


def _system(name: str) -> KeyWrap:
    from recollect.privacy.keys.system import system_key

    return system_key(name)


def _kms(key: str) -> KeyWrap:
    from recollect.privacy.keys.aws import KmsKey

    return KmsKey(key)


def _vault(place: str) -> KeyWrap:
    from recollect.privacy.keys.vault import VaultKey

    return VaultKey(place)


KEKS: Mapping[str, Callable[[str], KeyWrap]] = {"file": key_file, "env": key_variable, "keyring": _system, "aws-kms": _kms, "vault": _vault}
"""What opens a key-encryption key, by the scheme in front of the colon. It is given what stands behind."""
