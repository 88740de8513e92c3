"""Imports in a process of their own: killed half way, and watched."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage, HumanMessage, messages_to_dict

from recollect import Memory
from recollect.transfer import export_file, import_file

WORKLOAD = Path(__file__).parent / "workload.py"
SESSIONS, LENGTH = 8, 300


def openai(folder):
    records = [
        {"session": f"s{session}", "user": f"u{session % 3}", "messages": [{"role": "user", "content": f"{n}"} for n in range(LENGTH)]}
        for session in range(SESSIONS)
    ]
    path = folder / "openai.jsonl"
    path.write_text("\n".join(map(json.dumps, records)), "utf-8")
    return path


def chatgpt(folder):
    conversations = []
    for session in range(SESSIONS):
        nodes = {
            f"{n}": {"parent": f"{n - 1}" if n else None, "message": {"id": f"{n}", "author": {"role": "user"}, "content": {"parts": [f"{n}"]}}}
            for n in range(LENGTH)
        }
        conversations.append({"id": f"s{session}", "title": "t", "mapping": nodes, "current_node": f"{LENGTH - 1}"})
    path = folder / "conversations.json"
    path.write_text(json.dumps(conversations), "utf-8")
    return path


def langchain(folder):
    path = folder / "history.json"
    path.write_text(json.dumps(messages_to_dict([(HumanMessage, AIMessage)[n % 2](f"{n}") for n in range(SESSIONS * LENGTH)])), "utf-8")
    return path


def own(folder):
    with Memory("memory://") as memory:
        import_file(memory, openai(folder))
        export_file(memory, folder / "own.jsonl")
    return folder / "own.jsonl"


def texts(url):
    """Return the texts of every session, in order."""
    with Memory(url) as memory:
        found = [memory.session(info.id, user=info.user) for info in memory.recent(limit=1000)]
        return {(session.user, session.id): [message.text for message in session.messages()] for session in found}


@pytest.mark.parametrize("make", [openai, chatgpt, langchain, own])
def test_an_import_that_was_killed_is_completed_by_running_it_again(tmp_path, make):
    path, url, whole = make(tmp_path), f"sqlite:///{tmp_path}/killed.db", f"sqlite:///{tmp_path}/whole.db"
    with Memory(whole) as memory:
        import_file(memory, path)
    reached = 0
    for kills in (1, 2, 3):
        with subprocess.Popen([sys.executable, WORKLOAD, url, path], stdout=subprocess.PIPE) as process:
            for _ in range(random.randint(1, 2)):
                process.stdout.readline()
            process.kill()
        count = sum(map(len, texts(url).values()))
        assert reached <= count <= SESSIONS * LENGTH, kills
        reached = count
    assert reached > 0
    with Memory(url) as memory:
        report = import_file(memory, path)
    assert (report.messages + report.known, report.known >= reached, report.refused) == (SESSIONS * LENGTH, True, [])
    assert texts(url) == texts(whole)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak of its memory from /proc")
@pytest.mark.parametrize("one", [True, False], ids=["one long list", "a conversation a line"])
def test_a_large_import_takes_little_memory(tmp_path, one):
    text = "Where is my order? It was to come on Monday, and I have not heard a thing. " * 10
    path = tmp_path / "large"
    with path.open("w") as file:
        if one:
            file.write("[" + ",".join(json.dumps({"type": "human", "data": {"content": f"{n} {text}"}}) for n in range(40_000)) + "]")
        else:
            for n in range(1000):
                file.write(json.dumps({"session": f"{n}", "messages": [{"role": "user", "content": f"{m} {text}"} for m in range(40)]}) + "\n")
    assert path.stat().st_size > 30_000_000
    done = subprocess.run([sys.executable, WORKLOAD, f"sqlite:///{tmp_path}/m.db", path], capture_output=True, text=True, check=True)
    _, messages, known, refused, grown = done.stdout.splitlines()[-1].split()
    assert (messages, known, refused) == ("40000", "0", "0")
    assert int(grown) < 30_000_000
