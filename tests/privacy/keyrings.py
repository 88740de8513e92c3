"""Keyrings for tests."""

from pathlib import Path

from recollect.privacy.keys import Keyring
from recollect.privacy.keys.opening import open_keyring
from recollect.privacy.keys.wrapping import new_key_file


def keyring(folder: Path) -> Keyring:
    """Open a keyring in a folder, making its key-encryption key where it is new."""
    kek = folder / "kek"
    if not kek.exists():
        new_key_file(kek)
    return open_keyring(str(folder / "keys.db"), f"file:{kek}")
