"""A collection's handle."""

from collections.abc import Mapping
from typing import Any

from recollect.core import collections
from recollect.core.engine import Engine
from recollect.model import Owner, Page
from recollect.runtime import complete


class Documents:
    """A collection of values under keys: JSON, or bytes."""

    def __init__(self, engine: Engine, owner: Owner, collection: str) -> None:
        self._engine = engine
        self._owner = owner
        self._collection = collection

    def get(self, *keys: str) -> list[Any]:
        """Return the values of the keys, in their order; None where there is none."""
        return complete(collections.get(self._engine, self._owner, self._collection, keys))

    def put(self, values: Mapping[str, Any]) -> None:
        """Write values under their keys, all or none."""
        complete(collections.put(self._engine, self._owner, self._collection, values))

    def remove(self, *keys: str) -> None:
        """Remove the values of the keys; one without a value is passed over."""
        complete(collections.remove(self._engine, self._owner, self._collection, keys))

    def keys(self, *, prefix: str = "", after: str | None = None, limit: int = 1000) -> Page[str]:
        """Return a page of the keys that start with a prefix, in order."""
        return complete(collections.keys(self._engine, self._owner, self._collection, prefix, after, limit))
