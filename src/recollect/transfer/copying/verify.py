"""Reading back what was copied, and comparing it with the source."""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import chain

from msgspec import Struct, field
from msgspec.msgpack import Encoder

from recollect.model import Document, Entry, Owner
from recollect.store.protocol import REMOVED, SETTINGS, Store
from recollect.transfer.copying.documents import carried, standing
from recollect.transfer.copying.marks import Claim, Mark, Notes
from recollect.transfer.copying.pages import pages
from recollect.transfer.copying.tally import Tally

_encoder = Encoder()


class Differences(Struct):
    """The sessions and documents in which a target differs."""

    sessions: list[str] = field(default_factory=list)
    documents: list[tuple[str, str]] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return bool(self.sessions or self.documents)


class Sum:
    """Count and checksum of entries: of all that they hold but the position."""

    def __init__(self) -> None:
        self._count = 0
        self._hash = blake2b(digest_size=16)

    def add(self, entries: Iterable[Entry]) -> None:
        """Add entries, in their order."""
        for e in entries:
            self._hash.update(_encoder.encode((e.id, e.role, e.created, e.tokens, e.digest, e.body)))
            self._count += 1

    @property
    def value(self) -> tuple[int, bytes]:
        """What is equal for equal entries."""
        return self._count, self._hash.digest()


class Comparison:
    """Compares one owner's ledger in the source, up to where it was copied, with what the target has of it."""

    def __init__(self, source: Store, target: Store, owner: Owner, notes: Notes, tally: Tally) -> None:
        self._source = source
        self._target = target
        self._owner = owner
        self._notes = notes
        self._tally = tally

    def all(self, mark: Mark) -> Differences:
        """Compare everything but what was left alone."""
        found = Differences()
        sums: dict[str, Sum] = {}
        claims = self._notes.every_claim(self._owner)
        for page in self._changes(mark.position):
            for item in page:
                if isinstance(item, Entry):
                    sums.setdefault(item.session, Sum()).add((item,))
                elif item.collection in (SETTINGS, REMOVED):
                    sums.setdefault(item.key, Sum())
            found.documents += self._documents(carried(page), mark)
            self._tally.advance(sum(isinstance(item, Entry) for item in page))
        for name in chain(sums, claims.keys() - sums.keys()):
            if not self._equal(name, sums.get(name, Sum()), claims.get(name)):
                found.sessions.append(name)
        return found

    def some(self, suspects: Differences, mark: Mark) -> Differences:
        """Compare again what differed."""
        found = Differences()
        claims = self._notes.claims(self._owner, suspects.sessions)
        for name in suspects.sessions:
            total = Sum()
            for page in pages(lambda after, limit: self._source.entries(self._owner, name, after=after, before=mark.position + 1, limit=limit), 0):  # noqa: B023  # used up within the round
                total.add(page)
            if not self._equal(name, total, claims.get(name)):
                found.sessions.append(name)
        present = standing(self._source, self._owner, [Document(*name, None) for name in suspects.documents])
        found.documents = self._documents([present.get(name, Document(*name, None)) for name in suspects.documents], mark)
        return found

    def _changes(self, until: int) -> Iterator[list[Entry | Document]]:
        for page in pages(lambda after, limit: self._source.changes(self._owner, after, limit), 0):
            yield [item for item in page if item.position <= until]
            if page[-1].position >= until:
                return

    def _documents(self, documents: list[Document], mark: Mark) -> list[tuple[str, str]]:
        here = standing(self._target, self._owner, documents)
        names = {(d.collection, d.key): d.body for d in documents if d.position <= mark.position}
        return [name for name, body in names.items() if name not in mark.aside and body != (here[name].body if name in here else None)]

    def _equal(self, name: str, total: Sum, claim: Claim | None) -> bool:
        """Tell whether the target's session has this sum, and the settings of the source's, or was left alone."""
        there, here = self._source.session(self._owner, name), self._target.session(self._owner, name)
        if claim is not None and claim.aside:
            return True
        if there is None:
            return here is None or claim is None
        if here is None:
            return there.count == 0 and there.settings is None
        read = Sum()
        for page in pages(lambda after, limit: self._target.entries(self._owner, name, after=after, limit=limit), 0):
            read.add(page)
        return read.value == total.value and (there.settings, there.ttl) == (here.settings, here.ttl)
