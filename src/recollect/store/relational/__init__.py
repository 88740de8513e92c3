"""The ledger in the tables of a relational server: SQL and operations that PostgreSQL and MySQL share."""

from recollect.store.relational.database import Database, Statement, Transaction
from recollect.store.relational.pool import Pool, check_limits
from recollect.store.relational.statements import Dialect, Statements
from recollect.store.relational.store import RelationalStore

__all__ = ["Database", "Dialect", "Pool", "RelationalStore", "Statement", "Statements", "Transaction", "check_limits"]
