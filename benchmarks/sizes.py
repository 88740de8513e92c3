"""Bytes on disk a message."""

from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.embedded import FileHistory, Files, Floor, SQLite
from benchmarks.report import Table
from benchmarks.sqlchat import SQLHistory
from benchmarks.systems import ANSWER, QUESTION, Recollect, System

COUNT = 20_000

KINDS: tuple[type[System], ...] = (Floor, SQLite, Files, SQLHistory, FileHistory)


def disk(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def run() -> list[Table]:
    """Return the table of bytes."""
    text = (len(QUESTION) + len(ANSWER)) / 2
    rows = []
    for kind in KINDS:
        with TemporaryDirectory(dir=".") as name:
            folder = Path(name).resolve()
            system = kind(str(folder))
            for session in range(20):
                system.load(f"s{session}", COUNT // 20)
            if isinstance(system, Recollect):
                system.memory.close()
            elif isinstance(system, Floor):
                system.db.close()
            size = disk(folder) / COUNT
        rows.append([kind.name, f"{size:,.0f}", f"{size / text:.2f}"])
    return [Table(f"Bytes on disk a message of {text:.0f} characters ({COUNT:,} messages)", ["system", "bytes", "of the text"], rows)]
