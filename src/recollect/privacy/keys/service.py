"""What key services over a network have in common: when they are asked, and by whom."""

from collections.abc import Callable
from os import getpid
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

from recollect.errors import KeyServiceFailed

PAUSE = 2.0
"""Seconds for which a service that did not answer is not asked again, so that callers do not wait one after another."""

CONNECT, READ = 3, 5
"""Seconds for a connection, and for an answer."""

ATTEMPTS = 3
"""So often a request is sent at the most."""

CONNECTIONS = 16

Client = TypeVar("Client")
Answer = TypeVar("Answer")


class NoAnswer(Exception):
    """A service did not answer. The message tells why."""


class Service(Generic[Client]):
    """A key service: asked by a client of this process's own, and after no answer left alone for a moment.

    Args:
        name: what it is called in errors.
        connect: makes a client. A forked process makes its own.
        clock: seconds.

    """

    def __init__(self, name: str, connect: Callable[[], Client], *, clock: Callable[[], float] = monotonic) -> None:
        self._name = name
        self._connect = connect
        self._clock = clock
        self._lock = Lock()
        self._client: tuple[int, Client] | None = None
        self._silent: tuple[float, str] | None = None

    @property
    def client(self) -> Client:
        """The client of this process."""
        held = self._client
        if held is not None and held[0] == getpid():
            return held[1]
        with self._lock:
            if self._client is None or self._client[0] != getpid():
                self._client = (getpid(), self._connect())
            return self._client[1]

    def ask(self, call: Callable[[Client], Answer]) -> Answer:
        """Return what a call answers.

        Raises:
            KeyServiceFailed: there was no answer, now or a moment ago.

        """
        silent = self._silent
        if silent is not None and self._clock() - silent[0] < PAUSE:
            raise self.failed(f"{silent[1]} a moment ago")
        try:
            answer = call(self.client)
        except NoAnswer as error:
            reason = str(error)
        else:
            self._silent = None
            return answer
        self._silent = (self._clock(), reason)
        raise self.failed(reason)  # without the cause, whose variables may have what was to be wrapped, and tokens

    def failed(self, reason: str) -> KeyServiceFailed:
        """Return the error for an answer that is none."""
        return KeyServiceFailed(f"{self._name}: {reason}; users whose keys are in use go on; repeat the call once the service answers")
