import json
import subprocess
import sys

import pytest
from langchain_core.language_models.fake_chat_models import FakeMessagesListChatModel, GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from pydantic import Field

from recollect import Memory


class Parrot(GenericFakeChatModel):
    """A model that gives the answers it was made with, and remembers what it was shown."""

    seen: list = Field(default_factory=list)

    def _stream(self, messages, *args, **options):
        self.seen.append(messages)
        yield from super()._stream(messages, *args, **options)


class Broken(GenericFakeChatModel):
    """A model that fails in the middle of an answer."""

    def _stream(self, messages, *args, **options):
        yield next(super()._stream(messages, *args, **options))
        raise ConnectionError("no route\x1b[2J")


class Silent(GenericFakeChatModel):
    """A model without an answer."""

    def _stream(self, messages, *args, **options):
        yield from ()


@pytest.fixture
def model(monkeypatch):
    def use(model):
        monkeypatch.setattr("langchain.chat_models.init_chat_model", lambda name: model)
        return model

    return use


def texts(url, session, user=None):
    with Memory(url) as memory:
        return [(message.role, message.text) for message in memory.session(session, user=user).messages()]


def test_lines_that_are_piped_in_are_answered_and_kept(recollect, url):
    result = recollect("chat", "--session", "s", "--user", "ana", input="My name is Ana.\n\nWhat is my name?")
    assert (result.exit_code, result.stderr) == (0, "")
    first, second = result.stdout.splitlines()
    assert first == "Nice to meet you, Ana. I will remember your name."
    assert second.startswith("You are Ana: you told me on ")
    assert texts(url, "s", "ana") == [("user", "My name is Ana."), ("assistant", first), ("user", "What is my name?"), ("assistant", second)]


def test_another_process_remembers(url):
    command = [sys.executable, "-m", "recollect", "chat", "--url", url, "--user", "ana"]
    subprocess.run(command, input=b"My name is Ana.\n", check=True, capture_output=True, timeout=60)
    done = subprocess.run(command, input=b"Hello!\n", check=True, capture_output=True, timeout=60)
    assert done.stdout == b"Hello, Ana! What do you want to know?\n"
    assert done.stderr == b""


def test_what_another_user_said_is_not_remembered(recollect):
    recollect("chat", "--user", "ana", input="My name is Ana. I like tea.\n")
    for whose in (["--user", "bob"], []):
        assert recollect("chat", *whose, input="What is my name?\nWhat do I like?\n").stdout.splitlines() == [
            "You have not told me your name yet.",
            "You have not told me what you like yet.",
        ]


def test_each_message_is_a_line_of_json_once_it_is_kept(recollect, url):
    result = recollect("chat", "--session", "s", "--system", "Be kind.", "--json", input="Hi\n/history\n//etc is a folder\n/quit\nnever read\n")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(line["role"], line["position"], line["session"], line["user"]) for line in lines] == [
        ("system", 1, "s", None),
        ("user", 2, "s", None),
        ("assistant", 3, "s", None),
        ("user", 4, "s", None),
        ("assistant", 5, "s", None),
    ]
    assert [(line["role"], line["content"]) for line in lines] == texts(url, "s")
    assert lines[3]["content"] == "/etc is a folder"


def test_a_session_without_a_name_is_a_new_one_each_time(recollect):
    for _ in range(2):
        recollect("chat", input="Hi\n")
    assert len({info["id"] for info in recollect.json("sessions")["sessions"]}) == 2


def test_a_system_text_opens_a_session_once(recollect, url):
    for _ in range(2):
        assert recollect("chat", "--session", "s", "--system", "Be kind.", input="Hi\n").exit_code == 0
    assert [role for role, _ in texts(url, "s")] == ["system", "user", "assistant", "user", "assistant"]
    result = recollect("chat", "--session", "s", "--system", "Be rude.", input="Hi\n")
    assert result.exit_code == 2
    assert len(texts(url, "s")) == 5


def test_a_model_sees_the_window_and_its_answer_is_kept_as_it_was(recollect, url, model):
    parrot = model(Parrot(messages=iter([AIMessage("One two", response_metadata={"model": "parrot"}), AIMessage("Three")])))
    result = recollect("chat", "--session", "s", "--model", "any:parrot", "--window", "1", "--system", "Be kind.", input="First\nSecond\n")
    assert (result.exit_code, result.stdout) == (0, "One two\nThree\n")
    assert [[(type(message), message.content) for message in shown] for shown in parrot.seen] == [
        [(SystemMessage, "Be kind."), (HumanMessage, "First")],
        [(SystemMessage, "Be kind."), (HumanMessage, "Second")],
    ]
    assert texts(url, "s")[2] == ("assistant", "One two")
    with Memory(url) as memory:
        assert memory.session("s").messages()[2].extra["langchain"]["type"] == "ai"


def test_what_a_model_says_moves_no_cursor(recollect, url, model):
    model(Parrot(messages=iter([AIMessage("\x1b[2Jgone")])))
    assert recollect("chat", "--session", "s", "--model", "any:parrot", input="Hi\n").stdout == "\\x1b[2Jgone\n"
    assert texts(url, "s")[1] == ("assistant", "\x1b[2Jgone")


def test_a_model_that_fails_is_told_and_what_was_said_stays(recollect, url, model):
    model(Broken(messages=iter([AIMessage("One two three")])))
    result = recollect("chat", "--session", "s", "--model", "any:broken", input="Hi\n")
    assert result.exit_code == 1
    assert "ConnectionError: no route\\x1b[2J" in result.stderr
    assert texts(url, "s") == [("user", "Hi")]


def test_a_model_that_says_nothing_is_told(recollect, url, model):
    model(Silent(messages=iter([])))
    result = recollect("chat", "--session", "s", "--model", "any:silent", input="Hi\n")
    assert (result.exit_code, result.stdout) == (1, "")
    assert texts(url, "s") == [("user", "Hi")]


def test_a_model_that_cannot_stream_answers_at_once(recollect, url, model):
    model(FakeMessagesListChatModel(responses=[AIMessage("All of it.")]))
    assert recollect("chat", "--session", "s", "--model", "any:slow", input="Hi\n").stdout == "All of it.\n"
    assert texts(url, "s")[1] == ("assistant", "All of it.")


def test_a_provider_that_refuses_to_start_is_told_in_one_line(recollect, monkeypatch):
    def refuse(name):
        raise PermissionError("no key")

    monkeypatch.setattr("langchain.chat_models.init_chat_model", refuse)
    result = recollect("chat", "--model", "any:refusing", "--json", input="Hi\n")
    assert result.exit_code == 1
    assert json.loads(result.stderr) == {
        "error": "ModelFailed",
        "message": "any:refusing cannot be used: PermissionError: no key",
        "outcome": "failed",
    }


def test_a_model_without_langchain_names_what_to_install(recollect, monkeypatch):
    monkeypatch.setitem(sys.modules, "langchain.chat_models", None)
    result = recollect("chat", "--model", "openai:gpt-4o-mini", input="Hi\n")
    assert result.exit_code == 1
    assert "pip install 'recollect[chat]'" in result.stderr


def test_a_model_without_its_provider_names_what_to_install(recollect, monkeypatch):
    monkeypatch.setitem(sys.modules, "langchain_openai", None)
    result = recollect("chat", "--model", "openai:gpt-4o-mini", input="Hi\n")
    assert result.exit_code == 1
    assert "langchain-openai" in result.stderr


def test_a_model_that_is_none_is_a_wrong_usage(recollect, tmp_path):
    result = recollect("chat", "--model", "nonsense", input="Hi\n")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "recollect: nonsense cannot be used; write provider:model, such as openai:gpt-4o-mini\n"
    assert list(tmp_path.iterdir()) == []


def test_text_that_cannot_be_kept_is_refused(url):
    command = [sys.executable, "-m", "recollect", "chat", "--url", url, "--session", "s"]
    done = subprocess.run(command, input=b"Hi\n\xff\xfe\n", check=False, capture_output=True, timeout=60)
    assert done.returncode == 2
    assert b"not UTF-8, line 2" in done.stderr
    assert [role for role, _ in texts(url, "s")] == ["user", "assistant"]


@pytest.mark.parametrize("words", [["--window", "0"], ["--session", ""], ["--user", ""]])
def test_bad_options_are_refused(recollect, words):
    assert recollect("chat", *words, input="Hi\n").exit_code == 2
