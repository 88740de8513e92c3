"""PostgreSQL: connections that are lost, servers that go and come back."""

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from time import monotonic

import psycopg
import pytest

from recollect.errors import StoreError
from recollect.model import Document, Owner
from recollect.store.postgresql import PostgreSQLStore
from recollect.testing import ALICE, entry
from servers import postgresql
from servers.postgresql import children
from servers.proxy import Fault, Proxy

from .beside import end_connections, ids, run


def test_connections_that_the_server_has_closed_are_not_noticed(store: PostgreSQLStore, url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: store.append(Owner("", "user", f"{number}"), "s", [entry("1")]), range(20)))
    for number in range(3):
        end_connections(url)
        store.append(ALICE, "s", [entry(f"{number}")])
    assert ids(store) == ["0", "1", "2"]


def test_a_read_that_was_cut_is_repeated_on_a_fresh_connection(proxy: Proxy, url: str) -> None:
    store = PostgreSQLStore(proxy.on(url))
    store.append(ALICE, "s", [entry("1")])
    for fault in (Fault.LOST, Fault.TORN, Fault.UNANSWERED, Fault.ABANDONED, Fault.CURTAILED):
        proxy.plan(fault)
        assert ids(store) == ["1"]
    store.close()


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.UNANSWERED])
def test_an_append_that_was_cut_is_unknown_and_its_repetition_is_right(proxy: Proxy, url: str, fault: Fault) -> None:
    store = PostgreSQLStore(proxy.on(url))
    store.append(ALICE, "s", [entry("1")])
    proxy.plan(fault)
    with pytest.raises(StoreError) as caught:
        store.append(ALICE, "s", [entry("2")])
    assert caught.value.outcome == "unknown"
    assert len(ids(store)) == (2 if fault is Fault.UNANSWERED else 1)
    store.append(ALICE, "s", [entry("2")])
    assert ids(store) == ["1", "2"]
    store.close()


def test_a_transaction_that_was_cut_at_any_request_is_never_done_twice(proxy: Proxy, url: str) -> None:
    with closing(PostgreSQLStore(proxy.on(url))) as store:
        last = store.put(ALICE, [Document("c", "k", b"0")])
        for after in count():
            proxy.plan(Fault.UNANSWERED, after=after)
            done = True
            try:
                store.put(ALICE, [Document("c", "k", b"%d" % after)], expect={("c", "k"): last})
            except StoreError as error:
                assert error.outcome == "unknown"  # noqa: PT017  # the other end is right as well
                done = False
            spared = proxy.waiting
            proxy.forgive()
            (document,) = store.documents(ALICE, "c")
            assert document.position == last + (document.body == b"%d" % after)
            assert document.position > last or not done
            last = document.position
            if spared:
                break


@pytest.mark.parametrize(("moment", "done"), [(b"FOR UPDATE", True), (b"COMMIT\x00", False)], ids=["before its commit", "at its commit"])
def test_a_transaction_that_was_cut_is_repeated_or_unknown(proxy: Proxy, url: str, moment: bytes, done: bool) -> None:
    with closing(PostgreSQLStore(proxy.on(url), prepare=False)) as store:
        last = store.put(ALICE, [Document("c", "k", b"0")])
        proxy.plan(Fault.UNANSWERED, having=moment)
        if done:
            assert store.put(ALICE, [Document("c", "k", b"1")], expect={("c", "k"): last}) == last + 1
        else:
            with pytest.raises(StoreError) as caught:
                store.put(ALICE, [Document("c", "k", b"1")], expect={("c", "k"): last})
            assert caught.value.outcome == "unknown"
        assert proxy.struck == 1
        assert [item.body for item in store.documents(ALICE, "c")] == [b"1"], "the server had carried it out"


def test_a_server_that_restarts_is_used_again() -> None:
    server = postgresql.durable()
    with postgresql.database(server) as url:
        store = PostgreSQLStore(url, wait=20)
        store.append(ALICE, "s", [entry("0")])
        for number in range(1, 3):
            server.kill()
            try:
                with pytest.raises(StoreError, match="check that"):
                    store.append(ALICE, "s", [entry(f"{number}")])
            finally:
                server.start()
            store.append(ALICE, "s", [entry(f"{number}")])
        assert ids(store) == ["0", "1", "2"]
        store.close()


@pytest.mark.parametrize("call", [ids, lambda store: store.put(ALICE, [Document("c", "k", b"1")])], ids=["read", "transaction"])
def test_an_answer_that_does_not_come_is_waited_for_on_another_connection(proxy: Proxy, url: str, call: Callable[[PostgreSQLStore], object]) -> None:
    proxy.pause = 1.5  # then the server hears that the connection has ended, and lets go of the owner
    with closing(PostgreSQLStore(proxy.on(url), read_timeout=1)) as store:
        store.append(ALICE, "s", [entry("1")])
        proxy.plan(Fault.SILENT)
        call(store)
        assert proxy.struck == 1


def test_an_append_that_is_not_answered_is_unknown_and_leaves_no_answer_for_the_next(proxy: Proxy, url: str) -> None:
    proxy.pause = 60
    with closing(PostgreSQLStore(proxy.on(url), read_timeout=0.5, pool=1)) as store:
        store.append(ALICE, "s", [entry("1")])
        proxy.plan(Fault.SILENT)
        start = monotonic()
        with pytest.raises(StoreError, match="nothing came from the server") as caught:
            store.append(ALICE, "s", [entry("2")])
        assert monotonic() - start < 10
        assert caught.value.outcome == "unknown"
        assert store.append(ALICE, "s", [entry("2")]) == 2
        assert ids(store) == ["1", "2"]


def test_a_server_that_stands_still_is_not_waited_for_forever() -> None:
    server = postgresql.durable()
    with postgresql.database(server) as url, closing(PostgreSQLStore(f"{url}?connect_timeout=2", read_timeout=0.5, pool=1)) as store:
        store.append(ALICE, "s", [entry("1")])
        processes = [server.pid, *children(server.pid)]
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            start = monotonic()
            with pytest.raises(StoreError) as writing:
                store.append(ALICE, "s", [entry("2")])
            with pytest.raises(StoreError) as reading:
                ids(store)
            assert monotonic() - start < 20
        finally:
            for process in processes:
                os.kill(process, signal.SIGCONT)
        assert (writing.value.outcome, reading.value.outcome) == ("unknown", "failed")
        store.append(ALICE, "s", [entry("2")])
        assert ids(store) == ["1", "2"]


def test_a_server_that_only_reads_is_told_and_left(store: PostgreSQLStore, url: str) -> None:
    store.append(ALICE, "s", [entry("1")])
    database = url.rpartition("/")[2]
    run(url, f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    end_connections(url)
    with pytest.raises(StoreError, match="primary") as caught:
        store.append(ALICE, "s", [entry("2")])
    assert caught.value.outcome == "failed"
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("SET default_transaction_read_only = off")
        db.execute(f"ALTER DATABASE {database} RESET default_transaction_read_only")
    store.append(ALICE, "s", [entry("2")])
    assert ids(store) == ["1", "2"]


def test_transactions_that_the_server_gives_up_are_repeated(url: str) -> None:
    run(url, f"ALTER DATABASE {url.rpartition('/')[2]} SET default_transaction_isolation = serializable")
    store = PostgreSQLStore(url)
    failed: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(10):
                store.append(ALICE, "s", [entry(f"{number}-{turn}")])
                store.put(ALICE, [Document("c", f"{number}", b"%d" % turn)])
        except StoreError as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(ids(store)) == 60
    assert [item.body for item in store.documents(ALICE, "c")] == [b"9"] * 6
    store.close()
