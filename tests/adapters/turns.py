"""What the tests of turns share."""

from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableLambda

from recollect.adapters.langchain import ChatHistory

AT = {"configurable": {"session_id": "s", "user_id": "alice"}}


def contents(messages):
    return [message.content for message in messages]


def stored(memory, session="s", user="alice"):
    return contents(ChatHistory(memory, session, user).messages)


def echo(seen=None):
    """Return a model that answers with the number of messages that it is given, and notes them."""

    def answer(messages):
        if seen is not None:
            seen.append(contents(messages))
        return AIMessage(f"{len(messages)} seen")

    return RunnableLambda(answer)
