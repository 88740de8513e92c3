"""What a process of its own does for the tests of copies: it copies, and tells how far it is."""

import json
import sys
import tracemalloc

from recollect.transfer import copy


def bytes_of(name):
    """Return a figure of /proc/self/status, in bytes."""
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(name))


def main(source, target, *options):
    if "traced" in options:
        tracemalloc.start()
    before = bytes_of("VmRSS")
    report = copy(source, target, progress=lambda done, total: print(done, total, flush=True), verify="unverified" not in options)
    peak = tracemalloc.get_traced_memory()[1] if "traced" in options else bytes_of("VmHWM") - before
    print(json.dumps([report.complete, report.messages, peak]), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
