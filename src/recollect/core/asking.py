"""Asking a model what messages say."""

from collections.abc import Callable, Sequence
from typing import Any

from recollect.core.engine import Engine
from recollect.core.guarded import told
from recollect.errors import ModelFailed
from recollect.facts.finding import Finding
from recollect.facts.prompt import SCHEMA, prompt, read
from recollect.model import Message
from recollect.runtime import Model

ATTEMPTS = 3
"""How often a model is asked the same before it is given up."""


class Asking:
    """Asks a chat model, for structured output where it has that: about so many messages at a time."""

    name = "model"
    most = 20
    doubted = True

    def __init__(self, model: Model) -> None:
        self._model = _structured(model)

    async def find(self, engine: Engine, messages: Sequence[tuple[Message, str | None]]) -> tuple[list[tuple[int, Finding]], int]:
        """Return what a model finds in messages, each with the number of its message, and how much of its answer was dropped.

        The messages come with who speaks, where people talk with each other.

        An answer that is none counts as one, if the model gives no better one when it is asked again.

        Raises:
            ModelFailed: it could not be asked.

        """
        failure: Exception | None = None
        for _ in range(ATTEMPTS):
            try:
                given = await engine.runtime.ask(self._model, prompt(messages))
            except Exception as error:  # noqa: BLE001  # the edge to all providers, each with errors of its own
                failure = error
                continue
            failure = None
            answer = read(given, messages)
            if answer is not None:
                return answer
        if failure is not None:
            raise ModelFailed(f"the model gave no answer at {ATTEMPTS} attempts: {told(failure)}") from failure
        return [], 1


def _structured(model: Model) -> Model:
    """Return what answers in the schema: the model as it is, if it cannot."""
    make: Callable[[dict[str, Any]], Model] | None = getattr(model, "with_structured_output", None)
    if make is None:
        return model
    try:
        return make(SCHEMA)
    except Exception:  # noqa: BLE001  # the same edge: what a model that cannot do it raises is its own affair
        return model
