"""How the use cases in ``core`` run for either face."""

from collections.abc import Callable, Coroutine
from os import getpid
from threading import Lock
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

P = ParamSpec("P")
T = TypeVar("T")

Progress = Callable[[int, int], object]
"""Called now and then with how much is done, of how much."""


class Model(Protocol):
    """What answers: a LangChain chat model, or any runnable."""

    def invoke(self, input: Any, /) -> Any:
        """Return the answer to an input."""
        ...

    async def ainvoke(self, input: Any, /) -> Any:
        """Return the answer to an input."""
        ...


class Runtime(Protocol):
    """What a use case may wait for."""

    async def io(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the result of a call that blocks."""
        ...

    async def ask(self, model: "Model", prompt: Any) -> Any:
        """Return a model's answer."""
        ...

    def close(self) -> None:
        """Let go of threads."""
        ...


class Blocking:
    """Calls directly, and never suspends: for the synchronous face."""

    async def io(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return ``call(*args, **kwargs)``."""
        return call(*args, **kwargs)

    async def ask(self, model: "Model", prompt: Any) -> Any:
        """Return ``model.invoke(prompt)``."""
        return model.invoke(prompt)

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""


class Threaded:
    """Calls in an executor of its own, made at the first call: for the asynchronous face.

    A cancelled wait does not undo the call: what it writes may still be committed. Ids make its repetition safe.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._lock = Lock()
        self._executor: ThreadPoolExecutor | None = None
        self._process = 0

    async def io(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return ``call(*args, **kwargs)``, run in a thread, with the context variables of the caller."""
        from asyncio import get_running_loop
        from contextvars import copy_context
        from functools import partial

        return await get_running_loop().run_in_executor(self._threads(), partial(copy_context().run, call, *args, **kwargs))

    async def ask(self, model: "Model", prompt: Any) -> Any:
        """Return ``await model.ainvoke(prompt)``."""
        return await model.ainvoke(prompt)

    def close(self) -> None:
        """Wait for the calls under way, and end the threads."""
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown()

    def _threads(self) -> "ThreadPoolExecutor":
        with self._lock:
            if self._executor is None or self._process != getpid():  # a fork takes the executor along, and not its threads
                from concurrent.futures import ThreadPoolExecutor

                self._executor, self._process = ThreadPoolExecutor(self._workers, "recollect"), getpid()
            return self._executor


def complete(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never suspends, and return its value."""
    try:
        work.send(None)
    except StopIteration as stop:
        value: T = stop.value
        return value
    finally:
        work.close()
    raise RuntimeError("a blocking call suspended")
