"""What is known of the users who were lately asked about: their facts, kept decoded, and never stale."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from threading import Lock

from msgspec.structs import replace

from recollect.codec.facts import FACTS, USES, decode_fact, decode_use, encode_fact
from recollect.core.expiring import Expiries
from recollect.errors import Conflict
from recollect.facts.derived import Derived
from recollect.facts.trust import passes
from recollect.model import Document, Entry, Fact, Owner, Source, Trust, Use
from recollect.store.protocol import REMOVED, SETTINGS, Store

PAGE = 500
"""Changes that are read at a time. If there are more, everything is read anew, which costs less."""

MOST_FACTS = 100_000
"""About how many facts are kept, over all owners."""


class _Held:
    """An owner's facts as they were remembered, and what was derived of them for each level of trust.

    ``anchor`` is the position of what was read last of the ledger, and ``message`` that of the last message in it: by one of them the
    ledger is known again. ``notices`` tell where the sessions' removals stand, and ``checked`` which sources were looked for behind one,
    and found. ``news``: there are facts or notices whose sources have not been looked at.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.anchor = self.message = self.count = 0
        self.news = False
        self.facts: dict[str, Fact] = {}
        self.uses: dict[str, Use] = {}
        self.notices: dict[str, int] = {}
        self.checked: set[tuple[Source, int]] = set()
        self.expiries = Expiries()
        self.hidden: frozenset[str] = frozenset()
        self.derived: dict[Trust | None, Derived] = {}


class Knowledge:
    """Facts by owner, bounded in number. Each reading asks the store first for what came to the ledger.

    A fact rests on its sources. Once all of them are removed, the fact is: by whoever reads first, for good. While its sources are in
    sessions whose time is over, it is hidden.

    ``unswept`` are owners that have lost sessions, whose facts and vectors were not looked at since.
    """

    def __init__(self, store: Store, most: int = MOST_FACTS) -> None:
        self._store = store
        self._most = most
        self._lock = Lock()
        self._held: OrderedDict[Owner, _Held] = OrderedDict()
        self._used = 0
        self.unswept: dict[Owner, None] = {}

    def facts(self, owner: Owner, trust: Trust | None = None) -> list[Fact]:
        """Return all that is known of an owner, told by those who are trusted at least so, derived. The list is not to be changed."""
        return self._read(owner, lambda held: self._derived(owner, held, trust).facts())

    def history(self, owner: Owner, id: str) -> list[Fact]:
        """Return all that was ever known in the slot of a fact; nothing if there is no such fact."""
        return self._read(owner, lambda held: self._derived(owner, held, None).history(id))

    def remembered(self, owner: Owner) -> list[Fact]:
        """Return an owner's facts as they were remembered, each for itself."""
        return self._read(owner, lambda held: list(held.facts.values()))

    def sweep(self, owner: Owner) -> None:
        """Remove the facts whose sources are gone. An owner without facts costs one look."""
        with self._lock:
            held = owner in self._held
        if held or self._store.documents(owner, FACTS, limit=1):
            self.facts(owner)

    def forget(self, owner: Owner) -> None:
        """Let go of an owner's facts, because the owner was erased."""
        with self._lock:
            held = self._held.pop(owner, None)
            if held is not None:
                self._used -= held.count

    def _read(self, owner: Owner, reading: Callable[[_Held], list[Fact]]) -> list[Fact]:
        with self._lock:
            held = self._held.get(owner) or self._held.setdefault(owner, _Held())
            self._held.move_to_end(owner)
        with held.lock:
            self._catch_up(owner, held)
            found = reading(held)
            self._count(owner, held)
        return found

    def _count(self, owner: Owner, held: _Held) -> None:
        """Make room for an owner's facts."""
        with self._lock:
            if self._held.get(owner) is held:
                self._used += len(held.facts) + 1 - held.count
                held.count = len(held.facts) + 1
            while self._used > self._most and len(self._held) > 1:
                self._used -= self._held.popitem(last=False)[1].count

    def _derived(self, owner: Owner, held: _Held, trust: Trust | None) -> Derived:
        hidden = held.expiries.over(self._store, owner)
        if hidden != held.hidden:
            held.hidden, held.derived = hidden, {}
        if trust not in held.derived:
            held.derived[trust] = Derived()
            for fact in held.facts.values():
                _show(held, fact, trust)
        return held.derived[trust]

    def _catch_up(self, owner: Owner, held: _Held) -> None:
        self._follow(owner, held)
        while held.news:  # ends: each further round has removed facts, or is another writer's success
            documents = [document for fact in held.facts.values() if fact.sources for document in self._without_dead(owner, held, fact)]
            held.news = False
            if documents:
                expect = {(FACTS, one.key): held.facts[one.key].position for one in documents}
                with suppress(Conflict):
                    self._store.put(owner, documents, expect=expect)
                self._follow(owner, held)
                held.news = True

    def _follow(self, owner: Owner, held: _Held) -> None:
        items = self._since(owner, held.anchor) or self._since(owner, held.message)
        if not items or len(items) == PAGE:
            self._load(owner, held)
        else:
            _take(held, items[1:])

    def _since(self, owner: Owner, known: int) -> list[Entry | Document]:
        """Return what stands at a position and beyond; nothing if what stood there is gone."""
        items = self._store.changes(owner, known - 1, PAGE) if known else []
        return items if items and items[0].position == known else []

    def _load(self, owner: Owner, held: _Held) -> None:
        """Read everything anew. Where the ledger stands is read first: what comes in between is read twice, and not missed."""
        newest = self._store.sessions(owner, limit=1)
        documents = [document for collection in (FACTS, USES, REMOVED) for document in self._store.documents(owner, collection)]
        held.facts, held.uses, held.notices, held.checked, held.expiries, held.derived = {}, {}, {}, set(), Expiries(), {}
        _take(held, documents)
        held.message = newest[0].position if newest else 0
        first = [document.position for document in documents if document.collection == FACTS] or [document.position for document in documents[:1]]
        held.anchor = max([held.message, *first])

    def _without_dead(self, owner: Owner, held: _Held, fact: Fact) -> Iterable[Document]:
        """Yield what a fact is to be, if some of its sources are gone."""
        living = tuple(source for source in fact.sources if not self._dead(owner, held, fact, source))
        if not living:
            yield Document(FACTS, fact.id, None)
        elif len(living) < len(fact.sources):
            yield encode_fact(replace(fact, sources=living))

    def _dead(self, owner: Owner, held: _Held, fact: Fact, source: Source) -> bool:
        """Tell whether a source was removed.

        The notice stands behind the fact, or behind the message: the fact may have been learned while the message was being removed. In
        a copied ledger the message has another position than the fact tells, so the message itself has the last word.
        """
        notice = held.notices.get(source.session, 0)
        if not (fact.position < notice or 0 < (source.position or 0) < notice):
            return False
        if source.message is None:
            return fact.position < notice
        if (source, notice) in held.checked:
            return False
        if any(entry.id == source.message for entry in self._store.entries(owner, source.session)):
            held.checked.add((source, notice))
            return False
        return True


def _take(held: _Held, items: Sequence[Entry | Document]) -> None:
    """Take in news, in order."""
    for item in items:
        if isinstance(item, Entry):
            held.expiries.changed(item.session, settings=False)
            held.message = item.position
        elif item.collection == SETTINGS:
            held.expiries.changed(item.key, settings=True)
        elif item.collection == REMOVED:
            held.notices[item.key] = item.position
            held.news = True
        elif item.collection == FACTS:
            _take_fact(held, item)
        elif item.collection == USES:
            held.uses.pop(item.key, None)
            if item.body is not None:
                held.uses[item.key] = decode_use(item)
            _show_all(held, item.key)
        held.anchor = item.position


def _take_fact(held: _Held, document: Document) -> None:
    held.facts.pop(document.key, None)
    if document.body is not None:
        fact = held.facts[document.key] = decode_fact(document)
        for source in fact.sources:
            held.news = True
            if source.position is not None:
                held.expiries.watch(source.session)
    _show_all(held, document.key)


def _show_all(held: _Held, id: str) -> None:
    """Let what was derived know of a change."""
    for trust, derived in held.derived.items():
        derived.remove(id)
        if id in held.facts:
            _show(held, held.facts[id], trust)


def _show(held: _Held, fact: Fact, trust: Trust | None) -> None:
    if passes(fact, trust) and not _hidden(fact, held.hidden):
        use = held.uses.get(fact.id)
        held.derived[trust].put(fact if use is None else replace(fact, used=use.used, uses=use.uses))


def _hidden(fact: Fact, sessions: frozenset[str]) -> bool:
    """Tell whether all that a fact rests on is in sessions whose time is over."""
    return bool(sessions and fact.sources) and all(source.position is not None and source.session in sessions for source in fact.sources)
