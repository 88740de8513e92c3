"""What nobody can open any more, such as what a backup or a copy holds of who was erased since."""

from collections.abc import Iterable

from recollect.errors import Erased, Locked
from recollect.model import Owner
from recollect.privacy.keys.keyring import Keyring
from recollect.privacy.sealing.record import is_sealed, key_of


def is_lost(keyring: Keyring, owner: Owner, bodies: Iterable[bytes | None]) -> bool:
    """Tell whether an owner's ledger is one from before their keys were destroyed. The key store is asked.

    Args:
        keyring: the keys.
        owner: whose ledger.
        bodies: of what is in it, sealed. They are looked at only if the owner has come back since, with new keys.

    """
    if owner.kind == "tenant":
        return False
    try:
        keys = keyring.key(owner, fresh=True)
    except Erased:
        return True
    except Locked:  # there are none, or they are of others: whoever reads is told
        return False
    return keys.before > 0 and any(is_sealed(body) and key_of(body) <= keys.before for body in bodies if body is not None)
