"""The command in a terminal that is not there."""

import os
import pty
import select
import signal
import sys
import time

SECONDS = 30


class Terminal:
    """The command as a process whose input, output and errors are a terminal of 100 columns."""

    def __init__(self, *words, **environment):
        self.output = b""
        self._read = 0
        self.process, self._terminal = pty.fork()
        if self.process == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background job ignores it, and hands that down
            plain = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
            environment = {**plain, "TERM": "xterm-256color", "COLUMNS": "100", **environment}
            os.execve(sys.executable, [sys.executable, "-m", "recollect", *words], environment)

    def expect(self, text):
        """Wait until a text comes, behind what was waited for before."""
        deadline = time.monotonic() + SECONDS
        while text.encode() not in self.output[self._read :]:
            assert time.monotonic() < deadline, self.output
            assert self._more(), self.output
        self._read = self.output.index(text.encode(), self._read) + len(text.encode())

    def send(self, text):
        os.write(self._terminal, text.encode())

    def interrupt(self):
        """Press Ctrl-C, once the command has had the time to wait for a key."""
        time.sleep(0.3)
        self.send("\x03")

    def end(self):
        """Wait for the end, and return the exit code."""
        deadline = time.monotonic() + SECONDS
        while self._more():
            if time.monotonic() > deadline:
                os.kill(self.process, signal.SIGKILL)
        os.close(self._terminal)
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])

    def _more(self):
        if not select.select([self._terminal], [], [], 1)[0]:
            return True
        try:
            piece = os.read(self._terminal, 65536)
        except OSError:  # how Linux tells that the other side is gone
            return False
        self.output += piece
        return bool(piece)
