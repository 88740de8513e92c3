"""What came after a position."""

from operator import attrgetter

from recollect.model import Document, Entry, Owner
from recollect.store.redis.entries import MOST
from recollect.store.redis.keys import Keys, Ledger
from recollect.store.redis.lines import Line
from recollect.store.redis.records import unpack_documents, unpack_entries
from recollect.store.redis.scripts import SCRIPTS, Call, key_list

_position = attrgetter("position")


def changes(line: Line, keys: Keys, owner: Owner, after: int, limit: int) -> list[Entry | Document]:
    """See Store.changes.

    One round trip tells that there is nothing, or documents alone; entries take a second, with the keys of their sessions.
    What is removed between the two is missing here, and told by a notice at a position beyond.
    """
    ledger, found = keys.ledger(owner), list[Entry | Document]()
    while len(found) < limit:
        part, after, more = _part(line, ledger, after, limit - len(found))
        found += part
        if not more:
            break
    return found[: max(limit, 0)]


def _part(line: Line, ledger: Ledger, after: int, limit: int) -> tuple[list[Entry | Document], int, bool]:
    """Return the first changes beyond a position, up to which position these are all, and whether there may be more."""
    of_ledger = key_list(ledger.ledger, ledger.sessions, ledger.documents, ledger.positions)
    answer = line.call(Call(SCRIPTS["news"], of_ledger, (b"%d" % after, b"%d" % limit, b"%d" % MOST)))
    head, documents, names, upto = int(answer[0]), answer[1], answer[2], int(answer[3])
    found: list[Entry | Document] = list(unpack_documents(documents))
    if names:
        each = limit if len(names) == 1 else max(32, 2 * limit // len(names))
        sessions = [name.decode() for name in names]
        arguments = (b"%d" % after, b"%d" % each, b"%d" % max(1, MOST // len(names)), *names)
        tails = line.call(Call(SCRIPTS["tails"], key_list(ledger.ledger, *(ledger.of(session)[0] for session in sessions)), arguments))
        for session, packed, more, edition in zip(sessions, tails[::3], tails[1::3], tails[2::3], strict=True):
            entries = unpack_entries(packed, session, edition)
            found += entries
            if more and entries:
                upto = min(upto, entries[-1].position)
    found = sorted((item for item in found if item.position <= upto), key=_position)
    return found, max(after, upto), upto < head
