"""Where the suite runs: the hooks that a store's author gives, and what is made of them."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from recollect.store.protocol import Clock, Store
from recollect.testing.values import START


class ManualClock:
    """A clock that stands until it is moved: microseconds since 1970, as a store is given it."""

    def __init__(self, now: int = START) -> None:
        self.now = now

    def __call__(self) -> int:
        """Return the present time."""
        return self.now


class Setting(ABC):
    """The hooks. ``place`` is an empty folder of each test's own; its path may also name a database or a prefix."""

    persistent: ClassVar[bool] = True
    """Whether a store that is closed and opened again at the same place has kept everything."""

    @abstractmethod
    def open_store(self, place: Path, clock: Clock) -> Store:
        """Open the store that lives at a place, making it where it is new."""

    @abstractmethod
    def raw_bodies(self, store: Store, place: Path) -> list[bytes]:
        """Return the bodies of all entries and documents and the parts of all that was derived, read around the store's own methods.

        What was removed or replaced must not be among them, even if its bytes still wait to be overwritten. Notices may be
        left out.
        """

    @pytest.fixture
    def place(self, tmp_path: Path) -> Path:
        """Return an empty folder."""
        return tmp_path

    @pytest.fixture
    def clock(self) -> ManualClock:
        """Return the clock that the store goes by."""
        return ManualClock()

    @pytest.fixture
    def store(self, place: Path, clock: ManualClock) -> Iterator[Store]:
        """Open an empty store, and close it afterwards."""
        store = self.open_store(place, clock)
        yield store
        store.close()
