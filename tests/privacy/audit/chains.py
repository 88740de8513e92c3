"""An audit to tamper with: written to a store, taken out, changed, and put into another one."""

from collections.abc import Callable, Sequence
from time import time_ns

from msgspec.structs import replace

from recollect.model import Document, Entry, Owner
from recollect.privacy.audit import Anchor, Audit, Record, Verified
from recollect.privacy.audit.anchors import Line
from recollect.privacy.audit.key import Key
from recollect.privacy.audit.log import Log
from recollect.privacy.audit.place import POINTER, chain_of, entry_of, ledger, session_of
from recollect.privacy.audit.record import read, sign
from recollect.privacy.audit.verification import verify
from recollect.store import Store, open_store
from recollect.store.protocol import system_clock

KEY = b"k" * 32
OWNER = ledger("")

Sessions = dict[str, list[Entry]]
"""The entries of each chain, by its id, in their order."""


def record(action: str = "append", **fields: object) -> Record:
    return Record(chain="", number=0, link="", at=0, action=action, **fields)


def audit(anchors: list[Anchor] | None = None, **options: object) -> Audit:
    return Audit(KEY, anchor=None if anchors is None else anchors.append, **options)


def log(store: Store, settings: Audit | None = None, clock: Callable[[], int] = system_clock) -> Log:
    return Log(store, "", settings or audit(), clock)


def written(*counts: int, end: bool = True, anchors: list[Anchor] | None = None) -> Store:
    """Return a store with a chain of each length, one process after another."""
    store = open_store("memory://")
    for count in counts:
        one = log(store, audit(anchors, every=10**6))
        for _ in range(count):
            one.write(record())
        if end:
            one.close()
        elif one._anchored is not None:
            one._anchored.flush()
    return store


def sessions(store: Store) -> Sessions:
    return {str(chain_of(state.name)): store.entries(OWNER, state.name) for state in reversed(store.sessions(OWNER, limit=1000))}


def put(found: Sessions, registry: str | None, owner: Owner = OWNER) -> Store:
    """Return a store that holds just these."""
    store = open_store("memory://")
    if registry is not None:
        store.put(owner, [Document(POINTER, "registry", f' {{"registry":"{registry}"}}'.encode())])
    for chain, entries in found.items():
        if entries:
            store.append(owner, session_of(chain), [replace(entry, position=0) for entry in entries])
    return store


def registry_of(found: Sessions) -> str:
    return next(chain for chain, entries in found.items() if parsed(entries[0]).registers)


def chains_of(found: Sessions) -> list[str]:
    registry = registry_of(found)
    return [chain for chain in found if chain != registry]


def parsed(entry: Entry) -> Record:
    written = read(entry.body, [Key(KEY).of("")])
    assert written is not None
    return written.record


def resigned(entries: Sequence[Entry], link: str, change: Callable[[Record], Record], key: bytes = KEY) -> list[Entry]:
    """Return a chain that somebody with the key has written anew."""
    made = []
    for entry in entries:
        changed = replace(change(parsed(entry)), link=link)
        body, link = sign(changed, Key(key).of(""))
        made.append(entry_of(changed, body, link))
    return made


def checked(store: Store, anchors: Sequence[Anchor] | None = None, *, later: int = 3600) -> Verified:
    """Verify, an hour later unless told otherwise."""
    lines = None if anchors is None else [Line(number, anchor) for number, anchor in enumerate(anchors, 1)]
    return verify(store, OWNER, audit().keys, time_ns() // 1000 + later * 1_000_000, lines)


def kinds(found: Verified) -> set[str]:
    return {finding.kind for finding in found.findings}
