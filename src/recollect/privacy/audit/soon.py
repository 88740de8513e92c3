"""Something that is done soon, by a thread of its own, however often it is asked for meanwhile."""

from collections.abc import Callable
from threading import Event, Thread


class Soon:
    """A thread, made when it is first asked, that makes a call so many seconds later. It holds up no end of the interpreter."""

    def __init__(self, call: Callable[[], None], delay: float) -> None:
        self._call = call
        self._delay = delay
        self._asked = Event()
        self._over = Event()
        self._thread: Thread | None = None

    def ask(self) -> None:
        """Have the call made, if that is not asked for already."""
        if self._thread is None:
            self._thread = Thread(target=self._run, name="recollect audit", daemon=True)
            self._thread.start()
        if not self._asked.is_set():
            self._asked.set()

    def close(self) -> None:
        """End the thread. What was asked for last may not be done."""
        self._over.set()
        self._asked.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while True:
            self._asked.wait()
            if self._over.wait(self._delay):
                return
            self._asked.clear()  # at first: whoever asks from now on is served by the next call
            self._call()
