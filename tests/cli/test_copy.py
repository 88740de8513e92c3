"""`recollect copy`."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from recollect import Memory
from recollect.cli.output import Output
from recollect.cli.progress import progress
from recollect.model import Owner


def test_everything_is_copied_and_the_copy_has_the_same_checksum(memory, recollect):
    result = recollect("copy", "sqlite:///memory.db", "file:///copy")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "Copied 8 messages of 4 sessions.\nRead back and compared: 3 of 3 owners equal.\n"
    before, after = recollect.json("stats", "--checksum"), recollect.json("stats", "--checksum", "--url", "file:///copy")
    assert before["checksum"] == after["checksum"]


def test_again_it_copies_what_is_new(memory, recollect):
    recollect("copy", "sqlite:///memory.db", "sqlite:///copy.db")
    memory.session("orders", user="bob").append(user="Hello?")
    memory.session("hello", user="alice").delete()
    result = recollect("copy", "sqlite:///memory.db", "sqlite:///copy.db", "--no-verify")
    assert result.stdout == "Copied 1 message of 1 session.\nRemoved 1 session, erased 0 owners, as the source has.\n"


def test_it_tells_what_was_rewritten(memory, recollect):
    recollect("copy", "sqlite:///memory.db", "sqlite:///copy.db")
    bob = Owner("", "user", "bob")
    found = memory.store.entries(bob, "orders")
    memory.store.rewrite(bob, "orders", [replace(found[0], digest=b"", body=b' {"content":"hidden"}')], edition=0)
    result = recollect("copy", "sqlite:///memory.db", "sqlite:///copy.db", "--no-verify")
    assert result.stdout == "Copied 0 messages of 1 session.\nRewrote 1 message in place, as the source has.\n"


def test_the_report_as_json(memory, recollect):
    report = recollect.json("copy", "sqlite:///memory.db", "sqlite:///copy.db", "--user", "alice", "--user", "bob")
    assert report == {
        "owners": 2, "sessions": 3, "messages": 7, "rewritten": 0, "documents": 0, "removed": 0, "erased": 0, "gone": 0, "verified": 2,
        "conflicts": [], "differences": [], "unlisted": 0,
    }  # fmt: skip


def test_what_the_target_has_otherwise_is_told(memory, recollect):
    with Memory("sqlite:///copy.db") as copy:
        copy.session("orders", user="bob").append(user="Mine.")
    result = recollect("copy", "sqlite:///memory.db", "sqlite:///copy.db")
    assert result.exit_code == 3
    assert "Left as it is in the target, 1:\n  user 'bob', session 'orders': the target has other messages" in result.stderr


def test_an_erased_user_is_told_and_erased_where_that_is_asked(memory, recollect):
    recollect("copy", "sqlite:///memory.db", "sqlite:///copy.db")
    memory.user("bob").erase()
    result = recollect("copy", "sqlite:///memory.db", "sqlite:///copy.db")
    assert result.exit_code == 3
    assert "user 'bob': the source has erased this owner" in result.stderr
    result = recollect("copy", "sqlite:///memory.db", "sqlite:///copy.db", "--erase")
    assert result.exit_code == 0
    assert "erased 1 owner" in result.stdout


def test_a_tenants_part_is_copied_alone(memory, recollect):
    assert recollect.json("copy", "sqlite:///memory.db", "sqlite:///copy.db", "--tenant", "shop")["owners"] == 0


def test_a_name_stands_for_the_url(memory, recollect):
    recollect("copy", "sqlite:///memory.db", "sqlite:///copy.db", "--name", "main")
    memory.close()
    Path("memory.db").rename("moved.db")
    assert recollect.json("copy", "sqlite:///moved.db", "sqlite:///copy.db", "--name", "main")["messages"] == 0


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["sqlite:///nothing.db", "sqlite:///copy.db"], 1, "no memory at sqlite:///nothing.db"),
        (["sqlite:///memory.db", "sqlite:///./memory.db"], 2, "the same"),
        (["sqlite:///memory.db"], 2, "TO"),
        (["sqlite:///memory.db", "nowhere"], 2, "sqlite:///relative.db"),
        (["sqlite:///memory.db", "sqlite:///copy.db", "--user", "zoe"], 1, "nothing is stored for 'zoe'"),
        (["sqlite:///memory.db", "sqlite:///copy.db", "--interval", "0"], 2, "--interval"),
    ],
)
def test_what_cannot_be_copied_is_told(memory, recollect, words, code, told):
    result = recollect("copy", *words)
    assert (result.exit_code, result.stdout) == (code, "")
    assert told in result.stderr


def test_a_rate_is_shown_where_somebody_watches(monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with progress(Output(as_json=False), "Copying", "messages") as advance:
        advance(1, 10)
        advance(9, 10)
    assert "messages/s" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_following_tells_each_round_and_ends_well_when_told_to(memory, tmp_path, number):
    command = [sys.executable, "-m", "recollect", "copy", "sqlite:///memory.db", "file:///copy", "--follow", "--interval", "0.05", "--json"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("RECOLLECT")}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        first = json.loads(process.stdout.readline())
        assert (first["number"], first["messages"], first["behind"], first["error"]) == (1, 8, 0, None)
        memory.session("orders", user="bob").append(user="Hello?")
        while json.loads(process.stdout.readline())["messages"] != 1:
            pass
        process.send_signal(number)
        rest, told = process.communicate(timeout=20)
    assert (process.returncode, told) == (0, "")
    assert json.loads(rest.splitlines()[-1])["messages"] == 9


def test_following_tells_a_person_what_happens(memory, tmp_path):
    command = [sys.executable, "-m", "recollect", "copy", "sqlite:///memory.db", "file:///copy", "--follow", "--interval", "0.05"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline().startswith("Round 1: 8 messages, 0 documents, 0 removed, 0 erased; nothing behind, caught up ")
        memory.user("bob").erase()
        assert "1 erased" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, told = process.communicate(timeout=20)
    assert process.returncode == 0
    assert rest.startswith("Copied 8 messages")
    assert told == "Following. Stop with Ctrl-C.\n"
