"""A memory with something in it, and the command."""

import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from recollect import Memory, Message, ToolCall
from recollect.cli import app


class Command:
    """The command in this process, on one database."""

    def __init__(self, url):
        self.url = url

    def __call__(self, *words, input=None):
        return CliRunner(env={"RECOLLECT_URL": self.url}).invoke(app, words, input=input)

    def json(self, *words, input=None):
        """Return the one JSON document that a command with --json writes."""
        result = self(*words, "--json", input=input)
        assert (result.exit_code, result.stderr) == (0, ""), result.stderr
        return json.loads(result.stdout)


@pytest.fixture
def url(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return "sqlite:///memory.db"


@pytest.fixture
def recollect(url):
    return Command(url)


@pytest.fixture
def memory(url):
    """Alice has two sessions, Bob one, and nobody one."""
    with Memory(url) as memory:
        fill(memory)
        yield memory


def fill(memory):
    orders = memory.session("orders", user="alice")
    orders.append(
        Message("system", "You help.", "m1", created=at(0)),
        Message("user", "Where is my order?", "m2", created=at(1), tokens=5),
        Message("assistant", "", "m3", tool_calls=[ToolCall("find", {"order": 7}, "c1")], created=at(2)),
        Message("tool", "in transit", "m4", tool_call_id="c1", created=at(3)),
        Message("assistant", "On its way.", "m5", created=at(4), tokens=4),
    )
    orders.update(title="An order", metadata={"channel": "web"})
    memory.session("hello", user="alice").append(Message("user", "Hello!", "m6", created=at(5)))
    memory.session("orders", user="bob").append(Message("user", "Mine, too?", "m7", created=at(6)))
    memory.session("visit").append(Message("user", "Just looking.", "m8", created=at(7)))


def at(minute):
    return datetime(2025, 3, 1, 12, minute, tzinfo=UTC)
