"""Forked processes, which can be killed, and which say things through pipes."""

import fcntl
import os
import signal
import sys
import traceback
from collections.abc import Callable
from time import sleep
from typing import Any

from msgspec import json

Say = Callable[[Any], None]
"""Hands a JSON value (or struct) over to the parent process. What was said survives the death of who said it."""

PIPE_BYTES = 1 << 20


class Child:
    """A forked process that runs ``work(say)``. The parent must have no store open when it makes one."""

    def __init__(self, work: Callable[[Say], None]) -> None:
        reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self.pid = os.fork()
        if self.pid == 0:
            _live(work, writer)
        os.close(writer)
        self._reader = reader

    def kill(self) -> list[bytes]:
        """End it with SIGKILL, whatever it is doing, and return the lines that it said."""
        os.kill(self.pid, signal.SIGKILL)
        lines, status = self._end()
        if not os.WIFSIGNALED(status):
            raise AssertionError("a child ended before it was killed; its error stands above")
        return lines

    def wait(self) -> list[bytes]:
        """Wait for its end, and return the lines that it said."""
        lines, status = self._end()
        if status:
            raise AssertionError("a child failed; its error stands above")
        return lines

    def _end(self) -> tuple[list[bytes], int]:
        with os.fdopen(self._reader, "rb") as pipe:
            lines = [line for line in pipe.read().splitlines(keepends=True) if line.endswith(b"\n")]
        return lines, os.waitpid(self.pid, 0)[1]


def together(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Run ``work(number)`` in so many processes, begun at the same moment, and return the JSON values that they return."""
    gate, key = os.pipe()

    def one(number: int) -> Callable[[Say], None]:
        def wait_and_work(say: Say) -> None:
            os.close(key)
            os.read(gate, 1)  # until the parent closes the other end
            say(work(number))

        return wait_and_work

    children = [Child(one(number)) for number in range(count)]
    os.close(gate)
    sleep(0.02)
    os.close(key)
    results = [child.wait() for child in children]
    return [json.decode(lines[-1]) for lines in results]


def _live(work: Callable[[Say], None], writer: int) -> None:
    code = 1
    try:
        work(lambda value: _write(writer, json.encode(value) + b"\n"))
        code = 0
    except BaseException:  # noqa: BLE001  # nothing of the child may reach the parent's frames
        traceback.print_exc(file=sys.stderr)
        sys.stderr.flush()
    finally:
        os._exit(code)


def _write(pipe: int, line: bytes) -> None:
    while line:
        line = line[os.write(pipe, line) :]
