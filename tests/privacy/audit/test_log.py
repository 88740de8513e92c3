"""Writing the audit: chains, batches, records that may wait, anchors."""

import os
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any

import pytest

from privacy.audit.chains import KEY, OWNER, audit, chains_of, checked, log, parsed, record, registry_of, sessions, written
from recollect.errors import StoreError
from recollect.model import Entry, Owner
from recollect.privacy.audit import Anchor, Audit
from recollect.privacy.audit import log as logs
from recollect.privacy.audit.anchors import read
from recollect.store import Store, open_store
from recollect.store.protocol import system_clock


class Slow:
    """A store whose appends wait until they may go on, or fail."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.open = Event()
        self.open.set()
        self.failing: str | None = None
        self.batches: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def append(self, owner: Owner, session: str, entries: list[Entry], **options: Any) -> int:
        assert self.open.wait(10)
        if self.failing is not None:
            raise StoreError("no space is left", self.failing)  # type: ignore[arg-type]  # an outcome
        self.batches.append(len(entries))
        return self._store.append(owner, session, entries, **options)


def wait_for(condition: Any) -> None:
    end = monotonic() + 10
    while not condition():
        assert monotonic() < end
        sleep(0.005)


def test_a_log_that_wrote_nothing_leaves_nothing() -> None:
    store = open_store("memory://")
    log(store).close()
    assert store.changes(OWNER, 0, 10) == []


def test_records_of_threads_that_wait_are_one_batch() -> None:
    store = Slow(open_store("memory://"))
    one = log(store)  # type: ignore[arg-type]  # as a store
    one.write(record())
    store.open.clear()
    threads = [Thread(target=one.write, args=(record(),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    wait_for(lambda: len(one._waiting) == 7)
    store.open.set()
    for thread in threads:
        thread.join()
    assert store.batches == [1, 1, 1, 7]


def test_a_chain_that_is_full_or_old_is_followed_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST", 3)
    store = open_store("memory://")
    one = log(store)
    for _ in range(7):
        one.write(record())
    monkeypatch.setattr(logs, "OLDEST", 0.0)
    one.write(record())
    one.close()
    found = sessions(store)
    assert [len(found[chain]) for chain in chains_of(found)] == [3, 3, 1, 1]
    assert checked(store).sound


def test_a_chains_first_record_is_bound_to_the_registry() -> None:
    found = sessions(written(1, 1))
    begun = {parsed(entry).begins for entry in found[registry_of(found)]}
    assert {chain for chain in found if chain != registry_of(found)} <= begun


def test_a_forked_child_writes_a_chain_of_its_own() -> None:
    store = open_store("memory://")
    one = log(store)
    one.write(record())
    one._process = os.getpid() - 1  # as after a fork
    one.write(record())
    found = sessions(store)
    assert [len(found[chain]) for chain in chains_of(found)] == [1, 1]


def test_a_read_may_wait_for_the_next_write() -> None:
    store = Slow(open_store("memory://"))
    one = log(store, audit(delay=30))  # type: ignore[arg-type]  # as a store
    one.write(record())
    one.write_later(record("context"))
    assert store.batches == [1, 1]
    one.write(record())
    assert store.batches == [1, 1, 2]
    one.close()
    assert checked(store._store).sound


def test_a_read_that_waits_is_written_within_the_delay_and_at_the_end() -> None:
    store = open_store("memory://")
    one = log(store, audit(delay=0.01))
    one.write_later(record("context"))
    wait_for(lambda: len(sessions(store)) == 2)
    one.close()
    two = log(store, audit(delay=30))
    two.write_later(record("context"))
    two.close()
    found = sessions(store)
    assert sum(len(found[chain]) for chain in chains_of(found)) == 2
    assert checked(store).sound


def test_where_reads_that_wait_cannot_be_written_the_next_is_awaited_and_none_is_lost() -> None:
    store = Slow(open_store("memory://"))
    one = log(store, audit(delay=30))  # type: ignore[arg-type]  # as a store
    one.write(record())
    for outcome in ("failed", "unknown"):
        store.failing = outcome
        one.write_later(record("context"))
        one.flush()
        with pytest.raises(StoreError):
            one.write_later(record("context"))
        store.failing = None
        one.write(record())
    one.close()
    found = sessions(store._store)
    actions = [parsed(entry).action for entry in found[chains_of(found)[0]]]
    assert actions == ["append", "context", "append", "context", "context", "append"]
    assert checked(store._store).sound


def test_anchors_are_written_at_the_start_after_so_many_records_and_at_the_end() -> None:
    anchors: list[Anchor] = []
    store = open_store("memory://")
    one = log(store, audit(anchors, every=5, seconds=1000))
    numbers = []
    for _ in range(12):
        one.write(record())
        numbers.append(max((anchor.number for anchor in anchors if anchor.chain == one.chain), default=0))
    assert numbers == [1, 1, 1, 1, 1, 6, 6, 6, 6, 6, 11, 11]
    one.close()
    assert checked(store, anchors).unchecked == []


def test_anchors_are_written_after_so_many_seconds() -> None:
    anchors: list[Anchor] = []
    one = log(open_store("memory://"), audit(anchors, seconds=0.02))
    for _ in range(3):
        one.write(record())
    wait_for(lambda: any(anchor.number == 3 for anchor in anchors))
    one.close()


def test_an_anchor_that_cannot_be_kept_stops_nothing_and_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    kept: list[Anchor] = []
    failing = True

    def keep(anchor: Anchor) -> None:
        if failing:
            raise ZeroDivisionError("out of order")
        kept.append(anchor)

    store = open_store("memory://")
    one = log(store, Audit(KEY, anchor=keep, every=1))
    for _ in range(3):
        one.write(record())
    assert "could not be kept" in caplog.text
    failing = False
    one.close()
    assert {anchor.number for anchor in kept} >= {3}
    assert checked(store, kept).unchecked == []


def test_a_file_of_anchors_grows_and_is_its_owners_alone(tmp_path: Path) -> None:
    store = open_store("memory://")
    for _ in range(2):
        one = log(store, Audit(KEY, anchor=tmp_path / "anchors"))
        one.write(record())
        one.close()
    lines = list(read(tmp_path / "anchors"))
    assert len(lines) >= 4
    assert (tmp_path / "anchors").stat().st_mode & 0o777 == 0o600
    assert checked(store, [line.anchor for line in lines if line.anchor is not None]).unchecked == []


def test_behind_a_line_that_a_full_disk_cut_off_the_next_anchor_has_a_line_of_its_own(tmp_path: Path) -> None:
    store, path = open_store("memory://"), tmp_path / "anchors"
    path.write_bytes(b'{"tenant":"","ch')
    one = log(store, Audit(KEY, anchor=path))
    one.write(record())
    one.close()
    first, *others = [line.anchor for line in read(path)]
    assert first is None
    assert checked(store, [anchor for anchor in others if anchor is not None]).unchecked == []


def test_a_line_that_is_no_anchor_is_told(tmp_path: Path) -> None:
    (tmp_path / "anchors").write_bytes(b"\n{}\nnonsense\n\xff\n")
    assert [(line.number, line.anchor) for line in read(tmp_path / "anchors")] == [(2, None), (3, None), (4, None)]


def test_a_clock_that_goes_back_breaks_nothing() -> None:
    store, times = open_store("memory://"), iter([system_clock(), 5, 4, 3, 2, 1, 1])
    one = log(store, clock=lambda: next(times))
    for _ in range(4):
        one.write(record())
    one.close()
    assert checked(store).sound
