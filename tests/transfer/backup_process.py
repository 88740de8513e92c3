"""What a process of its own does for the tests of backups that are killed: one command, whose steps it tells."""

import sys

from recollect.transfer import backup, restore
from recollect.transfer.backup import shipping


def main(what, source, target):
    shipping.SEGMENT = 20_000
    if what == "backup":
        backup(source, target, full=True, progress=lambda done, total: print(done, total, flush=True))
    else:
        restore(source, target, progress=lambda done, total: print(done, total, flush=True))
    print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
