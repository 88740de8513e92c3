"""S3: moto, which knows conditional writes, and rclone, which checks signatures and keeps real files; and something between that fails."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from threading import Lock, Thread
from typing import Any, Self

import boto3
import pytest

from .process import Server
from .wanted import lack, program

KEY, SECRET = "AKIDOFTESTS", "a-secret/of+tests"


class S3(Server):
    """One server."""

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"http://127.0.0.1:{self.port}"

    def ready(self) -> bool:
        """Return whether it answers."""
        with suppress(HTTPException), closing(HTTPConnection("127.0.0.1", self.port, timeout=5)) as connection:
            connection.request("GET", "/")
            return connection.getresponse().status > 0
        return False


class Moto(S3):
    """Keeps objects in its memory, and honours If-None-Match."""

    def command(self) -> Sequence[str | Path]:
        """Return the program."""
        if find_spec("moto") is None:
            lack("moto (pip install 'moto[server]')")
        return [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]


class Rclone(S3):
    """Keeps objects as files, checks signatures, and knows no If-None-Match."""

    def command(self) -> Sequence[str | Path]:
        """Return the program."""
        place = str(Path(sys.executable).parent)
        return [
            program("rclone", "rclone", place), "serve", "s3", "--addr", f"127.0.0.1:{self.port}", "--auth-key", f"{KEY},{SECRET}",
            "--config", "/dev/null", "--vfs-cache-mode", "off", self.data,
        ]  # fmt: skip

    @property
    def data(self) -> Path:
        """Where the files are: a folder for each bucket."""
        path = self.folder / "data"
        path.mkdir(exist_ok=True)
        return path


KINDS = {"moto": Moto, "rclone": Rclone}


@cache
def server(kind: str) -> S3:
    """Start the server that tests share, at its first use."""
    return KINDS[kind]().start()


@contextmanager
def bucket(kind: str, at: str | None = None) -> Iterator[str]:
    """Lend an empty bucket: the environment names its server and keys. ``at``: another endpoint, in front of the server. Yields the bucket's URL."""
    name = f"bucket-{os.urandom(6).hex()}"
    with pytest.MonkeyPatch.context() as environment:
        for variable, value in {
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": server(kind).url,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }.items():
            environment.setenv(variable, value)
        with client() as s3:
            s3.create_bucket(Bucket=name)
        if at is not None:
            environment.setenv("AWS_ENDPOINT_URL", at)
        yield f"s3://{name}"


@contextmanager
def client() -> Iterator[Any]:
    """Connect to the server that the environment names."""
    s3 = boto3.session.Session().client("s3")
    try:
        yield s3
    finally:
        s3.close()


class Failing:
    """An endpoint that passes requests on to a server, but for some, which it answers by itself, or not at all.

    ``answers``: what becomes of the requests to come, in order: an HTTP status; 0: the connection breaks before the server is asked; -1: behind;
    -2: amid the answer.
    None: it is passed on.
    """

    def __init__(self, server: S3) -> None:
        self.answers: list[int | None] = []
        self.seen = 0
        self._server = server
        self._lock = Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Self:
        """Begin to listen."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def next(self) -> int | None:
        """Return what becomes of the next request."""
        with self._lock:
            self.seen += 1
            return self.answers.pop(0) if self.answers else None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        failing = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"  # which tells a client at once to send its object

            def do(self) -> None:
                failing.pass_on(self)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def pass_on(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        fate = self.next()
        request.close_connection = True
        if fate == 0:
            return
        if fate is not None and fate > 0:
            request.send_response(fate)
            text = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
            request.send_header("Content-Length", str(len(text)))
            request.end_headers()
            request.wfile.write(text)
            return
        with closing(HTTPConnection("127.0.0.1", self._server.port, timeout=30)) as connection:
            connection.request(request.command, request.path, body, dict(request.headers.items()))
            answer = connection.getresponse()
            data = answer.read()
        if fate == -1:
            return
        if fate == -2:
            data, cut = data[: len(data) // 2], len(data)
        else:
            cut = len(data)
        request.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                request.send_header(name, value)
        request.send_header("Content-Length", str(cut))
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(data)
