"""Runs the benchmarks named, or all; `--write` puts the tables into the pages that quote them."""

import argparse
import os
import platform
import sys
from functools import partial
from pathlib import Path

from benchmarks import (
    appends,
    audit,
    backup,
    embedder,
    erasure,
    facts,
    imports,
    recall,
    recall_load,
    recall_peers,
    recall_speed,
    redacted_turns,
    redaction,
    sealing,
    servers,
    sizes,
    stories,
    turns,
)

PARTS = {
    "turns": turns.run,
    "sealing": sealing.run,
    "appends": appends.run,
    "sizes": sizes.run,
    "audit": audit.run,
    "backup": backup.run,
    "imports": imports.run,
    **{name: partial(servers.run, name) for name in servers.SERVERS},
    "recall": recall.run,
    "recall_speed": recall_speed.run,
    "recall_peers": recall_peers.run,
    "recall_load": recall_load.run,
    "embedder": embedder.run,
    "facts": facts.run,
    "stories": stories.run,
    "redaction": redaction.run,
    "redacted_turns": redacted_turns.run,
    "erasure": erasure.run,
}
DOCS = Path(__file__).parent.parent / "docs"
PAGES = (DOCS / "performance.md", DOCS / "recall.md", DOCS / "audit.md", DOCS / "erasure.md")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all of them if none is named")
    parser.add_argument("--write", action="store_true", help="put the tables into the pages that quote them")
    options = parser.parse_args()
    unknown = sorted(set(options.parts) - set(PARTS))
    if unknown:
        parser.error(f"there is no part {unknown[0]!r}; give some of {', '.join(PARTS)}")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {sys.platform}\n")
    for name in options.parts or PARTS:
        text = "\n".join(table.markdown() for table in PARTS[name]())
        print(text, flush=True)
        if options.write:
            write(name, text)


def write(name: str, text: str) -> None:
    """Replace what stands between the part's marks in the pages; a part without marks is quoted on a page of its own."""
    start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    for page in PAGES:
        before, found, rest = page.read_text().partition(start)
        if found:
            page.write_text(before + start + text + end + rest.partition(end)[2])


if __name__ == "__main__":
    main()
