"""What all servers have in common: a process, a port of the loopback, a temporary folder, and an end."""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from time import monotonic, sleep
from typing import IO, Self

PATIENCE = 60
"""Seconds that a server may take to start or to stop, on a machine that is busy with other tests."""

SECRET = "a-secret:/@%"
"""The password of every test user, with what must be encoded in a URL. No text of an error may hold it."""


class Failed(RuntimeError):
    """A server did not start; the end of its log stands in the message."""


class Server:
    """A server that is started on a port of its own, with data in a temporary folder, and ended with the process of the tests.

    A child class says what is run, how one sees that it is ready, and by which signal it stops.
    """

    gently = signal.SIGTERM

    def __init__(self, *, user: str | None = None) -> None:
        self.port = claim_port()
        self.folder = new_folder(user)
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None
        _servers.append(self)

    def command(self) -> Sequence[str | Path]:
        """Return the program and its arguments. It stays in the foreground."""
        raise NotImplementedError

    def ready(self) -> bool:
        """Return whether the server answers. Errors of a refused connection may leave it."""
        raise NotImplementedError

    @property
    def pid(self) -> int:
        """The process, which must be running."""
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has been started, and has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Start the server, or start it again on the same port and data, and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self.command(), cwd=self.folder, user=self._user, group=self._user, extra_groups=[] if self._user else None,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        _guard(f"+{self.pid}")
        end = monotonic() + PATIENCE
        while not self._answers():
            if not self.running or monotonic() > end:
                self.kill()
                raise Failed(f"{self.command()[0]} did not start:\n{(self.folder / 'log').read_text(errors='replace')[-2000:]}")
            sleep(0.01)
        return self

    def stop(self) -> None:
        """Let it come to an end in good order."""
        self._end(self.gently)

    def kill(self) -> None:
        """End it with SIGKILL, as a crash would."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Let it stand still: connections stay open, and nothing answers."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after a pause."""
        os.kill(self.pid, signal.SIGCONT)

    def restart(self) -> None:
        """Kill and start it."""
        self.kill()
        self.start()

    def discard(self) -> None:
        """End it for good, with its folder."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        if self in _servers:
            _servers.remove(self)

    def _answers(self) -> bool:
        with suppress(ConnectionError, TimeoutError):
            return self.ready()
        return False

    def _end(self, number: int) -> None:
        if self._process is None:
            return
        if self.running:
            self._process.send_signal(number)
        self._process.wait(PATIENCE)
        _guard(f"-{self.pid}")
        self._process = None


def claim_port() -> int:
    """Return a port of the loopback that nobody listens on, and that no other process of these tests takes as long as this one lives.

    It lies below the range from which the system takes ports for clients, so that it stays free while its server is down.
    """
    rng = Random()
    while True:
        port = rng.randrange(20000, 32000)
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0recollect-port-{port}")  # an abstract name: it goes with the process
        except OSError:
            claim.close()
            continue
        if not port_busy(port):
            claim.detach()
            return port
        claim.close()


def port_busy(port: int) -> bool:
    """Return whether somebody listens on a port of the loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def new_folder(user: str | None = None) -> Path:
    """Make a temporary folder, which goes with the process of the tests. ``user``: to whom it is to belong."""
    folder = Path(mkdtemp(prefix="recollect-server-"))
    _guard(str(folder))
    if user is not None:
        shutil.chown(folder, user, user)
    return folder


def wait_until(condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Wait until a condition holds.

    Raises:
        TimeoutError: it does not hold in that time.

    """
    end = monotonic() + seconds
    while not condition():
        if monotonic() > end:
            raise TimeoutError(f"waited {seconds:g} s in vain until {what}")
        sleep(0.01)


_servers: list[Server] = []
_guards: dict[int, IO[bytes]] = {}


def _guard(line: str) -> None:
    """Tell the guard, which outlives this process for a moment. A forked child has none."""
    if not _guards:
        guard = subprocess.Popen([sys.executable, "-S", Path(__file__).with_name("guard.py")], stdin=subprocess.PIPE, start_new_session=True)
        assert guard.stdin is not None
        _guards[os.getpid()] = guard.stdin
        atexit.register(_end_all, os.getpid(), guard)
    if (pipe := _guards.get(os.getpid())) is not None:
        pipe.write(line.encode() + b"\n")
        pipe.flush()


def _end_all(owner: int, guard: subprocess.Popen[bytes]) -> None:
    if os.getpid() != owner:
        return
    while _servers:
        _servers[-1].discard()
    assert guard.stdin is not None
    guard.stdin.close()
    guard.wait(PATIENCE)
