"""A store on a server whose process is forked."""

import os
from pathlib import Path

import pytest

from faults.server_stores import open_anywhere
from recollect.errors import StoreError
from recollect.testing import ALICE, entry


@pytest.mark.parametrize("kind", ["postgresql", "mysql", "redis"])
def test_a_fork_is_told_to_open_the_store_anew_and_harms_nothing(kind: str, tmp_path: Path) -> None:
    store = open_anywhere(kind, tmp_path)
    store.append(ALICE, "s", [entry("1")])
    child = os.fork()
    if child == 0:
        try:
            store.entries(ALICE, "s")
        except StoreError as error:
            store.close()
            os._exit(0 if "open it again in this process" in str(error) else 1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    store.append(ALICE, "s", [entry("2")])
    assert [item.id for item in store.entries(ALICE, "s")] == ["1", "2"]
    store.close()
