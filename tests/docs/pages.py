"""The pages of the documentation, taken apart."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]

_FENCE = re.compile(r"^ *```(.*)$")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_SPAN = re.compile(r"`([^`]+)`")
_HEADING = re.compile(r"^#+ +(.+?) *$")


class Block(NamedTuple):
    """A fenced block: what its fence says, the line on which its text starts (from 1), and the text."""

    language: str
    line: int
    text: str

    @property
    def commands(self) -> list[str]:
        """The commands of a console block: what follows ``$``, with lines that end in a backslash joined."""
        lines = self.text.replace("\\\n", " ").splitlines()
        return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


def name(page: Path) -> str:
    """Return how a test calls a page."""
    return page.relative_to(ROOT).as_posix()


def blocks(text: str) -> list[Block]:
    """Return the fenced blocks of a page, in order.

    Raises:
        ValueError: the last block has no end.

    """
    found: list[Block] = []
    start: tuple[str, int] | None = None
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        fence = _FENCE.match(line)
        if fence and start is None:
            start = fence[1].strip(), number + 1
        elif fence and start is not None:
            found.append(Block(start[0], start[1], "\n".join(lines[start[1] - 1 : number - 1]) + "\n"))
            start = None
    if start is not None:
        raise ValueError(f"the block that starts on line {start[1]} has no end")
    return found


def prose(text: str) -> list[str]:
    """Return the lines outside of the fenced blocks."""
    inside = {number for block in blocks(text) for number in range(block.line - 1, block.line + block.text.count("\n") + 1)}
    return [line for number, line in enumerate(text.splitlines(), 1) if number not in inside]


def code(text: str) -> str:
    """Return a page's code: its Python and console blocks, and what stands between backticks."""
    runs = [block.text for block in blocks(text) if block.language in ("python", "console")]
    return "\n".join([*runs, *_SPAN.findall("\n".join(prose(text)))])


def links(text: str) -> list[str]:
    """Return the targets of a page's links and images that are no web addresses."""
    return [target for line in prose(text) for target in _LINK.findall(line) if "://" not in target and not target.startswith("mailto:")]


def anchors(text: str) -> set[str]:
    """Return what links to a page may have behind ``#``: its headings, as GitHub writes them."""
    headings = [match[1] for line in prose(text) if (match := _HEADING.match(line))]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
