"""What stands in the way of a copy: listed up to a bound, and counted once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from recollect.model import Owner
from recollect.transfer.copying import report
from recollect.transfer.copying.report import Troubles

OWNERS = [Owner("", "user", f"{number}") for number in range(50)]


def test_an_owner_that_each_round_finds_anew_is_counted_once_also_beyond_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "LISTED", 10)
    troubles = Troubles()
    for _ in range(3):
        troubles.settle_owners()
        for owner in OWNERS:
            troubles.note(owner, "other")
    assert (len(troubles), len(troubles.listed()), troubles.unlisted) == (50, 10, 40)
    troubles.settle_owners()
    assert len(troubles) == 0


def test_what_many_threads_note_is_all_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "LISTED", 10)
    troubles = Troubles()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: troubles.note(OWNERS[number % 50], "differs", session=f"{number}"), range(5000)))
    assert len(troubles) == 5000
