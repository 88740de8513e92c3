"""An interrupt while the file store opens an owner's files leaves nothing locked behind."""

import os
from threading import RLock, Thread

import pytest

from recollect.store.files import FileStore, disk, log

from .logs import ALICE, entries, ids


class Interrupted:
    """A lock whose acquiring is interrupted once, after it was had: CPython looks for signals there."""

    def __init__(self):
        self._lock = RLock()
        self._armed = True
        self.release = self._lock.release

    def acquire(self, timeout):
        held = self._lock.acquire(timeout=timeout)
        if self._armed:
            self._armed = False
            raise KeyboardInterrupt
        return held


def after(call):
    """Return what does as a call does, and is interrupted the first time behind it."""
    armed = [True]

    def interrupted(*args, **named):
        value = call(*args, **named)
        if armed:
            armed.clear()
            raise KeyboardInterrupt
        return value

    return interrupted


def appended_elsewhere(store):
    """Append in another thread, and return what stands there then."""
    thread = Thread(target=store.append, args=(ALICE, "s", entries("b")))
    thread.start()
    thread.join()
    return ids(store.entries(ALICE, "s"))


def test_between_the_mutex_and_what_it_guards(tmp_path, monkeypatch):
    FileStore(tmp_path).append(ALICE, "s", entries("a"))
    monkeypatch.setattr(log, "RLock", Interrupted)
    store = FileStore(tmp_path, wait=0.2)
    with pytest.raises(KeyboardInterrupt):
        store.entries(ALICE, "s")
    assert appended_elsewhere(store) == ["a", "b"]


@pytest.mark.parametrize(("module", "name"), [(disk, "lock"), (os, "fstat"), (os, "pread"), (disk, "unlock"), (os, "close")])
def test_behind_each_step_of_holding_a_log(tmp_path, monkeypatch, module, name):
    store = FileStore(tmp_path, wait=0.2)
    store.append(ALICE, "s", entries("a"))
    monkeypatch.setattr(module, name, after(getattr(module, name)))
    with pytest.raises(KeyboardInterrupt):
        store.entries(ALICE, "s")
    assert appended_elsewhere(store) == ["a", "b"]
    assert appended_elsewhere(FileStore(tmp_path, wait=0.2)) == ["a", "b"]
