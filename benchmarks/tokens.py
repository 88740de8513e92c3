"""How far ``estimate_tokens`` is from real tokenizers, by kind of text, and how quick it is.

Run it with ``python -m benchmarks.tokens [FOLDER]``. It needs the package ``tiktoken``, and in FOLDER (or in TIKTOKEN_CACHE_DIR)
the vocabularies as tiktoken caches them; without FOLDER, tiktoken fetches them. Where they cannot be had, it says so and ends.

``texts/fitted`` holds what the estimate's few numbers were chosen with, ``texts/unseen`` what they were not; messages are parted
by empty lines. The conversations of LoCoMo are read where they are found.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import quantiles
from time import perf_counter

from recollect import estimate_tokens

ROOT = Path(__file__).parents[1]
TEXTS = Path(__file__).with_name("texts")
LOCOMO = ROOT.parent / "shared" / "data" / "locomo10.json"
NAMES = ("cl100k_base", "o200k_base")

Counter = Callable[[str], int]


def counters() -> dict[str, Counter]:
    """Return real tokenizers' counts by name.

    Raises:
        ImportError, OSError: a tokenizer cannot be had.

    """
    import tiktoken

    encodings = {name: tiktoken.get_encoding(name) for name in NAMES}
    return {name: lambda text, encode=encoding.encode: len(encode(text, disallowed_special=())) for name, encoding in encodings.items()}


def kinds() -> Iterator[tuple[str, list[str]]]:
    """Yield each kind of text with its messages."""
    if LOCOMO.exists():
        talks = [talk["conversation"].values() for talk in json.loads(LOCOMO.read_text("utf-8"))]
        yield "English chat (LoCoMo)", [turn["text"] for talk in talks for session in talk if isinstance(session, list) for turn in session]
    yield "English pages (docs/)", paragraphs(*ROOT.glob("docs/**/*.md"))
    yield "Python (src/)", [path.read_text("utf-8") for path in ROOT.glob("src/**/*.py")]
    for path in sorted(TEXTS.glob("fitted/*.txt")):
        yield path.stem, paragraphs(path)
    for path in sorted(TEXTS.glob("unseen/*.txt")):
        yield f"{path.stem} (unseen)", paragraphs(path)


def paragraphs(*paths: Path) -> list[str]:
    """Return what empty lines part."""
    return [part for path in paths for part in path.read_text("utf-8").strip().split("\n\n")]


def errors(messages: list[str], count: Counter) -> tuple[float, float]:
    """Return the error of the total, and what 90 % of the messages stay within, both relative to the real count."""
    pairs = [(estimate_tokens(message), count(message)) for message in messages if message]
    total = sum(estimated for estimated, _ in pairs) / sum(real for _, real in pairs) - 1
    return total, quantiles([abs(estimated / real - 1) for estimated, real in pairs], n=10, method="inclusive")[-1]


def speed(messages: list[str]) -> float:
    """Return the megabytes of UTF-8 that are estimated in a second: the best of five rounds."""
    rounds = []
    for _ in range(5):
        start = perf_counter()
        for message in messages:
            estimate_tokens(message)
        rounds.append(perf_counter() - start)
    return sum(len(message.encode()) for message in messages) / min(rounds) / 1e6


def main() -> None:
    """Print the table."""
    if sys.argv[1:]:
        os.environ["TIKTOKEN_CACHE_DIR"] = sys.argv[1]
    try:
        real = counters()
    except (ImportError, OSError) as error:
        print(f"skipped: the tokenizers cannot be had ({error}); install tiktoken, and give the folder of its vocabularies")
        return
    print("| text | messages | characters |" + "".join(f" {name}: total | 90 % within |" for name in real) + " MB/s |")
    print("|---|--:|--:|" + "--:|--:|" * len(real) + "--:|")
    for kind, messages in kinds():
        figures = "".join(f" {total:+.0%} | {most:.0%} |" for total, most in (errors(messages, count) for count in real.values()))
        print(f"| {kind} | {len(messages):,} | {sum(map(len, messages)):,} |{figures} {speed(messages):.0f} |")


if __name__ == "__main__":
    main()
