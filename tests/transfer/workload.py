"""What a process of its own does for the tests: ``python -m`` is not needed, the path is given."""

import sys

from recollect import Memory
from recollect.transfer import import_file


def bytes_of(name):
    """Return a figure of /proc/self/status, in bytes."""
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(name))


def main(url, path):
    with Memory(url) as memory:
        before = bytes_of("VmRSS")
        report = import_file(memory, path, progress=lambda done, total: print(done, flush=True))
        print("report", report.messages, report.known, len(report.refused), bytes_of("VmHWM") - before, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
