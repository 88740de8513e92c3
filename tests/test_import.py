"""``import recollect`` costs little and does nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROBE = """
import sys

before, events = set(sys.modules), []
sys.addaudithook(lambda name, args: events.append((name, repr(args)[:200])))
import {module}
import json, threading
seen = [event for event in events if event[0].startswith(("socket.", "subprocess.", "os.", "shutil.", "tempfile.", "sqlite3.", "urllib."))]
written = [event for event in events if event[0] == "open" and any(mode in event[1] for mode in ("'w", "'a", "'x", "'r+"))]
seen = [event for event in seen if event[0] not in ("os.listdir", "os.scandir")]
print(json.dumps([sorted(set(sys.modules) - before), seen, written, threading.active_count()]))
"""


def probe(module: str, folder: Path) -> tuple[set[str], list, list, int]:
    """Import a module in a fresh interpreter. Return the modules that it brings, what it does, what it writes, and its threads."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(module=module)], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    modules, events, written, threads = json.loads(done.stdout)
    return set(modules), events, written, threads


@pytest.mark.parametrize("module", ["recollect", "recollect.store.sqlite", "recollect.store.files", "recollect.cli"])
def test_an_import_starts_nothing_and_writes_nothing(module: str, tmp_path: Path) -> None:
    _, events, written, threads = probe(module, tmp_path)
    assert events == []
    assert written == []
    assert threads == 1
    assert list(tmp_path.iterdir()) == []


def test_an_import_brings_msgspec_and_the_standard_library_alone(tmp_path: Path) -> None:
    modules, *_ = probe("recollect", tmp_path)
    foreign = {name.partition(".")[0] for name in modules} - set(sys.stdlib_module_names) - {"json"}
    assert foreign <= {"recollect", "msgspec", "typing_extensions"}


def test_an_import_brings_no_framework_and_no_driver(tmp_path: Path) -> None:
    modules, *_ = probe("recollect", tmp_path)
    heavy = {
        "apsw",
        "asyncio",
        "click",
        "concurrent",
        "dataclasses",
        "email",
        "http",
        "langchain",
        "langchain_core",
        "langgraph",
        "logging",
        "multiprocessing",
    }
    heavy |= {
        "numpy",
        "pathlib",
        "pydantic",
        "pytest",
        "rich",
        "socket",
        "sqlite3",
        "ssl",
        "subprocess",
        "tempfile",
        "unittest",
        "urllib",
        "zoneinfo",
    }
    assert {name.partition(".")[0] for name in modules} & heavy == set()


def test_an_import_leaves_stores_adapters_and_commands_alone(tmp_path: Path) -> None:
    modules, *_ = probe("recollect", tmp_path)
    parts = {".".join(name.split(".")[:3]) for name in modules if name.startswith("recollect.")}
    for absent in (
        "recollect.store.sqlite",
        "recollect.store.files",
        "recollect.store.memory",
        "recollect.adapters",
        "recollect.cli",
        "recollect.testing",
        "recollect.recall",
        "recollect.models",
    ):
        assert not any(part.startswith(absent) for part in parts), absent


def test_an_import_leaves_alone_what_is_needed_only_when_a_memory_is_opened_or_asked(tmp_path: Path) -> None:
    modules, *_ = probe("recollect", tmp_path)
    core = {"address", "auditing", "background", "collections", "conversation", "engine", "recalling", "sessions", "tails"}
    assert {name for name in modules if name.startswith("recollect.core.")} <= {f"recollect.core.{one}" for one in core}
    assert {name for name in modules if name.startswith("recollect.facts.")} <= {
        f"recollect.facts.{one}" for one in ("finding", "outcome", "triples")
    }
    assert "recollect.codec.facts" not in modules


def test_the_public_names_are_all_there() -> None:
    import recollect

    assert sorted(recollect.__all__) == recollect.__all__
    assert all(hasattr(recollect, name) for name in recollect.__all__)
    assert recollect.__version__.count(".") == 2
