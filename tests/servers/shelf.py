"""Databases that tests take, and that are emptied and taken again when their tests are over."""

import atexit
import os
from collections.abc import Callable
from pathlib import Path

KEPT = 24
"""So many places keep their databases; then the oldest one whose store is closed gives its up."""


class Shelf:
    """The databases of one server, by the folders of the tests that use them.

    ``create`` returns the URL of a new one, ``empty`` makes one empty unless somebody is connected to it, ``drop`` removes it.
    ``owned``: whether the server is ours, and goes with all its databases at the end.
    """

    def __init__(self, create: Callable[[], str], empty: Callable[[str], bool], drop: Callable[[str], None], owned: Callable[[], bool]) -> None:
        self._create = create
        self._empty = empty
        self._drop = drop
        self._owned = owned
        self._urls: dict[Path, str] = {}

    def of(self, place: Path) -> str:
        """Return the URL of a place."""
        if place not in self._urls:
            self._urls[place] = self._free() or self._new()
        return self._urls[place]

    def _free(self) -> str | None:
        """Return an emptied database of the oldest place that is not in use."""
        for place in list(self._urls)[: max(0, len(self._urls) - KEPT)]:
            if self._empty(self._urls[place]):
                return self._urls.pop(place)
        return None

    def _new(self) -> str:
        url = self._create()
        if not self._owned():
            atexit.register(self._clear, os.getpid(), url)
        return url

    def _clear(self, owner: int, url: str) -> None:
        if os.getpid() == owner:
            self._drop(url)
