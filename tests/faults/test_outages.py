"""Outages at random moments lose nothing that was acknowledged, double nothing, and leave nothing behind."""

import subprocess
import sys
from pathlib import Path
from random import Random

from .outages import Place, visible

ROOT = Path(__file__).parents[2]


def test_outages_and_kills_lose_nothing():
    """In a process of its own, as small as an application, so that it forks quickly."""
    command = [sys.executable, "-m", "tests.faults.outages", "--outages", "40", "--kills", "20"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("40 outages and 20 kills")


def test_what_was_acknowledged_to_one_process_is_seen_by_those_that_share_its_spool(tmp_path):
    visible(Place(tmp_path, replica=True), 150, Random(1))
