"""The proxy does what it says: what reaches the server, and what reaches the client."""

import socket
from collections.abc import Iterator
from threading import Thread

import pytest

from .process import wait_until
from .proxy import Fault, Proxy


class Echo:
    """A server that answers each request with its length, and keeps what it heard."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(1000):
                    self.heard.append(data)
                    connection.sendall(b"heard %d!" % len(data))
            except ConnectionError:
                pass

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    server = Echo()
    yield server
    server.close()


@pytest.fixture
def proxy(echo: Echo) -> Iterator[Proxy]:
    with Proxy(echo.port) as proxy:
        yield proxy


def ask(proxy: Proxy, *requests: bytes) -> list[bytes]:
    """Send one request after the other, and return the answers; an end of the connection is ``b""``."""
    answers = []
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as client:
        for request in requests:
            try:
                client.sendall(request)
                answers.append(client.recv(1000))
            except ConnectionError:
                answers.append(b"")
            if not answers[-1]:
                break
    return answers


def test_without_a_fault_all_comes_through(proxy, echo):
    assert ask(proxy, b"abc", b"de") == [b"heard 3!", b"heard 2!"]


def test_a_fault_strikes_the_request_that_it_was_planned_for(proxy, echo):
    proxy.plan(Fault.LOST, after=1)
    assert ask(proxy, b"abc", b"de") == [b"heard 3!", b""]
    assert (echo.heard, proxy.struck, proxy.waiting) == ([b"abc"], 1, False)
    assert ask(proxy, b"f") == [b"heard 1!"]


@pytest.mark.parametrize("fault", [Fault.UNANSWERED, Fault.HALF_CLOSED, Fault.SILENT])
def test_an_unanswered_request_has_reached_the_server(proxy, echo, fault):
    proxy.plan(fault)
    assert ask(proxy, b"abc") == [b""]
    assert echo.heard == [b"abc"]


def test_an_abandoned_request_reaches_the_server(proxy, echo):
    proxy.plan(Fault.ABANDONED)
    assert ask(proxy, b"abc") == [b""]


def test_of_a_torn_request_and_a_curtailed_answer_a_part_arrives(proxy, echo):
    proxy.plan(Fault.TORN)
    assert ask(proxy, b"abc" * 100) == [b""]
    assert all(heard != b"abc" * 100 for heard in echo.heard)
    proxy.plan(Fault.CURTAILED)
    (answer,) = ask(proxy, b"abc")
    assert b"heard 3!".startswith(answer)


def test_a_late_answer_is_whole(proxy):
    proxy.plan(Fault.LATE)
    assert ask(proxy, b"abc", b"de") == [b"heard 3!", b"heard 2!"]


def test_connections_are_cut_or_refused_by_command(proxy):
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as client:
        client.sendall(b"abc")
        assert client.recv(100) == b"heard 3!"
        proxy.cut()
        assert client.recv(100) == b""
    proxy.refusing = True
    assert ask(proxy, b"abc") == [b""]


def test_nothing_is_answered_during_a_blackout(proxy, echo):
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as client:
        with proxy.blackout():
            client.sendall(b"abc")
            wait_until(lambda: echo.heard == [b"abc"], "the request has arrived")
            client.settimeout(0.1)
            with pytest.raises(TimeoutError):
                client.recv(100)
        client.settimeout(5)
        assert client.recv(100) == b""
    assert ask(proxy, b"de") == [b"heard 2!"]


def test_a_url_leads_through_the_proxy():
    with Proxy(1) as proxy:
        assert proxy.on("postgresql://me:a%40b@127.0.0.1:5432/x?y=z") == f"postgresql://me:a%40b@127.0.0.1:{proxy.port}/x?y=z"
        assert ask(proxy, b"") == [b""]
