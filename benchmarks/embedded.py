"""The systems that need no server: Recollect on SQLite and in files, its peers, and the bare driver."""

import json
import sqlite3
import time
from pathlib import Path
from uuid import uuid4

from langchain_community.chat_message_histories import FileChatMessageHistory
from langchain_core.messages import AIMessage, HumanMessage, message_to_dict

from benchmarks.systems import ANSWER, QUESTION, WINDOW, Recollect, RecollectAsync, RecollectHistory, messages, said


class Floor:
    """The standard library's driver: the last 20 and two inserts, WAL, synchronous=FULL, as durable as Recollect."""

    name = "floor: sqlite3"

    def __init__(self, place: str) -> None:
        self.db = sqlite3.connect(f"{place}/floor.db", isolation_level=None)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.execute("CREATE TABLE message (id INTEGER PRIMARY KEY, session TEXT, role TEXT, content TEXT)")
        self.db.execute("CREATE INDEX message_session ON message (session, id)")

    def load(self, session: str, count: int) -> None:
        self.db.execute("BEGIN")
        self.db.executemany("INSERT INTO message (session, role, content) VALUES (?, ?, ?)", [(session, *pair) for pair in said(count)])
        self.db.execute("COMMIT")

    def turn(self, session: str) -> None:
        self.db.execute("SELECT role, content FROM message WHERE session = ? ORDER BY id DESC LIMIT ?", (session, WINDOW)).fetchall()
        self.db.execute("BEGIN IMMEDIATE")
        self.db.execute("INSERT INTO message (session, role, content) VALUES (?, 'user', ?)", (session, QUESTION))
        self.db.execute("INSERT INTO message (session, role, content) VALUES (?, 'assistant', ?)", (session, ANSWER))
        self.db.execute("COMMIT")


class FullFloor:
    """The standard library's driver, as durable, keeping what Recollect keeps of a message and of its session; ids are unique."""

    name = "floor, same columns"

    def __init__(self, place: str) -> None:
        self.db = sqlite3.connect(f"{place}/full-floor.db", isolation_level=None)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.execute(
            "CREATE TABLE session (id INTEGER PRIMARY KEY, user TEXT, name TEXT, count INT, tokens INT, updated REAL, UNIQUE (user, name))"
        )
        self.db.execute(
            "CREATE TABLE message (id INTEGER PRIMARY KEY, session INT, key TEXT, role TEXT, created REAL, tokens INT, content TEXT,"
            " UNIQUE (session, key))"
        )
        self.db.execute("CREATE INDEX message_session ON message (session, id)")

    def load(self, session: str, count: int) -> None:
        self.db.execute("BEGIN")
        self.db.execute("INSERT INTO session (user, name, count, tokens, updated) VALUES ('alice', ?, ?, 0, ?)", (session, count, time.time()))
        number = self._session(session)
        self.db.executemany(self.INSERT, [(number, str(uuid4()), role, time.time(), None, json.dumps(content)) for role, content in said(count)])
        self.db.execute("COMMIT")

    INSERT = "INSERT INTO message (session, key, role, created, tokens, content) VALUES (?, ?, ?, ?, ?, ?)"

    def _session(self, name: str) -> int:
        number: int = self.db.execute("SELECT id FROM session WHERE user = 'alice' AND name = ?", (name,)).fetchone()[0]
        return number

    def turn(self, session: str) -> None:
        number = self._session(session)
        sql = "SELECT id, key, role, created, tokens, content FROM message WHERE session = ? ORDER BY id DESC LIMIT ?"
        for row in self.db.execute(sql, (number, WINDOW)).fetchall():
            json.loads(row[5])
        now = time.time()
        self.db.execute("BEGIN IMMEDIATE")
        number = self._session(session)
        self.db.execute(self.INSERT, (number, str(uuid4()), "user", now, None, json.dumps(QUESTION)))
        self.db.execute(self.INSERT, (number, str(uuid4()), "assistant", now, None, json.dumps(ANSWER)))
        self.db.execute("UPDATE session SET count = count + 2, updated = ? WHERE id = ?", (now, number))
        self.db.execute("COMMIT")


class SQLite(Recollect):
    """Our SQLite store, called directly."""

    def url(self, place: str) -> str:
        return f"sqlite:///{place}/recollect.db"


class SQLiteAsync(RecollectAsync, SQLite):
    """Our SQLite store, awaited."""


class SQLiteHistory(RecollectHistory, SQLite):
    """Our SQLite store, through the LangChain history."""


class Files(Recollect):
    """Our file store, called directly."""

    name = "Recollect, files"

    def url(self, place: str) -> str:
        return f"file:///{place}/recollect"


class FileHistory:
    """LangChain's FileChatMessageHistory."""

    name = "FileChatMessageHistory"

    def __init__(self, place: str) -> None:
        self.folder = Path(place) / "file-history"
        self.folder.mkdir()

    def load(self, session: str, count: int) -> None:
        (self.folder / f"{session}.json").write_text(json.dumps([message_to_dict(message) for message in messages(count)]))

    def turn(self, session: str) -> None:
        history = FileChatMessageHistory(str(self.folder / f"{session}.json"))
        _ = history.messages[-WINDOW:]
        history.add_messages([HumanMessage(QUESTION), AIMessage(ANSWER)])
