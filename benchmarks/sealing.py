"""What sealing costs: the time of a turn, and the bytes of a message."""

import time
from collections.abc import Callable, Iterable, Sequence
from itertools import cycle
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.locomo import PATH, conversations

from benchmarks.assistant_chats import chats
from benchmarks.report import Table, progress
from benchmarks.systems import ANSWER, QUESTION, WINDOW
from recollect import Memory, Message, Window
from recollect.codec import encode_message
from recollect.model import Owner
from recollect.privacy.keys import Keyring, open_keyring
from recollect.privacy.keys.wrapping import new_key_file
from recollect.privacy.sealing.bodies import Bodies

ROUNDS = 40
BLOCK = 25
COUNT = 5_000
ABOUT = range(350, 451)
"""Characters of the messages that are measured: about 400."""

UNSEEN = Path(__file__).with_name("texts") / "unseen"
ALICE = Owner("", "user", "alice")


def advice() -> list[str]:
    """Return made-up answers of an assistant, cut to 400 characters."""
    return [said.text[:400] for said in chats()[0] if len(said.text) in range(350, 2_000)]


def locomo() -> list[str]:
    """Return what people say to each other in LoCoMo, where it is there."""
    if not PATH.exists():
        return []
    texts = [message.content for conversation in conversations() for message in conversation.messages]
    return [text for text in texts if isinstance(text, str) and len(text) in ABOUT]


def other_languages() -> list[str]:
    """Return paragraphs in nine languages that the dictionary has seen little or nothing of, cut to 400 characters."""
    return [path.read_text("utf-8").replace("\n", " ")[:400] for path in sorted(UNSEEN.glob("*.txt"))]


def keyring(folder: Path) -> Keyring:
    new_key_file(folder / "kek")
    return open_keyring(str(folder / "keys.db"), f"file:{folder / 'kek'}")


def turns(memories: dict[str, Memory], texts: Sequence[str]) -> dict[str, float]:
    """Return the median seconds of a turn of each memory; they take their turns in blocks, so that the disk's moods meet them all."""
    said = cycle(texts)
    times: dict[str, list[float]] = {name: [] for name in memories}
    for number in range(ROUNDS):
        for name, memory in memories.items():
            chat = memory.session(f"s{number}", user="alice")
            chat.append(*(Message("user", next(said)) for _ in range(WINDOW)))
            chat.context(Window(WINDOW // 2))
            for _ in range(BLOCK):
                question, answer = next(said), next(said)
                start = time.perf_counter()
                chat.context(Window(WINDOW // 2))
                chat.append(user=question, assistant=answer)
                times[name].append(time.perf_counter() - start)
        progress("sealed turns", number + 1, ROUNDS)
    return {name: median(taken) for name, taken in times.items()}


def times() -> Table:
    rows = []
    for what, texts in (("the benchmark's own", [QUESTION, ANSWER]), ("an assistant's answers", advice())):
        with TemporaryDirectory(dir=".") as name:
            folder = Path(name).resolve()
            keys = keyring(folder)
            with (
                Memory(f"sqlite:///{folder}/plain.db", embedder=None) as plain,
                Memory(f"sqlite:///{folder}/sealed.db", embedder=None, keys=keys) as sealed,
            ):
                found = turns({"plain": plain, "sealed": sealed}, texts)
            keys.close()
        rows.append([what, f"{found['plain'] * 1e3:.3f}", f"{found['sealed'] * 1e3:.3f}", f"{found['sealed'] / found['plain']:.2f}"])
    return Table("A turn in milliseconds (median), SQLite", ["messages", "plain", "sealed", "sealed / plain (goal: at most 1.3)"], rows)


def sizes() -> Table:
    rows = []
    with TemporaryDirectory() as name:
        keys = keyring(Path(name))
        kinds: Iterable[tuple[str, list[str]]] = (
            ("the benchmark's own", [QUESTION, ANSWER]),
            ("an assistant's answers, made up", advice()),
            ("people's talk (LoCoMo)", locomo()),
            ("nine other languages", other_languages()),
        )
        for what, texts in kinds:
            if not texts:
                continue
            plain = [encode_message(Message("user", text), "a message") for text in texts]
            sealed = [Bodies(ALICE, keys, mixed=False).seal_entry("s", entry) for entry in plain]
            before, after = (sum(len(entry.body) for entry in some) / len(some) for some in (plain, sealed))
            rows.append([what, f"{len(texts)}", f"{before:.0f}", f"{after:.0f}", f"{after / before:.2f}"])
        keys.close()
    return Table(
        "Bytes of a message of about 400 characters", ["messages", "how many", "plain", "sealed", "sealed / plain (goal: at most 0.6)"], rows
    )


def disk() -> Table:
    rows = []
    with TemporaryDirectory(dir=".") as name:
        folder = Path(name).resolve()
        keys = keyring(folder)
        texts = cycle(advice())
        for what, given in (("plain", None), ("sealed", keys)):
            place = folder / what
            place.mkdir()
            took = fill(lambda: Memory(f"sqlite:///{place}/memory.db", embedder=None, keys=given), texts)  # noqa: B023  # called at once
            size = sum(path.stat().st_size for path in place.iterdir())
            rows.append([what, f"{size / COUNT:.0f}", f"{took / COUNT * 1e6:.0f}"])
        keys.close()
    return Table(f"In the database's file, {COUNT:,} answers", ["memory", "bytes a message", "µs a message, in batches of 500"], rows)


def fill(opened: Callable[[], Memory], texts: Iterable[str]) -> float:
    """Append COUNT messages, and return the seconds that it took."""
    said = iter(texts)
    with opened() as memory:
        start = time.perf_counter()
        for session in range(COUNT // 500):
            memory.session(f"s{session}", user="alice").append(*(Message("user", next(said)) for _ in range(500)))
        return time.perf_counter() - start


def run() -> list[Table]:
    """Return the tables."""
    return [times(), sizes(), disk()]
