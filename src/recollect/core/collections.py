"""Documents: the latest value under a key."""

from collections.abc import Mapping, Sequence
from typing import Any

from recollect.codec.documents import decode_bytes, decode_value, encode_bytes, encode_value
from recollect.codec.plain import check_name
from recollect.core.auditing import audited
from recollect.core.engine import Engine
from recollect.core.sessions import check_limit
from recollect.errors import Invalid
from recollect.model import Document, Owner, Page

RESERVED = "recollect."
"""Collections whose names start so are our own."""


def check_collection(name: str) -> str:
    """Return the name of an application's collection."""
    if check_name(name, "the collection").startswith(RESERVED):
        raise Invalid(f"the collection {name!r} starts with {RESERVED!r}, which is kept for Recollect; choose another name")
    return name


@audited("documents.get", lambda draft, found: draft.count(documents=sum(one is not None for one in found)))
async def get(engine: Engine, owner: Owner, collection: str, keys: Sequence[str]) -> list[Any]:
    """Return the values of some keys, in their order; None where there is none."""
    names = [check_name(key, "the key") for key in keys]
    documents = await engine.runtime.io(engine.store.documents, owner, collection, keys=names)
    found = {document.key: document.body for document in documents}
    return [None if (body := found.get(name)) is None else _decode(body, collection, name) for name in names]


@audited("documents.put")
async def put(engine: Engine, owner: Owner, collection: str, values: Mapping[str, Any]) -> None:
    """Write values under their keys, all or none."""
    if not isinstance(values, Mapping):
        raise Invalid(f"the values are a {type(values).__name__}; give a dict of values by key")
    await engine.runtime.io(_put, engine, owner, collection, values)


def _put(engine: Engine, owner: Owner, collection: str, values: Mapping[str, Any]) -> None:
    names = {check_name(key, "the key"): value for key, value in values.items()}
    if engine.redacting is not None and not collection.startswith(RESERVED):
        names = dict(zip(names, engine.redacting.values(owner, list(names.values())), strict=True))
    engine.store.put(owner, [Document(collection, key, _encode(value, f"{collection}: {key!r}")) for key, value in names.items()])


@audited("documents.remove")
async def remove(engine: Engine, owner: Owner, collection: str, keys: Sequence[str]) -> None:
    """Remove the values of some keys; a key without one is passed over."""
    names = sorted({check_name(key, "the key") for key in keys})
    from recollect.core.holding import check

    await engine.runtime.io(check, engine, owner)
    present = await engine.runtime.io(engine.store.documents, owner, collection, keys=names)
    if engine.draft is not None:
        engine.draft.count(documents=len(present))
    if present:
        await engine.runtime.io(engine.store.put, owner, [Document(collection, document.key, None) for document in present])


@audited("documents.keys", lambda draft, page: draft.count(documents=len(page)))
async def keys(engine: Engine, owner: Owner, collection: str, prefix: str, after: str | None, limit: int) -> Page[str]:
    """Return a page of a collection's keys, in order."""
    check_limit(limit)
    start = check_name(prefix, "the prefix", empty=True)
    beyond = None if after is None else check_name(after, "after")
    documents = await engine.runtime.io(engine.store.documents, owner, collection, prefix=start, after=beyond, limit=limit)
    return Page([document.key for document in documents], documents[-1].key if len(documents) == limit else None)


def _encode(value: Any, where: str) -> bytes:
    return encode_bytes(value) if isinstance(value, bytes) else encode_value(value, where)


def _decode(body: bytes, collection: str, key: str) -> Any:
    value = decode_bytes(body)
    return decode_value(body, f"{collection}: {key!r}") if value is None else value
