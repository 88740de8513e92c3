"""A collection's handle."""

from collections.abc import Mapping
from typing import Any

from recollect.core import collections
from recollect.core.engine import Engine
from recollect.model import Owner, Page


class AsyncDocuments:
    """As Documents."""

    def __init__(self, engine: Engine, owner: Owner, collection: str) -> None:
        self._engine = engine
        self._owner = owner
        self._collection = collection

    async def get(self, *keys: str) -> list[Any]:
        """As Documents.get."""
        return await collections.get(self._engine, self._owner, self._collection, keys)

    async def put(self, values: Mapping[str, Any]) -> None:
        """As Documents.put."""
        await collections.put(self._engine, self._owner, self._collection, values)

    async def remove(self, *keys: str) -> None:
        """As Documents.remove."""
        await collections.remove(self._engine, self._owner, self._collection, keys)

    async def keys(self, *, prefix: str = "", after: str | None = None, limit: int = 1000) -> Page[str]:
        """As Documents.keys."""
        return await collections.keys(self._engine, self._owner, self._collection, prefix, after, limit)
