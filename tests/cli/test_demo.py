import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from recollect import Memory
from recollect.cli.demo import reopen, samples, tour


@pytest.fixture
def new_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.delenv("RECOLLECT_URL", raising=False)
    return tmp_path


def run(*words, **options):
    return subprocess.run([sys.executable, "-m", "recollect", "demo", *words], check=False, capture_output=True, text=True, timeout=60, **options)


def test_everything_comes_back_in_another_process(new_folder):
    done = run("--keep", "demo.db", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    lines = [json.loads(line) for line in Path(samples.__file__).parents[4].joinpath("examples/support.jsonl").read_text("utf-8").splitlines()]
    said = sum(len(line["messages"]) for line in lines)
    assert report["loaded"]["messages"] == report["reopened"]["messages"] == said
    assert report["loaded"]["checksum"] == report["reopened"]["checksum"]
    assert report["reopened"]["process"] != report["afterwards"]["process"]
    assert report["afterwards"]["messages"] == said + 2
    with Memory("sqlite:///demo.db") as memory:
        session = memory.session(report["continued"]["session"], user=report["continued"]["user"])
        assert [message.id for message in session.messages(last=2)] == [message["id"] for message in report["continued"]["messages"]]


def test_the_window_has_the_system_prompt_and_tool_calls_with_their_results(new_folder):
    roles = [message["role"] for message in json.loads(run("--keep", "demo.db", "--json").stdout)["window"]]
    assert roles[0] == "system"
    assert roles.count("user") == tour.TURNS
    assert "tool" in roles


def test_facts_are_learned_with_their_sources_and_what_was_said_long_ago_reaches_the_model(new_folder):
    report = json.loads(run("--keep", "demo.db", "--json").stdout)
    facts = {fact["text"]: fact["sources"][0]["session"] for fact in report["facts"]}
    assert (facts["Ana lives in Lisbon"], facts["is allergic to bergamot"]) == ("order-12345", "gift-wrap")
    (recalled,) = report["recalled"]
    assert recalled["session"] == "gift-wrap" != report["continued"]["session"]
    given = "\n".join(message["content"] for message in report["given"])
    assert recalled["text"] in given
    assert "is allergic to bergamot" in given
    assert "said on 19 May 2025 in gift-wrap: “Yes please." in run("--keep", "again.db").stdout


def test_piped_it_is_plain_and_ends_with_commands_that_work(new_folder):
    done = run()
    assert (done.returncode, done.stderr) == (0, "")
    assert not {"\x1b", "╭", "│"} & set(done.stdout)
    _, _, following = done.stdout.partition("Try next:\n")
    commands = [line.strip() for line in following.splitlines()]
    assert len(commands) >= 4
    for command in commands:
        again = subprocess.run(
            ["sh", "-c", command],
            check=False,
            capture_output=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
        )
        assert (again.returncode, again.stderr) == (0, b""), command


def test_a_file_that_is_there_is_left_alone(new_folder):
    Path("mine.db").write_text("precious")
    done = run("--keep", "mine.db")
    assert (done.returncode, done.stdout) == (2, "")
    assert Path("mine.db").read_text() == "precious"


def test_the_url_of_one_s_own_memory_is_not_touched(new_folder, monkeypatch):
    monkeypatch.setenv("RECOLLECT_URL", "sqlite:///own.db")
    assert run().returncode == 0
    assert not Path("own.db").exists()


@pytest.mark.parametrize("change", ["lost", "changed"])
def test_it_fails_when_something_did_not_come_back(new_folder, recollect, monkeypatch, change):
    whole = reopen.reopen

    def damaged(url):
        with Memory(url) as memory:
            session = memory.session("order-12345", user="alice")
            kept = session.messages()
            session.clear()
            session.append(*kept[:-1])
            if change == "changed":
                session.append(assistant="something else")
        return whole(url)

    monkeypatch.setattr(tour, "reopen", damaged)
    result = recollect("demo", "--keep", "demo.db")
    assert result.exit_code == 1
    assert "came back" in result.stderr


def test_it_fails_when_the_other_process_does(new_folder, recollect, monkeypatch):
    monkeypatch.setattr(reopen.sys, "executable", "/bin/false")
    result = recollect("demo", "--keep", "demo.db")
    assert result.exit_code == 1
    assert "other process" in result.stderr
