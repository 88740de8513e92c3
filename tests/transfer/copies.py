"""What the tests of copies share: stores, what is in them, and stores that die."""

from msgspec.structs import replace

from recollect.errors import StoreError
from recollect.model import Document, Entry, Owner
from recollect.store.protocol import NOTICES, SETTINGS
from recollect.transfer import listing
from recollect.transfer.copying.marks import is_note

ALICE, BOB, NOBODY, TENANT = Owner("", "user", "alice"), Owner("", "user", "bob"), Owner("", "session", "visit"), Owner("", "tenant", "")


class Clock:
    """A clock that goes only when told to."""

    def __init__(self):
        self.now = 1_000_000

    def __call__(self):
        return self.now


def entry(id, text="", *, role="user", tokens=None):
    body = f' {{"content":"{text or id}"}}'.encode()
    return Entry(0, id, role, 1_700_000_000_000_000, tokens, (text or id).encode().ljust(16, b".")[:16], body)


def say(store, owner, session, *ids):
    store.append(owner, session, [entry(id) for id in ids])


def title(store, owner, session, text, ttl=None):
    state = store.session(owner, session)
    store.update_session(owner, session, f' {{"title":"{text}"}}'.encode(), ttl=ttl, expect=0 if state is None else state.revision)


def put(store, owner, key, text, collection="notes"):
    store.put(owner, [Document(collection, key, None if text is None else f' "{text}"'.encode())])


def redact(store, owner, session, text, chosen=lambda _: True):
    """Give messages of a session another text. Returns the position of the notice."""
    found = store.entries(owner, session)
    new = entry("x", text, tokens=len(text))
    wanted = [replace(each, tokens=new.tokens, digest=new.digest, body=new.body) for each in found if chosen(each)]
    return store.rewrite(owner, session, wanted, edition=found[0].edition) if wanted else 0


def ids(store, owner, session):
    return [each.id for each in store.entries(owner, session)]


def held(store, tenant="", *, users=None):
    """Return all that a store holds for its owners, but positions and the notes of copies."""
    found = {}
    for owner in listing.owners(store, tenant, None):
        if users is not None and owner.name not in users:
            continue
        sessions = {
            name: (
                [(e.id, e.role, e.created, e.tokens, e.digest, e.body) for e in store.entries(owner, name)],
                (state := store.session(owner, name)).settings,
                state.ttl,
            )
            for name, _ in listing.sessions(store, owner)
        }
        documents = [
            (d.collection, d.key, d.body) for d in listing.documents(store, owner) if d.collection not in (SETTINGS, *NOTICES) and not is_note(d)
        ]
        kept = {name: what for name, what in sessions.items() if what[0] or what[1] is not None}
        if kept or documents:
            found[owner] = kept, sorted(documents)
    return found


class Died(StoreError):
    """The process was killed, as far as a store can tell."""


WRITING = ("append", "rewrite", "put", "update_session", "clear_session", "delete_session", "erase")


class Mortal:
    """A store whose process dies at its so-many-th writing call: before it, or right behind it."""

    def __init__(self, store, calls, *, behind):
        self._store = store
        self._left = calls
        self._behind = behind

    def __getattr__(self, name):
        plain = getattr(self._store, name)
        if name not in WRITING:
            return plain

        def call(*args, **named):
            self._left -= 1
            if self._left < 0:
                raise Died("dead", "unknown")
            if self._left == 0 and not self._behind:
                raise Died("dead", "unknown")
            value = plain(*args, **named)
            if self._left == 0:
                raise Died("dead", "unknown")
            return value

        return call
