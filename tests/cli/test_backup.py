"""`recollect backup`, `restore` and `drill`."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from recollect import Memory


def manifests(place="backup"):
    return sorted(int(path.name[:10]) for path in Path(place).glob("manifests/*"))


def test_a_memory_is_backed_up_and_restored_and_the_checksum_is_the_same(memory, recollect):
    assert recollect("backup", "backup").stdout.startswith("Backed up 8 messages and 1 document of 3 owners, in 1 segment of ")
    result = recollect("restore", "backup", "file:///back")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Restored 8 messages of 4 sessions and 1 document, of 3 owners, as of " in result.stdout
    before, after = recollect.json("stats", "--checksum"), recollect.json("stats", "--checksum", "--url", "file:///back")
    assert before["checksum"] == after["checksum"]


def test_the_reports_as_json(memory, recollect):
    done = recollect.json("backup", "backup")
    assert (done["number"], done["entries"], done["documents"], done["whole"]) == (1, 8, 1, True)
    again = recollect.json("backup", "backup")
    assert (again["number"], again["segments"], again["head"]) == (1, 0, done["head"])
    proof = recollect.json("drill", "backup", "--url", "sqlite:///memory.db", "--head", done["head"])
    assert (proof["segments"], proof["compared"], proof["differences"]) == (1, 3, [])
    assert recollect.json("restore", "backup", "sqlite:///back.db")["entries"] == 8


def test_a_point_in_time(memory, recollect):
    first = recollect.json("backup", "backup")
    memory.session("orders", user="bob").append(user="Later.")
    recollect("backup", "backup")
    recollect("restore", "backup", "sqlite:///then.db", "--at", first["time"])
    with Memory("sqlite:///then.db") as then:
        assert then.session("orders", user="bob").info().count == 1
    result = recollect("restore", "backup", "sqlite:///never.db", "--at", "2001-01-01")
    assert result.exit_code == 1
    assert "the backup begins at 20" in result.stderr


def test_the_time_that_a_backup_tells_is_one_that_can_be_restored(memory, recollect):
    told = recollect("backup", "backup").stdout.partition("restored up to ")[2].partition(",")[0]
    assert recollect("restore", "backup", "sqlite:///then.db", "--at", told).exit_code == 0


def test_old_segments_are_removed_once_everything_was_read_anew(memory, recollect):
    recollect("backup", "backup")
    memory.session("orders", user="bob").append(user="More.")
    assert recollect.json("backup", "backup")["whole"] is False
    done = recollect.json("backup", "backup", "--full", "--keep", "0d")
    assert (done["whole"], done["removed"]) == (True, 2)
    assert manifests() == [3]
    assert recollect("drill", "backup", "--url", "sqlite:///memory.db").exit_code == 0
    assert recollect("backup", "backup", "--keep", "soon").exit_code == 2


def test_what_went_wrong_is_told_in_a_line(memory, recollect):
    recollect("backup", "backup")
    for words, code, text in (
        (("restore", "backup", "sqlite:///memory.db"), 1, "the target has a memory already"),
        (("restore", "nowhere", "sqlite:///new.db"), 1, "there is no folder nowhere"),
        (("restore", "backup", "nodb:///new.db"), 2, "there is no store for nodb://"),
        (("backup", "postgresql://app:secret@db/x"), 2, "a backup lives in a folder, or s3://"),
        (("backup", "backup", "--tenant", "other"), 2, "the tenant ''"),
        (("backup", "backup", "--url", "sqlite:///no.db"), 1, "there is no memory at sqlite:///no.db"),
        (("drill", "backup", "--head", "0" * 64), 1, "not the one that was asked for"),
    ):
        result = recollect(*words)
        assert (result.exit_code, text in result.stderr, result.stderr.count("\n")) == (code, True, 1), result.stderr
        assert "secret" not in result.stderr
    assert not Path("new.db").exists()


def test_a_drill_that_finds_a_difference_fails(memory, recollect):
    import apsw

    recollect("backup", "backup")
    memory.close()
    db = apsw.Connection("memory.db")
    db.execute("UPDATE recollect_entry SET tokens = 99 WHERE id = 'm7'")
    db.close()
    result = recollect("drill", "backup", "--url", "sqlite:///memory.db")
    assert result.exit_code == 1
    assert "Not as in the live memory: user 'bob': other content at position 1" in result.stderr


def test_a_database_that_is_half_restored_is_opened_by_no_command(memory, recollect):
    from recollect.core.restoring import KEY
    from recollect.core.secret import tenant_of
    from recollect.model import Document
    from recollect.store.protocol import RESTORING

    memory.store.put(tenant_of(""), [Document(RESTORING, KEY, b' "x"')])
    for words in (("users",), ("show", "orders"), ("copy", "sqlite:///memory.db", "file:///c"), ("backup", "backup"), ("export",)):
        result = recollect(*words)
        assert (result.exit_code, "a backup is being restored here" in result.stderr) == (1, True), words


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_backup_that_follows_tells_its_lag_and_ends_when_told(memory, url, number):
    command = [sys.executable, "-m", "recollect", "backup", "backup", "--follow", "--interval", "0.05", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "RECOLLECT_URL": url}) as following:
        first = json.loads(following.stdout.readline())
        assert (first["entries"], first["error"], first["lag"] < 60) == (8, None, True)
        memory.session("orders", user="bob").append(user="News.")
        entries = 0
        while not entries:
            entries = json.loads(following.stdout.readline())["entries"]
        assert entries == 1
        following.send_signal(number)
        rest = following.stdout.read().splitlines()
    assert following.returncode == 0
    assert json.loads(rest[-1])["entries"] == 9
