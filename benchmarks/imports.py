"""Time and memory of an import of 100,000 messages, in a process of its own; and the cost of `import recollect`."""

import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.report import Table
from benchmarks.systems import said

MESSAGES = 100_000
SESSION = 1_000
RUNS = 15

IMPORT = """
import re, sys, time
from pathlib import Path
from recollect import Memory
from recollect.transfer import import_file
def peak():  # of this process since it began; what getrusage tells includes its parent's
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
with Memory(sys.argv[2]) as memory:
    before = peak()
    start = time.perf_counter()
    report = import_file(memory, sys.argv[1])
    print(time.perf_counter() - start, peak() - before, report.messages)
"""

START = "import time; start = time.perf_counter(); import recollect; print(time.perf_counter() - start)"


def write_sample(path: Path) -> None:
    with path.open("w") as file:
        for number in range(MESSAGES // SESSION):
            messages = [{"role": role, "content": content} for role, content in said(SESSION)]
            print(json.dumps({"user": f"u{number % 10}", "session": f"s{number}", "messages": messages}), file=file)


def child(*arguments: str) -> list[float]:
    output = subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True).stdout
    return [float(word) for word in output.split()]


def run() -> list[Table]:
    """Return the table of imports, and that of the start."""
    rows = []
    with TemporaryDirectory(dir=".") as name:
        folder = Path(name).resolve()
        write_sample(folder / "sample.jsonl")
        for store in ("sqlite", "file"):
            seconds, megabytes, count = child("-c", IMPORT, str(folder / "sample.jsonl"), f"{store}:///{folder}/{store}")
            if count != MESSAGES:
                raise RuntimeError(f"{store}: {count} of {MESSAGES} messages came in")
            rows.append([store, f"{seconds:.1f}", f"{count / seconds:,.0f}", f"{megabytes:.0f}"])
    start = median(child("-c", START)[0] for _ in range(RUNS)) * 1e3
    return [
        Table(f"Import of {MESSAGES:,} messages (OpenAI-style JSONL)", ["store", "seconds", "messages a second", "MB above start"], rows),
        Table("`import recollect`, beyond the interpreter (goal: at most 60 ms)", ["", "milliseconds"], [["median", f"{start:.0f}"]]),
    ]
