"""What MiniLM costs on this machine: ``python -m benchmarks.embedder``. Skipped where it is not installed: ``recollect model install minilm``."""

import subprocess
import sys
from statistics import median, quantiles
from time import perf_counter

from tests import locomo

from benchmarks.assistant_chats import chats
from benchmarks.recall import conversations, repeated
from benchmarks.report import Table
from recollect.models.install import missing
from recollect.models.minilm import MiniLM
from recollect.models.shelf import Shelf

TURNS, QUERIES = 1500, 300
SIZES = (10_000, 100_000)
ROUNDS, ASKED, CHUNK = 5, 40, 10_000

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


def speed(sizes: tuple[int, ...] = SIZES) -> list[Table]:
    """Return how long a search takes, not counting the embedding of the query: the vectors of some turns again and again, a little blurred."""
    import numpy as np

    from recollect.recall.embedder import matrix
    from recollect.recall.index import Index
    from recollect.recall.vectors import Vectors

    if missing() or Shelf().manifest("minilm") is None or not locomo.PATH.exists():
        return []
    model, talk = MiniLM(), conversations()[0]
    queries = [text for text, _ in talk.asked][:ASKED]
    asked = matrix(model.embed_documents(queries), len(queries))
    known = matrix(model.embed_documents([one.text for one in talk.passages]), len(talk.passages))
    random, rows = np.random.default_rng(7), []
    for size in sizes:
        index, vectors = Index(), Vectors(model.name)
        index.add(repeated(size))
        for start in range(0, size, CHUNK):
            some = known[np.arange(start, min(size, start + CHUNK)) % len(known)]
            blurred = some + random.normal(0, 0.01, some.shape).astype(np.float32)
            vectors.add(range(start + 1, start + len(some) + 1), matrix(blurred, len(some)))
        times: dict[bool, list[float]] = {False: [], True: []}
        for _ in range(ROUNDS):
            for dense, block in times.items():
                taken = []
                for text, vector in zip(queries, asked, strict=True):
                    began = perf_counter()
                    index.search(text, dense=vectors.about(vector) if dense else None)
                    taken.append(1000 * (perf_counter() - began))
                block.append(median(taken))
        rows.append([f"{size:,}", *(f"{median(block):.1f}" for block in times.values()), f"{vectors.size / 1e6:.0f}"])
        index.close()
    return [Table("A search, p50", ["messages", "words alone (ms)", "with vectors (ms)", "vectors (MB)"], rows)]


def main() -> None:
    for table in [*run(), *speed()]:
        print(table.markdown())


if __name__ == "__main__":
    main()
