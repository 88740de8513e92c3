"""MySQL or MariaDB as the ledger's database."""

from collections.abc import Sequence
from typing import Any

import pymysql

from recollect.errors import StorageFull, StoreError
from recollect.store.mysql.connection import Answer, Link, clean, pack
from recollect.store.mysql.errors import ELSEWHERE, PACKET, REPEATABLE, UNCERTAIN, number_of, translate
from recollect.store.mysql.literals import rendered
from recollect.store.mysql.quick import NOT_SO
from recollect.store.relational import Connections, Statement
from recollect.store.relational.attempts import Attempts, Driver
from recollect.store.relational.database import Row
from recollect.store.relational.work import Work

_DRIVER: Driver[Link, pymysql.MySQLError] = Driver(pymysql.MySQLError, number_of, clean, translate, REPEATABLE, ELSEWHERE, UNCERTAIN)


class MySQL(Attempts[Link, "_Work", pymysql.MySQLError]):
    """See Database."""

    def __init__(self, connections: Connections[Link]) -> None:
        super().__init__(connections, _Work, _DRIVER)

    def once(self, statements: Sequence[Statement]) -> int | None:
        """Run writing statements as a transaction. Returns the number that the first hands out; None where one of them finds what is NOT_SO.

        An id tells whether what it wrote is there: who gets an ``unknown`` outcome may look, and do it again.
        """
        try:
            return self._run(lambda work: work.once(statements))
        except StoreError as error:
            if isinstance(error.__cause__, pymysql.MySQLError) and number_of(error.__cause__) in NOT_SO:
                return None
            raise


class _Work(Work):
    def __init__(self, link: Link) -> None:
        super().__init__()
        self._link = link

    def alone(self, sql: str, values: Sequence[Any]) -> list[Row]:
        """See Work.alone."""
        return self._link.rows(_checked(self._link, rendered((sql, values))))

    def once(self, statements: Sequence[Statement]) -> int:
        """Run writing statements, committed together, and return the number that the first hands out."""
        self._wrote = True
        opening = self._before()
        return self._send([*opening, *statements], commit=True)[len(opening)].number

    def _opening(self) -> list[Statement]:
        return [("START TRANSACTION", ())]

    def _send(self, statements: Sequence[Statement], *, commit: bool = False) -> list[Answer]:
        """See Work._send. A statement that fails is the last one that the server runs of a message."""
        texts = [_checked(self._link, rendered(statement)) for statement in statements]
        groups = pack(self._link, [*texts, "COMMIT"] if commit else texts)
        answers: list[Answer] = []
        for number, group in enumerate(groups, 1):
            self.handed_over = commit and self._wrote and number == len(groups)
            answers += self._link.run(";".join(group), len(group))
        return answers


def _checked(link: Link, text: str) -> str:
    """Refuse what the server would answer by closing the connection."""
    if len(text) >= link.packet:
        raise StorageFull(f"{PACKET} (max_allowed_packet is {link.packet} bytes, the statement has {len(text)})")
    return text
