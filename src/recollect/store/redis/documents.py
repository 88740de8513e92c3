"""Documents: writing and reading."""

from collections.abc import Mapping, Sequence

from recollect.errors import Conflict, StoreError
from recollect.model import Document, Owner
from recollect.store.redis.keys import Keys, field_of
from recollect.store.redis.lines import Line
from recollect.store.redis.records import pack_body, unpack_documents
from recollect.store.redis.scripts import SCRIPTS, Call, key_list

_BEYOND = b"\xff"
"""Stands behind every text in UTF-8 that goes on from the same beginning."""


def put(line: Line, keys: Keys, owner: Owner, documents: Sequence[Document], expect: Mapping[tuple[str, str], int]) -> int:
    """See Store.put."""
    ledger, expected = keys.ledger(owner), list(expect.items())
    arguments = [ledger.owner, b"%d" % len(expected)]
    for place, position in expected:
        arguments += [field_of(*place), b"%d" % position]
    for document in documents:
        arguments += [field_of(document.collection, document.key), pack_body(document.body)]
    answer = line.call(Call(SCRIPTS["put"], key_list(*ledger.whole), arguments), write=True)
    if isinstance(answer, int):
        return answer
    number, position = answer
    if number == 0:
        raise StoreError("the ledger is full")
    (collection, key), wanted = expected[number - 1]
    raise Conflict(f"{key!r} in {collection!r} stands at position {position}, not at {wanted}; read it, and try again", position)


def documents(
    line: Line, keys: Keys, owner: Owner, collection: str, wanted: Sequence[str] | None, prefix: str, after: str | None, limit: int | None
) -> list[Document]:
    """See Store.documents."""
    if wanted is None:
        low, high = field_of(collection, prefix), field_of(collection, prefix) + _BEYOND
        start = b"[" + low
        if after is not None and (beyond := field_of(collection, after)) >= low:
            start = b"(" + beyond
        arguments = [b"", start, b"(" + high, b"%d" % (-1 if limit is None else limit)]
    else:
        chosen = sorted(key for key in set(wanted) if key.startswith(prefix) and (after is None or key > after))
        arguments = [b"keys", *(field_of(collection, key) for key in chosen)]
    ledger = keys.ledger(owner)
    found = line.call(Call(SCRIPTS["documents"], key_list(ledger.documents, ledger.order), arguments))
    return list(unpack_documents(found))[:limit]
