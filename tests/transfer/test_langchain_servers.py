"""LangChain's histories in PostgreSQL, MySQL and Redis, as LangChain's own classes write them."""

import subprocess
import sys
import warnings
from contextlib import closing
from uuid import UUID

import psycopg
import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from redis import Redis

from recollect import Invalid, StoreError
from recollect.adapters.langchain import ChatHistory
from recollect.transfer import import_history
from recollect.transfer.histories import History, is_url
from servers import mariadb, postgresql, redis

SAID = [
    SystemMessage("You help."),
    HumanMessage("Where is my order? 😀"),
    AIMessage("", tool_calls=[{"name": "find", "args": {"order": 7}, "id": "c1"}]),
    ToolMessage("in transit", tool_call_id="c1"),
    AIMessage([{"type": "text", "text": "On its way."}], response_metadata={"model": "x"}),
]
OTHER = [HumanMessage(f"m{number}") for number in range(1200)]


@pytest.fixture
def pg(tmp_path):
    return postgresql.database_of(tmp_path)


@pytest.fixture
def maria(tmp_path):
    return mariadb.database_of(tmp_path)


@pytest.fixture
def server(tmp_path):
    return redis.database_of(tmp_path)


def filled(memory, one="one", two="two"):
    """Tell whether a memory has the two histories, as LangChain itself would read them."""
    return [ChatHistory(memory, one, user="ana").messages == SAID, ChatHistory(memory, two, user="ana").messages == OTHER]


def sql_history(url, session, messages):
    """Write a history with SQLAlchemy, in a process of its own: its pool leaves connections open."""
    code = """
import pickle, sys, warnings
warnings.simplefilter("ignore")
from langchain_community.chat_message_histories import SQLChatMessageHistory
from sqlalchemy import create_engine
session, messages = pickle.loads(sys.stdin.buffer.read())
SQLChatMessageHistory(session, connection=create_engine(sys.argv[1])).add_messages(messages)
"""
    import pickle

    subprocess.run([sys.executable, "-c", code, url], input=pickle.dumps((session, messages)), check=True)


def redis_history(url, session, messages, **named):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from langchain_community.chat_message_histories import RedisChatMessageHistory

        history = RedisChatMessageHistory(session, url, **named)
    with closing(history.redis_client):
        history.add_messages(messages)


@pytest.mark.parametrize("kind", ["postgresql+psycopg", "mysql+pymysql"])
def test_the_table_of_sqlchatmessagehistory(memory, kind, request):
    url = request.getfixturevalue("pg" if kind.startswith("p") else "maria")
    driver = kind + url[url.index("://") :]
    sql_history(driver, "two", OTHER)
    sql_history(driver, "one", SAID)
    seen = []
    report = import_history(memory, driver, user="ana", progress=lambda *so_far: seen.append(so_far))
    assert (report.format, report.sessions, report.messages, report.refused) == ("langchain-sql", 2, 1205, [])
    assert filled(memory) == [True, True]
    assert seen[-1] == (1205, 1205)
    assert [info.id for info in memory.user("ana").sessions()] == ["one", "two"]
    sql_history(driver, "one", [HumanMessage("new")])
    again = import_history(memory, url, user="ana")
    assert (again.messages, again.known) == (1, 1205)


def test_the_table_of_langchain_postgres_and_its_times(memory, pg):
    from langchain_postgres import PostgresChatMessageHistory

    one, two = str(UUID(int=1)), str(UUID(int=2))
    with psycopg.connect(pg) as connection:
        PostgresChatMessageHistory.create_tables(connection, "chat history")
        for session, messages in ((one, SAID), (two, OTHER)):
            history = PostgresChatMessageHistory("t", session, sync_connection=connection)
            history._table_name = "chat history"
            history.add_messages(messages)
        connection.execute("""UPDATE "chat history" SET created_at = '2024-05-01 12:00+02'""")
    report = import_history(memory, pg, user="ana", table="chat history")
    assert (report.messages, report.refused) == (1205, [])
    assert filled(memory, one, two) == [True, True]
    assert memory.session(one, user="ana").messages()[0].created.isoformat() == "2024-05-01T10:00:00+00:00"
    assert import_history(memory, pg, user="ana", table="chat history").known == 1205


def test_the_lists_of_redischatmessagehistory(memory, server):
    redis_history(server, "one", SAID)
    redis_history(server, "two", OTHER)
    redis_history(server, "other", SAID, key_prefix="message*store:")
    report = import_history(memory, server, user="ana")
    assert (report.format, report.sessions, report.messages, report.refused) == ("langchain-redis", 2, 1205, [])
    assert filled(memory) == [True, True]
    redis_history(server, "one", [HumanMessage("new")])
    again = import_history(memory, server, user="ana")
    assert (again.messages, again.known) == (1, 1205)
    assert import_history(memory, server, user="bea", prefix="message*store:").sessions == 1
    assert ChatHistory(memory, "other", user="bea").messages == SAID


def test_what_is_to_end_in_redis_ends_in_the_memory(memory, server):
    redis_history(server, "brief", SAID, ttl=100)
    redis_history(server, "for good", SAID)
    import_history(memory, server)
    left = memory.session("brief").info()
    assert 0 < (left.expires - memory.session("for good").info().updated).total_seconds() <= 110
    assert memory.session("for good").info().expires is None


def test_what_is_no_message_is_refused_by_its_place(memory, server, pg):
    redis_history(server, "one", SAID[:2])
    with Redis.from_url(server) as client:
        client.lpush("message_store:one", "not JSON", '{"type": "robot", "data": {}}')
        client.lpush(b"message_store:\xff", "{}")
        client.set("message_store:text", "no list")
    report = import_history(memory, server)
    assert report.messages == 2
    assert sorted(refusal.reason[:30] for refusal in report.refused) == sorted(
        ["'one', message 3: the message ", "'one', message 4: type is 'rob", "the key b'message_store:\\xff' "]
    )
    with psycopg.connect(pg) as connection:
        connection.execute("CREATE TABLE message_store (id SERIAL PRIMARY KEY, session_id TEXT, message TEXT)")
        connection.execute(
            "INSERT INTO message_store (session_id, message) VALUES ('s', 'no'), (NULL, '{}'), ('s', %s)", ['{"type":"human","data":{"content":"x"}}']
        )
    report = import_history(memory, pg)
    assert (report.messages, [refusal.line for refusal in report.refused]) == (1, [1])


@pytest.mark.parametrize("kind", ["pg", "maria"])
def test_a_table_that_is_not_there_or_not_langchains_is_told(memory, kind, request):
    url = request.getfixturevalue(kind)
    create = "CREATE TABLE {} (id INT, session_id TEXT, {} TEXT)"
    for name, column in (("talks", "message"), ("things", "thing")):
        if kind == "pg":
            with psycopg.connect(url) as connection:
                connection.execute(create.format(name, column))
        else:
            mariadb.run(url, create.format(name, column))
    with pytest.raises(Invalid, match="no table 'message_store'; name another one with messages: 'talks'"):
        import_history(memory, url)
    with pytest.raises(Invalid, match="no column message"):
        import_history(memory, url, table="things")


@pytest.mark.parametrize("url", ["postgresql://ana:secret@127.0.0.1:1/x", "mysql://ana:secret@127.0.0.1:1/x", "redis://ana:secret@127.0.0.1:1/0"])
def test_a_server_that_is_not_there_is_told_without_the_password(memory, url):
    with pytest.raises(StoreError, match=r"the history cannot be read: .*(whether it is up|that it runs|server runs)") as caught:
        import_history(memory, url)
    assert "secret" not in str(caught.value)


def test_only_urls_of_servers_are_histories(memory):
    assert is_url("postgresql+psycopg2://host/db")
    assert not is_url("sqlite:///x.db")
    assert not is_url("history.json")
    with pytest.raises(Invalid, match="give one of these, or a file"):
        History("redis+cluster://host")


def test_a_missing_driver_is_told():
    code = """
import sys
sys.modules[sys.argv[1]] = None
from recollect import Memory, MissingExtra
from recollect.transfer import import_history
try:
    import_history(Memory("memory://"), sys.argv[2])
except MissingExtra as error:
    print(error)
"""
    for module, url, extra in (("psycopg", "postgresql://h/d", "postgresql"), ("pymysql", "mysql://h/d", "mysql"), ("redis", "redis://h", "redis")):
        done = subprocess.run([sys.executable, "-c", code, module, url], capture_output=True, text=True, check=True)
        assert f"pip install 'recollect[{extra}]'" in done.stdout
