"""What the tests of import and export share."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from recollect import Memory

DATA = Path(__file__).parent / "data"
EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(params=["memory", "sqlite", "file"])
def memory(request, tmp_path):
    with Memory({"memory": "memory://", "sqlite": f"sqlite:///{tmp_path}/memory.db", "file": f"file:///{tmp_path}/memory"}[request.param]) as opened:
        yield opened


@pytest.fixture
def lines(tmp_path):
    """Write a file of lines: each bytes, or a value that becomes JSON."""

    def write(*items, name="lines.jsonl", end=b"\n"):
        path = tmp_path / name
        path.write_bytes(end.join(item if isinstance(item, bytes) else json.dumps(item).encode() for item in items) + end)
        return path

    return write


@pytest.fixture
def message_store(tmp_path):
    """Make the SQLite file of the sample's SQL."""
    path = tmp_path / "message_store.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript((DATA / "message_store.sql").read_text("utf-8"))
    return path
