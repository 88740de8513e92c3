"""PostgreSQL 14 and newer: one database for many processes on many machines."""

from recollect.extras import needed

with needed("psycopg", "postgresql"):
    from recollect.store.postgresql.migrations import migrations_sql
    from recollect.store.postgresql.store import PostgreSQLStore, open_url

__all__ = ["PostgreSQLStore", "migrations_sql", "open_url"]
