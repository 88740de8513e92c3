"""The audit on every store, over several processes, and when one of them is killed."""

import os
import subprocess
import sys
from pathlib import Path
from time import sleep

import pytest

from places import LASTING, PLACES, url_of
from privacy.keyrings import keyring
from recollect import Memory, Window
from recollect.privacy.audit import Audit, verification
from recollect.privacy.audit.place import CHAINS, ledger
from recollect.transfer import copy
from store.failovers import House

KEY = b"k" * 32

WRITER = """
import sys
from recollect import Memory, Window
from recollect.privacy.audit import Audit

with Memory(sys.argv[1], audit=Audit(b"k" * 32, actor=sys.argv[2], anchor=sys.argv[3]), embedder=None) as memory:
    chat = memory.session(sys.argv[2], user="alice")
    for number in range(int(sys.argv[4])):
        chat.append(user=str(number))
        chat.context(Window(turns=1))
        print(number, flush=True)
"""


def writer(url: str, name: str, folder: Path, turns: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, url, name, str(folder / f"{name}.anchors"), str(turns)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})


@pytest.mark.parametrize("kind", PLACES)
def test_a_turn_is_noted_and_verified_on_every_store(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "YOUNG", 0)
    with Memory(url_of(kind, tmp_path), audit=Audit(KEY, actor="app"), embedder=None) as memory:
        chat = memory.session("s", user="alice")
        chat.append(user="hello", assistant="hi")
        chat.context(Window(turns=1))
        memory.user("alice").erase()
        assert [record.action for record in memory.user("alice").audit()] == ["append", "context", "erase", "erase"]
        assert memory.verify_audit().sound
        chain = CHAINS + str(memory.trail.log.chain)
        entries = memory.store.entries(ledger(""), chain)
        memory.store.delete_session(ledger(""), chain)
        assert {finding.kind for finding in memory.verify_audit().findings} >= {"missing"}
        memory.store.append(ledger(""), chain, [entry for entry in entries if entry.id != "2"])
        assert not memory.verify_audit().sound


@pytest.mark.parametrize("kind", LASTING)
def test_several_processes_write_sound_chains_at_once(kind: str, tmp_path: Path) -> None:
    url = url_of(kind, tmp_path)
    writers = [writer(url, f"p{number}", tmp_path, 10) for number in range(3)]
    for one in writers:
        one.communicate(timeout=60)
        assert one.returncode == 0
    with Memory(url, audit=Audit(KEY), embedder=None) as memory:
        found = memory.verify_audit(tmp_path / "p1.anchors")
        assert (found.sound, found.chains) == (True, 4)
        assert {record.actor: len(memory.audit(actor=record.actor)) for record in memory.audit(action="append")} == {"p0": 20, "p1": 20, "p2": 20}


@pytest.mark.parametrize("kind", ["sqlite", "files"])
def test_what_was_acknowledged_is_noted_when_the_process_is_killed(kind: str, tmp_path: Path) -> None:
    url = url_of(kind, tmp_path)
    for round in range(3):
        name = f"p{round}"
        one = writer(url, name, tmp_path, 100_000)
        assert one.stdout is not None
        first = one.stdout.readline()
        assert first == "0\n"
        sleep(0.05 * round)
        one.kill()
        rest = one.communicate(timeout=30)[0].split("\n")[:-1]
        acknowledged = int(rest[-1]) if rest else 0
        with Memory(url, audit=Audit(KEY), embedder=None) as memory:
            assert memory.verify_audit(tmp_path / f"{name}.anchors").sound
            appends, contexts = (memory.audit(actor=name, action=action) for action in ("append", "context"))
            assert len(appends) >= len(contexts) > acknowledged


def test_a_sealed_memory_seals_its_audit_and_verifies(tmp_path: Path) -> None:
    url, keys = f"sqlite:///{tmp_path}/memory.db", keyring(tmp_path)
    with Memory(url, keys=keys, audit=Audit(KEY, actor="Marker-of-an-actor", anchor=tmp_path / "anchors"), embedder=None) as memory:
        chat = memory.session("s", user="alice")
        chat.append(user="hello")
        chat.context(Window(turns=1))
        memory.user("alice").erase()
        assert [record.action for record in memory.user("alice").audit()] == ["append", "context", "erase", "erase"]
        assert memory.verify_audit(tmp_path / "anchors").sound
    keys.close()
    assert b"Marker-of-an-actor" not in b"".join(path.read_bytes() for path in tmp_path.glob("memory.db*"))


@pytest.mark.parametrize("replica", [True, False])
def test_what_is_done_in_an_outage_is_noted_and_sound_behind_it(tmp_path: Path, *, replica: bool) -> None:
    house = House(tmp_path, replica=replica)
    memory = Memory(house.store, audit=Audit(KEY), embedder=None)
    memory.session("s", user="alice").append(user="one")
    if not replica:
        copy(house.behind, house.copy.store, name="primary")
    house.down()
    memory.session("s", user="alice").append(user="two")
    with Memory(house.store, audit=Audit(KEY), embedder=None) as other:  # it begins its chain in the outage
        other.session("s", user="alice").append(user="three")
        other.session("s", user="alice").context(Window(turns=3))
    assert memory.verify_audit().sound
    house.up()
    memory.session("s", user="alice").append(user="four")
    memory.close()
    house.store.close()
    with Memory(house.behind, audit=Audit(KEY), embedder=None) as memory:
        assert memory.verify_audit().sound
        (record,) = memory.user("alice").audit(action="context")
        assert [message.text for message in memory.user("alice").audited_messages(record)] == ["one", "two", "three"]
        assert len(memory.user("alice").audit(action="append")) == 4
