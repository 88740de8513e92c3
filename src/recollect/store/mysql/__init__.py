"""MySQL 8.0, MariaDB 10.6 and newer: one database for many processes on many machines."""

from recollect.extras import needed

with needed("PyMySQL", "mysql"):
    from recollect.store.mysql.migrations import migrations_sql
    from recollect.store.mysql.store import MySQLStore, open_url

__all__ = ["MySQLStore", "migrations_sql", "open_url"]
