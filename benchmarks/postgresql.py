"""The systems on PostgreSQL: the bare driver, LangChain's histories, and Recollect."""

import json
from uuid import NAMESPACE_URL, uuid5

import psycopg
from langchain_core.messages import AIMessage, HumanMessage, message_to_dict
from langchain_postgres import PostgresChatMessageHistory

from benchmarks.sqlchat import ServerSQLHistory
from benchmarks.systems import ANSWER, QUESTION, WINDOW, Recollect, RecollectAsync, RecollectHistory, messages, said


class Floor:
    """psycopg on one connection: the last 20, and two inserts in a transaction."""

    name = "floor: psycopg"

    def __init__(self, place: str) -> None:
        self.db = psycopg.connect(place, autocommit=True)
        self.db.execute("CREATE TABLE IF NOT EXISTS message (id bigserial PRIMARY KEY, session text, role text, content text)")
        self.db.execute("CREATE INDEX IF NOT EXISTS message_session ON message (session, id)")

    def load(self, session: str, count: int) -> None:
        with self.db.cursor().copy("COPY message (session, role, content) FROM STDIN") as copy:
            for pair in said(count):
                copy.write_row((session, *pair))

    def turn(self, session: str) -> None:
        self.db.execute("SELECT role, content FROM message WHERE session = %s ORDER BY id DESC LIMIT %s", (session, WINDOW)).fetchall()
        with self.db.transaction():
            self.db.execute("INSERT INTO message (session, role, content) VALUES (%s, 'user', %s)", (session, QUESTION))
            self.db.execute("INSERT INTO message (session, role, content) VALUES (%s, 'assistant', %s)", (session, ANSWER))


class PostgresHistory:
    """langchain-postgres, on one connection, its table made once."""

    name = "PostgresChatMessageHistory"
    TABLE = "chat_history"

    def __init__(self, place: str) -> None:
        self.url = place
        self.db = psycopg.connect(place)
        PostgresChatMessageHistory.create_tables(self.db, self.TABLE)

    def load(self, session: str, count: int) -> None:
        key = self.key(session)
        with self.db.cursor() as cursor, cursor.copy(f"COPY {self.TABLE} (session_id, message) FROM STDIN") as copy:
            for message in messages(count):
                copy.write_row((key, json.dumps(message_to_dict(message))))
        self.db.commit()

    def turn(self, session: str) -> None:
        history = PostgresChatMessageHistory(self.TABLE, self.key(session), sync_connection=self.db)
        _ = history.messages[-WINDOW:]
        history.add_messages([HumanMessage(QUESTION), AIMessage(ANSWER)])

    def key(self, session: str) -> str:
        """It takes UUIDs alone."""
        return str(uuid5(NAMESPACE_URL, session))

    async def begin(self) -> None:
        self.adb = await psycopg.AsyncConnection.connect(self.url)

    async def aturn(self, session: str) -> None:
        history = PostgresChatMessageHistory(self.TABLE, self.key(session), async_connection=self.adb)
        _ = (await history.aget_messages())[-WINDOW:]
        await history.aadd_messages([HumanMessage(QUESTION), AIMessage(ANSWER)])

    async def end(self) -> None:
        await self.adb.close()


SYSTEMS = (Floor, Recollect, RecollectAsync, RecollectHistory, PostgresHistory, ServerSQLHistory)
CROWDS = (RecollectAsync, PostgresHistory, ServerSQLHistory)
SIZED = (Floor, Recollect, PostgresHistory, ServerSQLHistory)


def size(place: str) -> int:
    """Return the bytes of a database."""
    with psycopg.connect(place) as db:
        row = db.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(row[0]) if row else 0
