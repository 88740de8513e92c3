"""Keyrings by text: where the keys are, and what wraps them."""

from collections.abc import Callable, Mapping
from pathlib import Path

from recollect.errors import Invalid, NotFound
from recollect.privacy.keys.keyring import Keyring
from recollect.privacy.keys.keystore import StoredKeys
from recollect.privacy.keys.wrapping import KeyWrap, key_file, key_variable
from recollect.store import Store, open_store

KEK_FORMS = "file:PATH, env:NAME"


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


def _opened(store: str, *, make: bool) -> Store:
    if "://" in store:
        return open_store(store)
    if not store:
        raise Invalid("the key store's path is empty; give a path, or the URL of a store")
    if not make and not Path(store).exists():
        raise NotFound(f"there are no keys at {store}; give the file, or the URL, in which they are")
    from recollect.store.sqlite import SQLiteStore

    return SQLiteStore(store)


KEKS: Mapping[str, Callable[[str], KeyWrap]] = {"file": key_file, "env": key_variable}
"""What opens a key-encryption key, by the scheme in front of the colon. It is given what stands behind."""
