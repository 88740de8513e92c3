"""MySQL 8.0, MariaDB 10.6 and newer: one database for many processes on many machines."""

from recollect.errors import MissingExtra

try:
    from recollect.store.mysql.migrations import migrations_sql
    from recollect.store.mysql.store import MySQLStore, open_url
except ModuleNotFoundError as error:
    if error.name is None or error.name.partition(".")[0] != "pymysql":
        raise
    raise MissingExtra("PyMySQL is not installed; run: pip install 'recollect[mysql]'") from error

__all__ = ["MySQLStore", "migrations_sql", "open_url"]
