"""Ends servers whose tests have died, and removes their folders: a script that reads lines and waits for the end of its input.

A line is ``+PID``, ``-PID`` or ``PATH``. The input ends when the process of the tests has ended, however that came about.
"""

import contextlib
import os
import shutil
import signal
import sys


def main() -> None:
    """Run by process.py."""
    pids: set[int] = set()
    folders: list[str] = []
    for line in sys.stdin:
        text = line.removesuffix("\n")
        if text.startswith("+"):
            pids.add(int(text))
        elif text.startswith("-"):
            pids.discard(-int(text))
        else:
            folders.append(text)
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
