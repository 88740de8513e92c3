"""Keys: one for each owner, wrapped by a key-encryption key, in a key store apart from the data and its backups."""

from recollect.privacy.keys.keyring import Keyring
from recollect.privacy.keys.keystore import KeyRecord, KeyStore
from recollect.privacy.keys.opening import open_keyring
from recollect.privacy.keys.wrapping import KeyWrap

__all__ = ["KeyRecord", "KeyStore", "KeyWrap", "Keyring", "open_keyring"]
