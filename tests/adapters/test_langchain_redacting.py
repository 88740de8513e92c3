"""What LangChain's classes store, and what is given to whom, in a memory with redaction."""

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from recollect import Memory
from recollect.adapters.langchain import ChatHistory, remembering
from recollect.privacy.redaction import Redaction

from .turns import AT, contents, stored

ANNA = "anna@example.org"


@pytest.fixture
def memory(tmp_path):
    with Memory(f"sqlite:///{tmp_path}/m.db", embedder=None, redact=Redaction(kinds={"EMAIL"})) as memory:
        yield memory


async def test_the_turn_is_given_as_it_is_and_stored_and_remembered_redacted(memory):
    seen = []

    def answer(messages):
        seen.append(contents(messages))
        return AIMessage(f"I write to {ANNA}")

    runnable = remembering(answer, memory)
    assert runnable.invoke(f"I am {ANNA}", AT).content == f"I write to {ANNA}"
    await runnable.ainvoke("Did you?", AT)
    assert seen == [[f"I am {ANNA}"], ["I am <EMAIL_1>", "I write to <EMAIL_1>", "Did you?"]]
    assert stored(memory) == ["I am <EMAIL_1>", "I write to <EMAIL_1>", "Did you?", "I write to <EMAIL_1>"]


async def test_a_chat_history_stores_redacted(memory):
    history = ChatHistory(memory, "s", "alice")
    message = HumanMessage(f"I am {ANNA}", id="m1", additional_kwargs={"from": ANNA})
    history.add_messages([message])
    await history.aadd_messages([AIMessage(f"Hello {ANNA}")])
    assert [(one.content, one.additional_kwargs) for one in history.messages] == [("I am <EMAIL_1>", {"from": "<EMAIL_1>"}), ("Hello <EMAIL_1>", {})]
