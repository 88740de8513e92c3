"""A server that answers what a test says."""

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import NamedTuple, Self


class Answer(NamedTuple):
    """A status, and what stands behind it. Status 0: the connection breaks; -1: nothing comes."""

    status: int
    body: bytes | Callable[[bytes], bytes] = b""
    kind: str = "application/json"
    location: str = ""


class Scripted:
    """Answers each request with the next answer, and with the last one from then on. Keeps the requests' headers."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.seen: list[dict[str, str]] = []
        self._over = Event()
        scripted = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                scripted._answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        self.seen.append(dict(request.headers.items()))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer.status < 0:
            self._over.wait(30)
        if answer.status <= 0:
            return
        data = answer.body(body) if callable(answer.body) else answer.body
        request.send_response(answer.status)
        request.send_header("Content-Type", answer.kind)
        request.send_header("Content-Length", str(len(data)))
        if answer.location:
            request.send_header("Location", answer.location)
        request.end_headers()
        request.wfile.write(data)
