"""Which keys a command works with."""

import os

import click

from recollect.errors import Invalid
from recollect.privacy.keys import Keyring, open_keyring

KEK = "RECOLLECT_KEK"


def keyring_of(keys: str, *, make: bool = False) -> Keyring:
    """Open the keyring at a place, with the key-encryption key that RECOLLECT_KEK names. It is closed when the command ends.

    Raises:
        Invalid: RECOLLECT_KEK is not set, or names none.
        NotFound: there is no such file, and none is to be made.

    """
    kek = os.environ.get(KEK)
    if not kek:
        raise Invalid(
            f"the keys at --keys are wrapped by a key-encryption key; name it: export {KEK}=file:PATH; a new one is made by: recollect keys new PATH"
        )
    keyring = open_keyring(keys, kek, make=make)
    context = click.get_current_context(silent=True)
    if context is not None:
        context.call_on_close(keyring.close)
    return keyring
