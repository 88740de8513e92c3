"""PostgreSQL 14 and newer: one database for many processes on many machines."""

from recollect.errors import MissingExtra

try:
    from recollect.store.postgresql.migrations import migrations_sql
    from recollect.store.postgresql.store import PostgreSQLStore, open_url
except ModuleNotFoundError as error:
    if error.name is None or error.name.partition(".")[0] != "psycopg":
        raise
    raise MissingExtra("psycopg is not installed; run: pip install 'recollect[postgresql]'") from error

__all__ = ["PostgreSQLStore", "migrations_sql", "open_url"]
