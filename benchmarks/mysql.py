"""The systems on MariaDB or MySQL: the bare driver, LangChain's history, and Recollect."""

from urllib.parse import unquote, urlsplit

import pymysql

from benchmarks.sqlchat import ServerSQLHistory
from benchmarks.systems import ANSWER, PRELOAD, QUESTION, WINDOW, Recollect, RecollectAsync, RecollectHistory, said


def connect(place: str) -> "pymysql.Connection[pymysql.cursors.Cursor]":
    parts = urlsplit(place)
    return pymysql.connect(
        host=parts.hostname,
        port=parts.port or 3306,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=parts.path[1:],
        autocommit=True,
        ssl_disabled=True,
    )


class Floor:
    """PyMySQL on one connection: the last 20, and two inserts in a transaction."""

    name = "floor: PyMySQL"

    def __init__(self, place: str) -> None:
        self.db = connect(place)
        self.cursor = self.db.cursor()
        self.cursor.execute(
            "CREATE TABLE IF NOT EXISTS message (id bigint AUTO_INCREMENT PRIMARY KEY, session varchar(100), role varchar(20), content text,"
            " INDEX message_session (session, id))"
        )

    INSERT = "INSERT INTO message (session, role, content) VALUES (%s, %s, %s)"

    def load(self, session: str, count: int) -> None:
        pairs = said(count)
        for start in range(0, count, PRELOAD):
            self.cursor.executemany(self.INSERT, [(session, *pair) for pair in pairs[start : start + PRELOAD]])

    def turn(self, session: str) -> None:
        self.cursor.execute("SELECT role, content FROM message WHERE session = %s ORDER BY id DESC LIMIT %s", (session, WINDOW))
        self.cursor.fetchall()
        self.db.begin()
        self.cursor.execute(self.INSERT, (session, "user", QUESTION))
        self.cursor.execute(self.INSERT, (session, "assistant", ANSWER))
        self.db.commit()


class SQLHistory(ServerSQLHistory):
    """LangChain's SQLChatMessageHistory, by PyMySQL."""

    driver, async_driver = "mysql+pymysql", "mysql+aiomysql"


SYSTEMS = (Floor, Recollect, RecollectAsync, RecollectHistory, SQLHistory)
CROWDS = (RecollectAsync, SQLHistory)
SIZED = (Floor, Recollect, SQLHistory)


def size(place: str) -> int:
    """Return the bytes of a database's tables and indexes."""
    with connect(place) as db, db.cursor() as cursor:
        cursor.execute("SHOW TABLES")
        for (table,) in cursor.fetchall():
            cursor.execute(f"ANALYZE TABLE {table}")
        cursor.execute("SELECT sum(data_length + index_length) FROM information_schema.tables WHERE table_schema = database()")
        return int((cursor.fetchone() or (0,))[0])
