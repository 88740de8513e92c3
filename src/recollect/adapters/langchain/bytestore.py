"""A collection of documents as a LangChain store of bytes."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from langchain_core.stores import BaseStore

from recollect.adapters.langchain.faces import faces
from recollect.aio import AsyncMemory
from recollect.errors import Invalid
from recollect.memory import Memory


class ByteStore(BaseStore[str, bytes]):
    """Bytes under text keys, for ``CacheBackedEmbeddings`` and all else that takes a LangChain store. Making one does no I/O.

    Any text of 1 to 512 bytes is a key; none is ever a path or a pattern. A write is all or nothing.

    Args:
        memory: where the values are kept; the store has both its methods to be called and those to be awaited.
        collection: a name for them, of the application's choice.
        user: whose they are, and with whom they are erased; None for the application's own.

    """

    def __init__(self, memory: Memory | AsyncMemory, collection: str, user: str | None = None) -> None:
        called, awaited = faces(memory)
        self.collection = collection
        self.documents = (called if user is None else called.user(user)).documents(collection)
        self.async_documents = (awaited if user is None else awaited.user(user)).documents(collection)

    def mget(self, keys: Sequence[str]) -> list[bytes | None]:
        """Return the values of the keys, in their order; None where there is none.

        Raises:
            Invalid: the collection holds a JSON value there, which this store did not write.

        """
        return [self._bytes(key, value) for key, value in zip(keys, self.documents.get(*keys), strict=True)]

    async def amget(self, keys: Sequence[str]) -> list[bytes | None]:
        """As mget."""
        return [self._bytes(key, value) for key, value in zip(keys, await self.async_documents.get(*keys), strict=True)]

    def mset(self, key_value_pairs: Sequence[tuple[str, bytes]]) -> None:
        """Write values under their keys: all or none, durable when the call returns. Of a key's several values, the last one stays.

        Raises:
            Invalid: a key or a value is out of its range.
            StoreError: the database failed.

        """
        self.documents.put(self._values(key_value_pairs))

    async def amset(self, key_value_pairs: Sequence[tuple[str, bytes]]) -> None:
        """As mset."""
        await self.async_documents.put(self._values(key_value_pairs))

    def mdelete(self, keys: Sequence[str]) -> None:
        """Remove the values of the keys; one without a value is passed over."""
        self.documents.remove(*keys)

    async def amdelete(self, keys: Sequence[str]) -> None:
        """As mdelete."""
        await self.async_documents.remove(*keys)

    def yield_keys(self, *, prefix: str | None = None) -> Iterator[str]:
        """Yield the keys that start with a prefix, in order, read in pages."""
        after: str | None = None
        while True:
            page = self.documents.keys(prefix=prefix or "", after=after)
            yield from page
            after = page.next
            if after is None:
                return

    async def ayield_keys(self, *, prefix: str | None = None) -> AsyncIterator[str]:
        """As yield_keys."""
        after: str | None = None
        while True:
            page = await self.async_documents.keys(prefix=prefix or "", after=after)
            for key in page:
                yield key
            after = page.next
            if after is None:
                return

    def _bytes(self, key: str, value: Any) -> bytes | None:
        if value is None or isinstance(value, bytes):
            return value
        raise Invalid(f"{self.collection}: {key!r} holds JSON, not bytes; keep the store's values in a collection of their own")

    def _values(self, pairs: Sequence[tuple[str, bytes]]) -> dict[str, bytes]:
        for key, value in pairs:
            if not isinstance(value, bytes):
                raise Invalid(f"{self.collection}: the value of {key!r} is a {type(value).__name__}; give bytes")
        return dict(pairs)
