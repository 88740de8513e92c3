"""A primary that can be switched off: before it does what it is asked, or after that and before it answers."""

from collections.abc import Callable
from random import Random
from typing import Any

from recollect.errors import Busy, StoreError
from recollect.store.protocol import Store


class Flaky:
    """Passes calls on to a store while it is up.

    Args:
        store: what is behind it.
        rng: chooses, for each call that fails, what became of it; without one, nothing ever did.

    """

    def __init__(self, store: Store, rng: Random | None = None) -> None:
        self.store = store
        self.rng = rng
        self.up = True
        self.cut = False
        self.calls = 0

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.store, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            self.calls += 1
            if self.up and not self.cut:
                return method(*args, **kwargs)
            cut, self.cut = self.cut, False
            self.up = False
            if cut:  # the call was on its way when the line was cut
                method(*args, **kwargs)
                raise StoreError("the connection was cut before the answer came", "unknown")
            kind = self.rng.random() if self.rng is not None else 1.0
            if kind < 0.1:
                raise Busy("no connection was to be had in time")
            raise StoreError("the connection was refused", "unknown" if kind < 0.3 else "failed")

        return call if name != "close" else method

    # the protocol's names, for those who look before they call

    def append(self, *args: Any, **kwargs: Any) -> Any:
        return self.__getattr__("append")(*args, **kwargs)

    def changes(self, *args: Any, **kwargs: Any) -> Any:
        return self.__getattr__("changes")(*args, **kwargs)
