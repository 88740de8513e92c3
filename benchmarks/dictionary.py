"""Makes the dictionary with which short bodies are compressed before they are sealed: `python -m benchmarks.dictionary FILE`.

It is trained on text of our own: this project's pages, its example conversations, and made-up chats (texts/dictionary). What it is measured
on in `benchmarks.sealing` is not among them. A dictionary that was shipped is never made anew: what was compressed with it needs it as it is.
A better one gets a number of its own in `recollect.privacy.sealing.content`.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from zstandard import train_dictionary

from recollect import Message
from recollect.codec import encode_message

ROOT = Path(__file__).parent.parent
CHATS = ROOT / "benchmarks" / "texts" / "dictionary" / "chats.txt"
EXAMPLES = ROOT / "examples" / "support.jsonl"

SIZE = 32 << 10
LEAST = 100
MOST = 600


def body(text: str) -> bytes:
    return encode_message(Message("user", text), "a sample").body


def pages() -> Iterator[str]:
    """Yield the paragraphs of the documentation."""
    for path in sorted(ROOT.glob("docs/*.md")) + sorted(ROOT.glob("docs/decisions/*.md")) + [ROOT / "README.md", ROOT / "CHANGELOG.md"]:
        yield from (part[:MOST] for part in path.read_text("utf-8").split("\n\n") if len(part) > LEAST)


def examples() -> Iterator[str]:
    """Yield what is said in the example conversations."""
    for line in EXAMPLES.read_text("utf-8").splitlines():
        yield from (said["content"] for said in json.loads(line)["messages"] if isinstance(said["content"], str))


def make() -> bytes:
    """Return a dictionary. What people say counts more than what pages say."""
    samples = [*pages(), *list(examples()) * 3, *CHATS.read_text("utf-8").splitlines() * 60]
    return train_dictionary(SIZE, [body(text) for text in samples], k=200, d=6, level=3, dict_id=1).as_bytes()


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(make())
