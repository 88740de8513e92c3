"""Sealing what an existing memory holds."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from recollect.model import Owner
from recollect.runtime import Progress
from recollect.store import Store, store_of
from recollect.store.scrubs import Scrubs

if TYPE_CHECKING:
    from recollect.privacy.keys import Keyring


class SealReport(Struct, frozen=True):
    """What a sealing did: how many owners, messages and documents it sealed, and which erased owners it left out.

    ``left`` tells where the database may still keep plain bytes of before, and what to do about it.
    """

    owners: int
    messages: int
    documents: int
    erased: list[Owner]
    left: tuple[str, ...] = ()


def seal(
    store: str | Store, keyring: "Keyring", *, tenant: str = "", users: Sequence[str] | None = None, progress: Progress | None = None
) -> SealReport:
    """Seal what a memory holds, or, of a sealed one, seal anew what was sealed with a user's earlier keys.

    A plain memory is marked at once: from then on it is opened with its keys alone, and plain records are read until all are sealed. Close
    whatever has it open without keys before. Interrupted, it goes on when it is called again. Expired sessions are removed.

    Args:
        store: the memory's URL, or its store, which is not sealed itself.
        keyring: the keys.
        tenant: whose memory.
        users: these alone, of a memory that is sealed.
        progress: told after each step how many messages and documents are sealed, of how many.

    Raises:
        Invalid: users were given, and the memory is not sealed.
        Locked: it was sealed with other keys.

    """
    from recollect.transfer.turning import seal_all, seal_users  # with cryptography, which few need

    found, opened = store_of(store)
    try:
        report = seal_all(found, tenant, keyring, progress) if users is None else seal_users(found, tenant, keyring, users, progress)
        return replace(report, left=tuple(found.scrub())) if isinstance(found, Scrubs) else report
    finally:
        if opened:
            found.close()


async def aseal(
    store: str | Store, keyring: "Keyring", *, tenant: str = "", users: Sequence[str] | None = None, progress: Progress | None = None
) -> SealReport:
    """Seal as ``seal`` does, in a thread."""
    import asyncio

    return await asyncio.to_thread(seal, store, keyring, tenant=tenant, users=users, progress=progress)
