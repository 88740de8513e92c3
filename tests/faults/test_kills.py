"""Writers that are killed lose nothing that was acknowledged to them."""

import subprocess
import sys
from pathlib import Path

import pytest

from .stores import KINDS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("kind", KINDS)
def test_a_hundred_kills_lose_nothing(kind):
    """In a process of its own, as small as an application, so that it forks quickly."""
    command = [sys.executable, "-m", "tests.faults.kills", "--kills", "100", "--store", kind]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{kind}: 100 kills")
