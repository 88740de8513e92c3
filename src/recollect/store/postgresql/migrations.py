"""The tables: made and brought up to date, once, however many processes start at once; or told as SQL."""
# ruff: noqa: S608  # SQL is put together of our own constants, and of names that were checked

from hashlib import blake2b

import psycopg

from recollect.errors import Busy
from recollect.store.postgresql.connection import Link, milliseconds
from recollect.store.postgresql.errors import translate
from recollect.store.relational.statements import table_names
from recollect.store.relational.steps import checksum, missing, steps_of

QUOTE = '"'


def migrations_sql(*, schema: str | None = None, prefix: str = "recollect_", after: int = 0) -> str:
    """Return the SQL that makes the tables, or brings those of schema step ``after`` up to date: a transaction for their owner to run."""
    names = table_names(QUOTE, schema, prefix)
    steps = steps_of(__package__)
    room = [] if schema is None or after else [f"CREATE SCHEMA IF NOT EXISTS {QUOTE}{schema}{QUOTE};"]
    return "\n".join(["BEGIN;", *room, *_script(names, steps, [*range(after + 1, len(steps) + 1)], new=after == 0), "COMMIT;", ""])


def migrate(link: Link, schema: str | None, prefix: str, wait: float) -> None:
    """Bring the tables up to date, in one transaction that other processes wait for. Where they are, only reading rights are needed."""
    names = table_names(QUOTE, schema, prefix)
    steps = steps_of(__package__)
    try:
        applied = _applied(link, names)
        if applied is None or missing(steps, applied):
            with link.connection.transaction():
                _migrate(link, names, steps, wait)
    except psycopg.errors.LockNotAvailable as error:
        raise Busy("another process has been making the tables for longer than the bounded wait; try again") from error
    except psycopg.Error as error:
        raise translate(error) from error


def _migrate(link: Link, names: dict[str, str], steps: list[str], wait: float) -> None:
    number = blake2b(f"recollect\x00{names['migration']}".encode(), digest_size=8).digest()
    link.connection.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")  # or what others did while we waited would stay hidden
    link.connection.execute("SELECT set_config('lock_timeout', %s, true)", [milliseconds(wait)])  # a pool's connection has none of ours
    link.connection.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(number, "big", signed=True)])
    applied = _applied(link, names)
    schema = names["schema"]
    if schema and link.cursor().execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema]).fetchone() is None:
        link.connection.execute(f"CREATE SCHEMA {QUOTE}{schema}{QUOTE}")
    for sql in _script(names, steps, missing(steps, applied or {}), new=applied is None):
        link.connection.execute(sql)


def _applied(link: Link, names: dict[str, str]) -> dict[int, str] | None:
    """Return number and checksum of the steps that a database has; None without a table that would tell."""
    # to_regclass alone answers from a cache, which is brought up to date when a table is read
    if link.cursor().execute("SELECT 1 FROM pg_class WHERE oid = to_regclass(%s)", [names["migration"]]).fetchone() is None:
        return None
    return dict(link.cursor().execute(f"SELECT number, checksum FROM {names['migration']}").fetchall())


def _script(names: dict[str, str], steps: list[str], numbers: list[int], *, new: bool) -> list[str]:
    """Return the statements of some steps, each with its entry in the list of steps."""
    script = [f"CREATE TABLE {names['migration']} (number integer PRIMARY KEY, checksum text NOT NULL);"] if new else []
    for number in numbers:
        step = steps[number - 1]
        script += [step.format(**names), f"INSERT INTO {names['migration']} VALUES ({number}, '{checksum(step)}');"]
    return script
