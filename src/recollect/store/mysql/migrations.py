"""The tables: made and brought up to date, once, however many processes start at once; or told as SQL."""
# ruff: noqa: S608  # SQL is put together of our own constants, and of names that were checked

from hashlib import blake2b

import pymysql

from recollect.errors import Busy
from recollect.store.mysql.connection import Link, seconds
from recollect.store.mysql.errors import number_of, translate
from recollect.store.mysql.literals import rendered
from recollect.store.relational.statements import table_names
from recollect.store.relational.steps import checksum, missing, steps_of

QUOTE = "`"

NO_SUCH_TABLE = 1146


def migrations_sql(*, prefix: str = "recollect_", after: int = 0) -> str:
    """Return the SQL that makes the tables, or brings those of schema step ``after`` up to date, for an administrator to run in the database."""
    names = table_names(QUOTE, None, prefix)
    steps = steps_of(__package__)
    return ";\n\n".join([*_script(names, steps, [*range(after + 1, len(steps) + 1)], new=after == 0), ""]).rstrip("\n") + "\n"


def migrate(link: Link, prefix: str, wait: float) -> None:
    """Bring the tables up to date, while other processes wait. Where they are, only the right to read them is needed.

    A statement that changes a table commits by itself. Each can be repeated, so that what a crash has interrupted is done at the next opening.
    """
    names = table_names(QUOTE, None, prefix)
    steps = steps_of(__package__)
    try:
        applied = _applied(link, names)
        if applied is None or missing(steps, applied):
            _migrate(link, names, steps, wait)
    except pymysql.MySQLError as error:
        raise translate(error) from error


def _migrate(link: Link, names: dict[str, str], steps: list[str], wait: float) -> None:
    ((database,),) = link.rows("SELECT DATABASE()")
    lock = blake2b(f"{database}\x00{names['migration']}".encode(), digest_size=16).hexdigest()
    if link.rows(f"SELECT GET_LOCK('recollect {lock}', {seconds(wait)})") != [(1,)]:
        raise Busy("another process has been making the tables for longer than the bounded wait; try again")
    try:
        applied = _applied(link, names)
        for statement in _script(names, steps, missing(steps, applied or {}), new=applied is None):
            link.run(statement)
    finally:
        if link.connection.open and not link.talking:
            link.run(f"SELECT RELEASE_LOCK('recollect {lock}')")


def _applied(link: Link, names: dict[str, str]) -> dict[int, str] | None:
    """Return number and checksum of the steps that a database has; None without a table that would tell."""
    try:
        return dict(link.rows(f"SELECT number, checksum FROM {names['migration']}"))
    except pymysql.MySQLError as error:
        if number_of(error) == NO_SUCH_TABLE:
            return None
        raise


def _script(names: dict[str, str], steps: list[str], numbers: list[int], *, new: bool) -> list[str]:
    """Return the statements of some steps, each with its entry in the list of steps."""
    table = f"CREATE TABLE IF NOT EXISTS {names['migration']} (number INT NOT NULL, checksum CHAR(64) NOT NULL, PRIMARY KEY (number)) ENGINE = InnoDB"
    script = [f"{table} DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"] if new else []
    for number in numbers:
        step = steps[number - 1]
        script += [part.strip() for part in step.format(**names).split(";\n") if part.strip()]
        insert = f"INSERT INTO {names['migration']} (number, checksum) VALUES (%s, '{checksum(step)}') ON DUPLICATE KEY UPDATE number = number"
        script.append(rendered((insert, (number,))))
    return script
