"""LangChain's SQLChatMessageHistory, on every database that SQLAlchemy knows."""

import json

from langchain_community.chat_message_histories import SQLChatMessageHistory
from langchain_core.messages import AIMessage, HumanMessage, message_to_dict
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks.systems import ANSWER, PRELOAD, QUESTION, WINDOW, messages


class SQLHistory:
    """Its engine is made once."""

    name = "SQLChatMessageHistory"

    def __init__(self, place: str) -> None:
        self.place = place
        self.engine = create_engine(self.url(place))
        SQLChatMessageHistory("first", connection=self.engine)

    def url(self, place: str) -> str:
        """Return SQLAlchemy's URL of a place."""
        return f"sqlite:///{place}/sql-history.db"

    def load(self, session: str, count: int) -> None:
        rows = [{"s": session, "m": json.dumps(message_to_dict(message))} for message in messages(count)]
        with self.engine.begin() as connection:
            for start in range(0, count, PRELOAD):
                connection.execute(text("INSERT INTO message_store (session_id, message) VALUES (:s, :m)"), rows[start : start + PRELOAD])

    def turn(self, session: str) -> None:
        history = SQLChatMessageHistory(session, connection=self.engine)
        _ = history.messages[-WINDOW:]
        history.add_messages([HumanMessage(QUESTION), AIMessage(ANSWER)])


class ServerSQLHistory(SQLHistory):
    """On a server, also awaited."""

    driver = async_driver = "postgresql+psycopg"

    def url(self, place: str) -> str:
        return f"{self.driver}:{place.partition(':')[2]}"

    async def begin(self) -> None:
        self.aengine = create_async_engine(f"{self.async_driver}:{self.place.partition(':')[2]}", pool_size=10, max_overflow=0)

    async def aturn(self, session: str) -> None:
        history = SQLChatMessageHistory(session, connection=self.aengine)
        _ = (await history.aget_messages())[-WINDOW:]
        await history.aadd_messages([HumanMessage(QUESTION), AIMessage(ANSWER)])

    async def end(self) -> None:
        await self.aengine.dispose()
