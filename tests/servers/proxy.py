"""A proxy of the loopback between a store and its server, which fails in the ways that networks fail in, at the moment that a test says.

It knows no protocol. A *request* is what the client sends at once (a statement, a pipeline, a script; a long one comes as several), an *answer* is
what the server sends before the next request.
"""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum, auto
from random import Random
from select import select
from threading import Condition, Event, Lock, Thread
from time import monotonic, sleep
from typing import Self
from urllib.parse import urlsplit, urlunsplit

CHUNK = 1 << 18
"""Bytes that are taken at once: more than any request that the tests send in one piece."""

QUIET = 0.004
"""Seconds without another byte, after which an answer is taken to be whole."""

SILENCE = 1.0
"""Seconds after which a server is taken to have nothing to answer."""


class Fault(Enum):
    """What befalls the connection of one request."""

    LOST = auto()
    """Closed; the request never reaches the server."""
    TORN = auto()
    """Closed, when a part of the request has reached the server."""
    UNANSWERED = auto()
    """Closed, when the server has carried the request out and answered, and nothing of its answer has reached the client."""
    ABANDONED = auto()
    """Closed as soon as the request has been sent on, while the server is at work."""
    CURTAILED = auto()
    """Closed, when a part of the answer has reached the client."""
    HALF_CLOSED = auto()
    """The client's reading half is closed instead of an answer; its writing half stays open until it gives up."""
    SILENT = auto()
    """Nothing reaches the client for a while, as if the server's machine had gone; then it is closed."""
    LATE = auto()
    """Nothing is lost: the answer comes late."""


LOSSES = tuple(fault for fault in Fault if fault is not Fault.LATE)


class Proxy:
    """Listens on a port of its own, and sends on what comes to another port of 127.0.0.1.

    ``rng`` decides where requests are torn, and whether a connection ends with FIN or RST. ``pause``: the seconds that SILENT and LATE take.
    """

    def __init__(self, to: int, *, seed: int = 1, pause: float = 0.2) -> None:
        self.rng = Random(seed)
        self.pause = pause
        self.struck = 0
        self.delay = 0.0
        """Seconds by which each answer is late."""
        self.refusing = False
        """Whether new connections are closed at once."""
        self._to = to
        self._faults: list[tuple[int, bytes, Fault]] = []
        self._changed = Condition()
        self._open_links: set[_Link] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = int(self._listener.getsockname()[1])
        self._thread = Thread(target=self._accept, daemon=True)
        self._thread.start()

    def on(self, url: str) -> str:
        """Return a server's URL with the proxy in the server's place."""
        parts = urlsplit(url)
        user, at, _ = parts.netloc.rpartition("@")
        return urlunsplit(parts._replace(netloc=f"{user}{at}127.0.0.1:{self.port}"))

    def plan(self, fault: Fault, *, after: int = 0, having: bytes = b"") -> None:
        """Let a fault strike the next request, or that after so many more, on whichever connection it comes; of those that have some bytes."""
        with self._changed:
            self._faults.append((after, having, fault))

    @property
    def waiting(self) -> bool:
        """Whether a planned fault has not struck yet."""
        return bool(self._faults)

    def cut(self) -> None:
        """Close all connections, now."""
        for link in self._links():
            link.cut()

    @contextmanager
    def blackout(self) -> Iterator[None]:
        """Let no answer through for the length of the block, and close what is open then. Requests still reach the server."""
        before, self.delay = self.delay, float("inf")
        try:
            yield
        finally:
            self.delay = before
            self.cut()

    def close(self) -> None:
        """Close everything."""
        self.refusing = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        for link in self._links():
            link.cut()
            link.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def forgive(self) -> None:
        """Let no planned fault strike any more."""
        with self._changed:
            self._faults.clear()

    def strike(self, request: bytes) -> Fault | None:
        """Return what befalls the request that has just come."""
        with self._changed:
            if not self._faults:
                return None
            after, having, fault = self._faults[0]
            if having not in request:
                return None
            if after > 0:
                self._faults[0] = (after - 1, having, fault)
                return None
            del self._faults[0]
            self.struck += 1
            return fault

    def forget(self, link: "_Link") -> None:
        """Take note of a connection's end."""
        with self._changed:
            self._open_links.discard(link)

    def _links(self) -> list["_Link"]:
        with self._changed:
            return list(self._open_links)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                if self.refusing:
                    raise ConnectionRefusedError
                server = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                client.close()
                continue
            link = _Link(self, client, server)
            with self._changed:
                self._open_links.add(link)
            link.start()


class _Link:
    """One connection: a thread for each direction."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._server = server
        self._answered = Event()
        self._over = Event()
        self._left: int | None = None  # bytes of answers that still reach the client; None: all
        self._late = 0.0
        self._lock = Lock()
        self._ends = 0
        self._threads = [Thread(target=run, daemon=True) for run in (self._requests, self._answers)]
        for one in (client, server):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def start(self) -> None:
        """Begin to send on."""
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait until it is closed."""
        for thread in self._threads:
            thread.join()

    def cut(self, *, abruptly: bool = False) -> None:
        """Close both sides, with FIN or RST."""
        with self._lock:
            if self._over.is_set():
                return
            self._over.set()
            for one in (self._client, self._server):
                with suppress(OSError):
                    if abruptly:
                        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing sends RST
                    one.shutdown(socket.SHUT_RD if abruptly else socket.SHUT_RDWR)

    def _requests(self) -> None:
        with suppress(OSError):
            while data := self._client.recv(CHUNK):
                if self._over.is_set():  # what a cut has left to be read must not be sent on: no network loses the middle of a stream alone
                    break
                fault = self._proxy.strike(data)
                if fault is None:
                    self._server.sendall(data)
                else:
                    self._befall(fault, data)
        self._end()

    def _befall(self, fault: Fault, data: bytes) -> None:
        rng = self._proxy.rng
        self._answered.clear()
        if fault is Fault.LATE:
            self._late = self._proxy.pause
            self._server.sendall(data)
            return
        if fault in {Fault.UNANSWERED, Fault.HALF_CLOSED, Fault.SILENT, Fault.ABANDONED, Fault.TORN}:
            self._left = 0
        elif fault is Fault.CURTAILED:
            self._left = rng.choice((1, 4, 5, 6, 10, rng.randrange(1, 200)))
        if fault is Fault.TORN:
            data = data[: rng.randrange(len(data))]
        if fault is not Fault.LOST:
            self._server.sendall(data)
        if self._left is not None and fault not in {Fault.ABANDONED, Fault.TORN}:
            self._await_answer()
        if fault is Fault.SILENT:
            self._over.wait(self._proxy.pause)
        if fault is Fault.HALF_CLOSED:
            with suppress(OSError):
                self._client.shutdown(socket.SHUT_WR)
            self._client.settimeout(self._proxy.pause)
            while self._client.recv(CHUNK):
                pass
        self.cut(abruptly=rng.random() < 0.5)

    def _await_answer(self) -> None:
        """Wait until the server has answered, and nothing more of its answer comes. What the client still has to say is sent on."""
        end = monotonic() + SILENCE
        while not self._answered.wait(QUIET) and monotonic() < end:
            if select([self._client], [], [], 0)[0]:
                if not (data := self._client.recv(CHUNK)):
                    return
                self._server.sendall(data)
        while self._answered.is_set():
            self._answered.clear()
            sleep(QUIET)

    def _answers(self) -> None:
        with suppress(OSError):
            while data := self._server.recv(CHUNK):
                self._wait()
                if self._left is not None:
                    data, self._left = data[: self._left], max(0, self._left - len(data))
                self._client.sendall(data)
                self._answered.set()
        self._answered.set()
        self._end()

    def _wait(self) -> None:
        late, self._late = self._late, 0.0
        self._over.wait(late)
        while self._proxy.delay == float("inf") and not self._over.wait(0.01):
            pass
        if self._proxy.delay:
            self._over.wait(self._proxy.delay)

    def _end(self) -> None:
        self.cut()
        with self._lock:
            self._ends += 1
            last = self._ends == len(self._threads)
        if last:
            self._client.close()
            self._server.close()
            self._proxy.forget(self)
