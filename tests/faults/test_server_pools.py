"""More callers than connections: a typed time-out, and afterwards nothing is left of it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from time import monotonic
from urllib.parse import urlsplit

import pytest

from recollect import Busy, Memory
from servers.process import wait_until
from servers.proxy import Proxy

from .server_cancellations import run
from .server_stores import KINDS

POOL = 5
WAIT = 1.0
"""Seconds."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_pool_with_fifty_callers_too_many_recovers_within_a_second(kind):
    parts = KINDS[kind]
    with parts.database() as url, Proxy(urlsplit(url).port or 0) as proxy, closing(parts.open(proxy.on(url), wait=WAIT, pool=POOL)) as store:
        memory = Memory(store)

        def append(number: int) -> str:
            try:
                memory.session(f"session {number}").append(user="hello")
            except Busy:
                return "busy"
            return "done"

        with ThreadPoolExecutor(POOL + 50) as threads:
            before = list(threads.map(append, range(POOL + 50)))
            assert before.count("done") >= POOL
            proxy.delay = 0.8  # so that after whoever has a connection, and the next one, the others have waited for too long
            during = list(threads.map(append, range(POOL + 50)))
            proxy.delay = 0
            assert during.count("busy") >= 50 - POOL
            assert parts.connections(url) <= POOL
            start = monotonic()
            assert list(threads.map(append, range(POOL))) == ["done"] * POOL
            assert monotonic() - start < 1
        store.close()
        wait_until(lambda: parts.connections(url) == 0, "no connection is left on the server", 5)


@pytest.mark.parametrize("kind", KINDS)
def test_of_five_hundred_calls_cancelled_at_random_moments_no_answer_reaches_another(kind):
    counts = run(500, kind, 1)
    assert counts["cancelled"] >= 500
    assert counts["answered"] > 0
