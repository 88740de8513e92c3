"""The responder that asks a LangChain chat model, by its name."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from recollect.errors import Invalid, MissingExtra, ModelFailed
from recollect.memory import Session
from recollect.model import Message, new_id
from recollect.views import View

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


class Model:
    """Answers with a chat model, which sees what a view gives it of the session."""

    def __init__(self, name: str, view: View[list[Message]]) -> None:
        self.name = name
        self._view = view
        self._model = open_model(name)

    def answer(self, session: Session, show: Callable[[str], None]) -> Message:
        """See Responder.answer.

        Raises:
            ModelFailed: the model cannot be reached, refused, or gave nothing.

        """
        from langchain_core.messages import message_chunk_to_message

        from recollect.adapters.langchain import from_message, to_message

        whole: Any = None
        for chunk in self._chunks([from_message(message) for message in session.context(self._view)]):
            whole = chunk if whole is None else whole + chunk
            show(chunk.text)
        if whole is None:
            raise ModelFailed(f"{self.name} gave an empty answer; ask again")
        return to_message(message_chunk_to_message(whole), new_id())

    def _chunks(self, messages: list[Any]) -> Iterator[Any]:
        try:
            yield from self._model.stream(messages)
        except Exception as error:  # the edge to all providers, each with errors of its own: the chat tells, and goes on
            raise ModelFailed(f"{self.name} gave no answer: {type(error).__name__}: {error}") from error


def open_model(name: str) -> "BaseChatModel":
    """Return a chat model by its name, such as ``openai:gpt-4o-mini``.

    Raises:
        MissingExtra, Invalid, ModelFailed: it cannot be used.

    """
    try:
        from langchain.chat_models import init_chat_model
    except ImportError as error:
        raise MissingExtra("asking a model needs LangChain; install it with: pip install 'recollect[chat]'") from error
    try:
        return init_chat_model(name)
    except ImportError as error:
        raise MissingExtra(f"{name} needs its provider's package: {error}") from error
    except ValueError as error:
        raise Invalid(f"{name} cannot be used{_why(error)}; write provider:model, such as openai:gpt-4o-mini") from error
    except Exception as error:  # the same edge: a provider's client that refuses to be made, without a key for instance
        raise ModelFailed(f"{name} cannot be used: {type(error).__name__}: {error}") from error


def _why(error: ValueError) -> str:
    """Return the first line of what a provider says; nothing where LangChain advises on an argument that the command does not have."""
    told = str(error)
    return "" if "model_provider" in told else f": {told.partition(chr(10))[0].rstrip('. ')}"
