"""What the server reads for an answer does not grow with the history."""

import pytest

from recollect.store.mysql import MySQLStore
from recollect.testing import ALICE, entry

LONG = 3_000
ROWS = 100
"""What an answer of 20 entries may read or sort."""


def work(store: MySQLStore) -> int:
    """Return how many rows the connection has read of an index in order, and sorted."""
    names = "'Handler_read_next', 'Handler_read_prev', 'Handler_read_rnd_next', 'Sort_rows'"
    return sum(int(count) for _, count in store._database.read(f"SHOW SESSION STATUS WHERE Variable_name IN ({names})", ()))


@pytest.mark.parametrize("analysed", [False, True])
def test_an_answer_reads_what_it_returns(url: str, analysed: bool) -> None:
    store = MySQLStore(url, pool=1)
    store.append(ALICE, "other", [entry("1")])
    store.append(ALICE, "s", [entry(f"{number}") for number in range(LONG)])
    if analysed:
        store.size()
    for after in (0, LONG // 2):
        for newest in (False, True):
            for opening in (0, 2):
                before = work(store)
                assert len(store.entries(ALICE, "s", after=after, limit=20, newest=newest, opening=opening)) == 20 + opening * (newest or after > 0)
                assert work(store) - before < ROWS
    before = work(store)
    assert len(store.at(ALICE, [*range(10, LONG, LONG // 10)])) == 10
    assert work(store) - before < ROWS
    before = work(store)
    assert len(store.entries(ALICE, "s")) == LONG
    assert work(store) - before >= LONG
    store.close()
