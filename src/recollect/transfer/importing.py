"""Import: a file's conversations into a memory."""

import os
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from recollect.codec.plain import check_name
from recollect.core.auditing import noted
from recollect.errors import Invalid
from recollect.model import Owner
from recollect.runtime import Progress
from recollect.transfer.formats import FORMATS, READERS, detect
from recollect.transfer.histories import History, read
from recollect.transfer.histories.history import PREFIX, TABLE
from recollect.transfer.items import Item
from recollect.transfer.keeper import Keeper, engine_of
from recollect.transfer.report import ImportReport
from recollect.transfer.source import Source
from recollect.transfer.writer import Writer


def import_file(
    memory: Keeper,
    path: str | os.PathLike[str],
    *,
    format: str | None = None,
    user: str | None = None,
    session: str | None = None,
    table: str = TABLE,
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
        with _noted(memory, user, report):
            _write(Writer(memory, user, report), READERS[report.format](source), source, progress)
    return report


def import_history(
    memory: Keeper,
    url: str,
    *,
    user: str | None = None,
    table: str = TABLE,
    prefix: str = PREFIX,
    progress: Progress | None = None,
) -> ImportReport:
    """Take a LangChain history that stands in PostgreSQL, MySQL or Redis into a memory, piece by piece. It is only read.

    An import can be repeated, as that of a file can: what is new in the history is taken in then.

    Args:
        memory: a Memory, or an AsyncMemory (the call blocks).
        url: the database, as LangChain was given it: ``postgresql://``, ``mysql://`` or ``redis://``.
        user: whose the sessions are; without it, they are anonymous.
        table: the table, in PostgreSQL and MySQL.
        prefix: what the keys begin with, in Redis.
        progress: called with how many rows (keys, in Redis) are done, and how many there are.

    Returns:
        What was written, what was known, and what was refused and why.

    Raises:
        Invalid: the URL cannot be understood, or the database has no such table.
        MissingExtra: the database's driver is not installed.
        StoreError: the history cannot be read, or the memory cannot be written; what was taken in before stays.

    """
    if user is not None:
        check_name(user, "the user")
    history = History(url, table=table, prefix=prefix)
    report = ImportReport(history.format)
    with closing(read(history)) as items, _noted(memory, user, report):
        _write(Writer(memory, user, report), items, history, progress)
    return report


def check_history(url: str, *, table: str = TABLE, prefix: str = PREFIX) -> str:
    """Return the format of a history, once its start was read: before a memory is made for what may not be imported.

    Args and errors are those of import_history.

    """
    history = History(url, table=table, prefix=prefix)
    with closing(read(history)) as items:
        next(items, None)
    return history.format


@contextmanager
def _noted(memory: Keeper, user: str | None, report: ImportReport) -> Iterator[None]:
    """Note an import: of a user where one is given, with what had been written when it ended."""
    whose = None if user is None else Owner(memory.tenant, "user", user)
    with noted(engine_of(memory), "import", whose) as draft:
        try:
            yield
        finally:
            draft.count(sessions=report.sessions, messages=report.messages, documents=report.documents)


def _write(writer: Writer, items: Iterable[Item], source: Source | History, progress: Progress | None) -> None:
    for item in items:
        if writer.take(item) and progress is not None:
            progress(source.done, source.total)
    writer.flush()
    if progress is not None:
        progress(source.total, source.total)


def format_of(path: str | os.PathLike[str], *, format: str | None = None, table: str = TABLE) -> str:
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
