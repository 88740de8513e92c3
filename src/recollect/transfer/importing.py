"""Import: a file's conversations into a memory."""

import os
from pathlib import Path

from recollect.codec.plain import check_name
from recollect.errors import Invalid
from recollect.transfer.formats import FORMATS, READERS, detect
from recollect.transfer.keeper import Keeper
from recollect.transfer.report import ImportReport, Progress
from recollect.transfer.source import Source
from recollect.transfer.writer import Writer


def import_file(
    memory: Keeper,
    path: str | os.PathLike[str],
    *,
    format: str | None = None,
    user: str | None = None,
    session: str | None = None,
    table: str = "message_store",
    progress: Progress | None = None,
) -> ImportReport:
    """Take a file's conversations into a memory, piece by piece, whatever the file's length.

    An import can be repeated, also after it was cut off: what is there already is known by its id and left as it is.
    Messages without an id in the file get one that is made of what they say and where they stand.

    Args:
        memory: a Memory, or an AsyncMemory (the call blocks).
        path: the file.
        format: one of FORMATS; told from the content where it is not given.
        user: whose the conversations are, where the file does not say it; without it, those are anonymous.
        session: the session that messages go to, where the file does not say it; without it, a ``langchain-file``'s is called
            as the file is, and a line of ``openai`` makes a session of its own.
        table: the table of a ``langchain-sql`` file.
        progress: called with how many bytes (rows, of a table) are done, and how many there are.

    Returns:
        What was written, what was known, and what was refused and why.

    Raises:
        NotFound: there is no such file.
        Invalid: the file is not of the format, or its format cannot be told, or it is the memory's own.
        NewerFormat: it is an export of a newer Recollect.
        StoreError: the file cannot be read, or the memory cannot be written; what was taken in before stays.

    """
    for name, what in ((user, "the user"), (session, "the session")):
        if name is not None:
            check_name(name, what)
    _check_format(format)
    _check_other(memory, path)
    with Source(path, session, table) as source:
        report = ImportReport(format or detect(source))
        writer = Writer(memory, user, report)
        for item in READERS[report.format](source):
            if writer.take(item) and progress is not None:
                progress(source.done, source.total)
        writer.flush()
        if progress is not None:
            progress(source.total, source.total)
    return report


def format_of(path: str | os.PathLike[str], *, format: str | None = None, table: str = "message_store") -> str:
    """Return the format of a file, once its start was read as such: before a memory is made for what may not be imported.

    Args and errors are those of import_file.

    """
    _check_format(format)
    with Source(path, None, table) as source:
        found = format or detect(source)
        next(READERS[found](source), None)
    return found


def _check_format(format: str | None) -> None:
    if format is not None and format not in FORMATS:
        raise Invalid(f"the format {format!r} is not known; give one of {', '.join(FORMATS)}")


def _check_other(memory: Keeper, path: str | os.PathLike[str]) -> None:
    """Refuse the memory's own file. To open and close it would drop the locks that SQLite has on it."""
    own = getattr(memory.store, "path", None)
    if own is not None and any(_same_file(path, name) for name in (own, f"{own}-wal", f"{own}-shm")):
        raise Invalid(f"{os.fspath(path)!r} is the memory's own file; name the file of another one")


def _same_file(path: str | os.PathLike[str], name: str) -> bool:
    try:
        return Path(path).samefile(name)
    except (OSError, ValueError):  # one of them is not there
        return False
