"""File stores and their logs, as the tests make and read them."""

import json
import os
import sys
from pathlib import Path
from zlib import crc32

from recollect.model import Document, Entry, Owner
from recollect.store.files import FileStore, disk

ALICE = Owner("", "user", "alice")
BOB = Owner("", "user", "bob")
SECOND = 1_000_000


class ManualClock:
    def __init__(self, now=1_700_000_000 * SECOND):
        self.now = now

    def __call__(self):
        return self.now


def entry(id, body=None, **columns):
    fields = {"role": "user", "created": 7, "tokens": None, "digest": id.encode().ljust(16, b".")[:16], "body": body or f" body of {id}".encode()}
    return Entry(position=0, id=id, **{**fields, **columns})


def entries(*ids):
    return [entry(id) for id in ids]


def ids(found):
    return [item.id for item in found]


def log_of(root, owner=ALICE):
    """Return the path of an owner's log, found by what its header says."""
    (path,) = (path for path in Path(root).glob("*/log.jsonl") if objects(path)[0]["name"] == owner.name)
    return path


def objects(path):
    """Read a log with nothing of ours, checking each line's checksum."""
    found = []
    for line in path.read_bytes().splitlines(keepends=True):
        checksum, value = json.loads(line)
        assert int(checksum, 16) == crc32(line[12:-2])
        found.append(value)
    return found


def everything(store, owner=ALICE):
    """Return all that can be read of an owner."""
    sessions = store.sessions(owner, limit=1000)
    return [
        sessions,
        [store.entries(owner, session.name) for session in sessions],
        [store.documents(owner, collection) for collection in ("c", "recollect.settings", "recollect.removed")],
        store.changes(owner, 0, 10_000),
    ]


def rich(root, clock):
    """Open a store in which something of each kind has happened."""
    store = FileStore(root, clock=clock)
    store.update_session(ALICE, "empty", b" {}", ttl=900 * SECOND, expect=0)
    store.append(ALICE, "kept", [entry("a", tokens=3, created=5), entry("b", b"\xff\x00", role="tool", created=9)])
    store.append(ALICE, "cleared", entries("c", "d"))
    store.append(ALICE, "deleted", [entry("e", b"secret of e")])
    store.update_session(ALICE, "kept", b"\xfe", ttl=500 * SECOND, expect=0)
    store.put(ALICE, [Document("c", "k", b"old value"), Document("c", "l", b""), Document("c", "m", b"\x80")])
    store.put(ALICE, [Document("c", "k", b"new value"), Document("c", "m", None)])
    clock.now += SECOND
    store.clear_session(ALICE, "cleared")
    store.append(ALICE, "kept", entries("f"))
    return store


def in_child(work):
    """Run ``work()`` in a forked process, and return its exit code: 0 when it came to its end."""
    sys.stdout.flush()
    child = os.fork()
    if not child:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


CHANGING = ("make_folder", "open_file", "write", "truncate", "sync", "sync_folder", "rename", "remove", "remove_folder")
"""The calls of the disk that change it."""


def end_at_call(monkeypatch, number):
    """Let this process end, without any tidying up, just before the disk's so many-th changing call from now."""
    calls = 0

    def ending(call):
        def run(*arguments, **named):
            nonlocal calls
            if calls == number:
                os._exit(99)
            calls += 1
            return call(*arguments, **named)

        return run

    for name in CHANGING:
        monkeypatch.setattr(disk, name, ending(getattr(disk, name)))
