"""Who may read a new database."""

import os
import stat

from recollect import Memory


def test_a_new_database_and_its_log_can_be_read_by_their_owner_alone(tmp_path):
    mask = os.umask(0o022)
    try:
        with Memory(f"sqlite:///{tmp_path}/memory.db") as memory:
            memory.session("s").append(user="mine")
            rights = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    finally:
        os.umask(mask)
    assert rights["memory.db"] == rights["memory.db-wal"] == rights["memory.db-shm"] == 0o600


def test_the_rights_of_a_database_that_is_there_are_left(tmp_path):
    path = tmp_path / "memory.db"
    path.touch()
    path.chmod(0o640)
    with Memory(f"sqlite:///{path}") as memory:
        memory.session("s").append(user="ours")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
