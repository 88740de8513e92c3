"""A key-encryption key in the keyring of the operating system: Keychain, Windows' Credential Locker, Secret Service, KWallet."""

from collections.abc import Callable
from typing import TypeVar

from recollect.errors import Conflict, Invalid, KeyServiceFailed, NotFound
from recollect.extras import needed
from recollect.privacy.keys.secret import Secret
from recollect.privacy.keys.wrapping import LocalKey, local_key, new_key, parsed_key

Answer = TypeVar("Answer")

SERVICE = "recollect"
"""The service under which keys stand in the keyring."""


def system_key(name: str) -> LocalKey:
    """Return the key-encryption key that the system's keyring holds under a name.

    Raises:
        NotFound: there is none.
        Invalid: what is there is none.
        KeyServiceFailed: there is no keyring here, or it is locked.
        MissingExtra: the package keyring is not installed.

    """
    found, secret = _read(name)
    if not found:
        raise NotFound(f"the system's keyring holds no {name!r} of {SERVICE!r}; make one with: recollect keys new keyring:{name}")
    return local_key(secret, f"{name!r} of {SERVICE!r} in the system's keyring")


def new_system_key(name: str) -> LocalKey:
    """Put a new key-encryption key into the system's keyring.

    Raises:
        Conflict: it holds something under this name already. That is left as it is.
        KeyServiceFailed: there is no keyring here, it is locked, or it keeps nothing.

    """
    if not name or not name.isprintable():
        raise Invalid("a key in the system's keyring needs a name; such as keyring:production")
    if _read(name)[0]:
        raise Conflict(f"the system's keyring holds {name!r} of {SERVICE!r} already, and it may be somebody's key; give another name", 0)
    made = _write(name)
    found, secret = _read(name)
    if not found or secret is None or LocalKey(secret).name != made:
        raise KeyServiceFailed("the system's keyring does not keep what it is given; see: keyring diagnose")
    return LocalKey(secret)


def _read(name: str) -> tuple[bool, Secret | None]:
    """Return whether there is something under a name, and the key that it is."""
    with needed("keyring", "keyring"):
        import keyring

    def get() -> tuple[bool, Secret | None]:
        text = keyring.get_password(SERVICE, name)
        return text is not None, None if text is None else parsed_key(text.encode())

    return _asked(get)


def _write(name: str) -> str:
    """Put a new key under a name. Return the name of the key-encryption key."""
    import keyring

    def put() -> str:
        text = new_key()
        keyring.set_password(SERVICE, name, text)
        return local_key(parsed_key(text.encode()), name).name

    return _asked(put)


def _asked(call: Callable[[], Answer]) -> Answer:
    """Return what the keyring answers. Its own errors are not among the causes of ours: their variables may have the key."""
    from keyring.errors import KeyringError, NoKeyringError

    try:
        return call()
    except NoKeyringError:
        told = "this machine has no keyring, or not for this user; use file:PATH, or a key service"
    except (KeyringError, OSError) as error:
        told = f"the system's keyring does not answer ({type(error).__name__}); unlock it, and see: keyring diagnose"
    raise KeyServiceFailed(told)
