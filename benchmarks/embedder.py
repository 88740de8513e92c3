"""What MiniLM costs on this machine: ``python -m benchmarks.embedder``. Skipped where it is not installed: ``recollect model install minilm``."""

import subprocess
import sys
from statistics import quantiles
from time import perf_counter

from tests import locomo

from benchmarks.assistant_chats import chats
from benchmarks.recall import conversations
from benchmarks.report import Table
from recollect.models.install import missing
from recollect.models.minilm import MiniLM
from recollect.models.shelf import Shelf

TURNS, QUERIES = 1500, 300

MEMORY = """
import resource, sys
from recollect import Memory, Message
memory = Memory("memory://")
user = memory.user("u")
user.session("s").append(*(Message("user", f"Remark {number} on how {number % 90} things are told of one another.") for number in range(500)))
user.recall("things")
while memory.embedder.waiting:
    user.recall("things")
memory.close()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3))
"""


def run() -> list[Table]:
    """Return the table; none where the model is not installed."""
    if missing() or Shelf().manifest("minilm") is None:
        print("MiniLM is not installed: recollect model install minilm\n")
        return []
    if locomo.PATH.exists():
        talks = conversations()
        texts = [passage.text for talk in talks for passage in talk.passages][:TURNS]
        queries = [text for talk in talks for text, _ in talk.asked][:QUERIES]
    else:
        texts, queries = [one.text for one in chats()[0]], [one.question for one in chats()[1]]
    model = MiniLM()
    began = perf_counter()
    model.embed_query("first")
    loaded = perf_counter() - began
    times = []
    for query in queries:
        began = perf_counter()
        model.embed_query(query)
        times.append(perf_counter() - began)
    began = perf_counter()
    model.embed_documents(texts)
    rate = len(texts) / (perf_counter() - began)
    points = quantiles(times, n=100)
    memory = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True).stdout.strip()
    row = [
        "MiniLM, int8",
        f"{1000 * points[49]:.2f}",
        f"{1000 * points[98]:.2f}",
        f"{rate:,.0f}",
        f"{1000 * loaded:.0f}",
        f"{float(memory):.0f}",
    ]
    header = ["", "a query, p50 (ms)", "p99 (ms)", "messages a second", "first query (ms)", "a process that recalls (MB)"]
    return [Table("Embedding on this machine", header, [row])]


def main() -> None:
    for table in run():
        print(table.markdown())


if __name__ == "__main__":
    main()
