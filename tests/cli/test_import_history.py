"""`recollect import URL`: LangChain's histories in servers."""

import json

import psycopg
import pytest
from redis import Redis

from servers import postgresql, redis

SAID = [json.dumps({"type": "human", "data": {"content": text}}) for text in ("Hello", "Anybody?")]


@pytest.fixture
def server(tmp_path):
    url = redis.database_of(tmp_path)
    with Redis.from_url(url) as client:
        client.lpush("message_store:s1", *SAID)
        client.lpush("other:s2", *SAID, "no JSON")
    return url


def test_a_history_in_redis_is_imported(recollect, server):
    result = recollect("import", server, "--user", "ana")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "Imported 2 messages of 1 session (langchain-redis).\n", "")
    assert recollect.json("import", server, "--user", "ana")["known"] == 2
    result = recollect("import", server, "--prefix", "other:")
    assert (result.exit_code, result.stderr.splitlines()[1][:30]) == (3, "  line 3: 's2', message 3: the")


def test_a_prefix_that_no_key_has_is_told(recollect, server):
    result = recollect("import", server, "--prefix", "none:")
    assert result.exit_code == 0
    assert "begins with 'none:'" in result.stderr


def test_a_url_of_another_kind_is_refused_without_its_password(recollect):
    result = recollect("import", "dynamodb://ana:a-secret@host/x")
    assert result.exit_code == 2
    assert "a-secret" not in result.output
    assert "from postgresql://" in result.stderr


def test_a_history_in_postgresql_is_imported(recollect, tmp_path):
    url = postgresql.database_of(tmp_path)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE talks (id SERIAL PRIMARY KEY, session_id TEXT, message JSONB)")
        connection.cursor().executemany("INSERT INTO talks (session_id, message) VALUES ('s1', %s)", [(text,) for text in SAID])
    result = recollect("import", url)
    assert result.exit_code == 2
    assert "name another one with messages: 'talks'" in result.stderr
    assert not (tmp_path / "memory.db").exists()
    driver = url.replace("postgresql://", "postgresql+psycopg://")
    assert recollect("import", driver, "--table", "talks").stdout == "Imported 2 messages of 1 session (langchain-sql).\n"


@pytest.mark.parametrize("words", [["--session", "s"], ["--format", "openai"]])
def test_what_is_for_files_is_a_wrong_usage(recollect, server, words):
    result = recollect("import", server, *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "are for files" in result.stderr
