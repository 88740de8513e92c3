"""Views that recall, in LangChain's hands."""

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.runnables.history import RunnableWithMessageHistory

from recollect import Combined, Recall, Window
from recollect.adapters.langchain import USER_AND_SESSION, ChatHistory, by_user_and_session, remembering

from .turns import AT, echo, stored

VIEW = Combined([Recall(tokens=400), Window(turns=3)], tokens=2000)


@pytest.fixture
def past(memory):
    """A fact and a message from another session."""
    user = AT["configurable"]["user_id"]
    memory.user(user).session("move").append(user="My sister Ana lives in Lisbon.", assistant="How nice!")
    memory.user(user).remember("is afraid of dogs", kind="profile")
    return memory


async def test_the_new_question_is_what_is_recalled_by(past):
    seen = []
    runnable = remembering(echo(seen), past, VIEW)
    runnable.invoke("Where does my sister live?", AT)
    assert "My sister Ana lives in Lisbon." in seen[-1][0]
    await runnable.ainvoke("Am I afraid of dogs?", AT)
    assert "is afraid of dogs" in seen[-1][0]
    list(runnable.stream("Where does my sister live?", AT))
    assert "Lisbon" in seen[-1][0]
    assert seen[-1][-1] == "Where does my sister live?"


def test_what_was_recalled_is_shown_and_never_stored(past):
    runnable = remembering(echo(), past, VIEW)
    for question in ("Where does my sister live?", "In Lisbon, then?"):
        runnable.invoke(question, AT)
    assert not any("<recalled" in text for text in stored(past))
    assert len(stored(past)) == 4


def test_a_history_recalls_by_what_was_said_last(past):
    history = ChatHistory(past, "now", AT["configurable"]["user_id"], VIEW)
    history.add_messages([SystemMessage("You help."), HumanMessage("Where does my sister live?"), AIMessage("One moment.")])
    messages = history.messages
    assert [message.type for message in messages] == ["system", "human", "human", "ai"]
    assert "Lisbon" in messages[1].text


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainDeprecationWarning")
def test_runnable_with_message_history_takes_a_view_that_recalls(past):
    seen = []
    runnable = RunnableWithMessageHistory(echo(seen), by_user_and_session(past, VIEW), history_factory_config=list(USER_AND_SESSION))
    runnable.invoke([HumanMessage("Where does my sister live?")], AT)
    runnable.invoke([HumanMessage("And where is that?")], AT)
    assert "Lisbon" in seen[-1][0]
    assert [text for text in stored(past) if "<recalled" in text] == []
    assert len(stored(past)) == 4


def test_an_anonymous_session_recalls_itself_alone(past):
    seen = []
    runnable = remembering(echo(seen), past, VIEW)
    anonymous = {"configurable": {"session_id": "x"}}
    runnable.invoke("Where does my sister live?", anonymous)
    assert seen[-1] == ["Where does my sister live?"]
