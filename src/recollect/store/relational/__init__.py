"""The ledger in the tables of a relational server: SQL and operations that PostgreSQL and MySQL share."""

from recollect.store.relational.database import Database, Statement, Transaction
from recollect.store.relational.pool import Connections, Pool, check_limits, first_of
from recollect.store.relational.statements import Dialect, Statements
from recollect.store.relational.store import RelationalStore

__all__ = ["Connections", "Database", "Dialect", "Pool", "RelationalStore", "Statement", "Statements", "Transaction", "check_limits", "first_of"]
