"""Taking messages into an index, and out of it."""

import re
from collections import Counter
from collections.abc import Collection, Iterable

import apsw

from recollect.recall.english import EMPTY
from recollect.recall.occurrences import Occurrences
from recollect.recall.passage import FACT, Passage
from recollect.recall.rows import first, listed, only
from recollect.recall.tables import (
    ANSWERS,
    APART,
    ASKED,
    ASKS,
    FACTS,
    GAP,
    OPENS,
    OTHERS,
    PERSONAL,
    PLACE_BITS,
    QUESTIONED,
    ROLES,
    SHORT,
    TURNS,
    level,
)
from recollect.recall.traits import rows_at
from recollect.recall.words import asks, stated, terms

_PERSONAL = re.compile(r"\b(?:I|I'm|I've|my|My|we|We|our|Our)\b")
PROMPT = ROLES[0]
_QUESTION = re.compile("[??؟]")


MANY = 256
"""Messages taken in at once after which the word table is put in order."""
PAGES, MERGES = 500, 40
"""Pages that one step of that writes, and the most steps: about a second of work."""
IDLE = 1
"""Changes that a step makes where nothing was left to merge."""


class Writer:
    """Who writes to an index, and what is remembered of it between calls."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        self.occurrences = Occurrences(db)
        self.through: int
        self.count: int
        self.words: int
        self._removed: int
        self.through, self.count, self.words, self._removed = only(db, "SELECT through, count, words, removed FROM state")
        self._speakers: dict[str, int]
        self.names: dict[str, frozenset[int]]
        self.facts: dict[str, int] = dict(db.execute("SELECT key, row FROM fact"))
        self.fact_blocks: set[int] = {row // TURNS for row in self.facts.values()}
        self.prompts: set[int]
        self.sessions: dict[int, str]
        self._latest: int | None = None
        self._read_sessions()
        self._read_speakers()
        self._read_prompts()

    @property
    def usual(self) -> float:
        """How short messages are here: 1 up to SHORT content words on average, less where answers are long."""
        return min(1.0, SHORT * (self.count - len(self.facts)) / max(1, self.words))

    @property
    def speakers(self) -> int:
        """How many people are known by name."""
        return len(self._speakers)

    @property
    def latest(self) -> int:
        """The time of the latest message or fact, in microseconds since 1970; there is one."""
        if self._latest is None:
            self._latest = only(self._db, "SELECT max(created) FROM passage")[0]
        return self._latest

    def add(self, passages: Iterable[Passage], through: int | None) -> None:
        """Take messages and facts in; see ``Index.add``."""
        batch = list(passages)
        self._latest = None
        before = self.count, self.words, dict(self._speakers), dict(self.names), dict(self.facts)
        try:
            with self._db:
                for passage in batch:
                    self._add(passage)
        except BaseException:
            self.count, self.words, self._speakers, self.names, self.facts = before
            self._read_prompts()
            self._read_sessions()
            self.occurrences.forget()
            raise
        if len(batch) >= MANY:
            self._merge()
        self.through = max(self.through, *(passage.position for passage in batch), 0) if through is None else through

    def _add(self, passage: Passage) -> None:
        row = self._row(passage)
        words = terms(passage.text)
        said = len(words) if not _QUESTION.search(passage.text) else len(terms(stated(passage.text)))
        form = self._form(row, passage.text) if passage.key is None else PERSONAL | (OTHERS if passage.others else 0)
        self._db.execute(
            "INSERT INTO passage VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                row,
                passage.position,
                passage.created,
                said,
                len(words),
                form,
                self._role(passage.role),
                self._speaker(passage.speaker),
            ),
        )
        if passage.role == PROMPT:
            self.prompts.add(row)
        self.occurrences.added(words)
        place = row << PLACE_BITS | (ASKED if form & ASKS else 0)
        for number, text in _documents(words):
            self._db.execute("INSERT INTO word (rowid, terms) VALUES (?, ?)", (place | number, text))
        self.count += 1
        self.words += len(words) if passage.key is None else 0

    def _row(self, passage: Passage) -> int:
        """Return the number that a passage is to have: that of the one whose place it takes, which is forgotten, or the next."""
        known = first(self._db, "SELECT row FROM passage WHERE position = ?", passage.position)
        if known:
            self._forget(known[0])
        if passage.key is None:
            return int(known[0]) if known else self._next(passage.session, 1)
        if passage.key in self.facts:
            row = self.facts[passage.key]
            self._forget(row)
        else:
            row = self._next(FACTS, APART)
        self._db.execute("INSERT INTO fact (key, row) VALUES (?, ?)", (passage.key, row))
        self.facts[passage.key] = row
        self.fact_blocks.add(row // TURNS)
        return row

    def _next(self, session: str, step: int) -> int:
        """Return the number of a session's next row, the one after which will be a step further."""
        last = first(self._db, "SELECT id, turns FROM block WHERE session = ? ORDER BY id DESC LIMIT 1", session)
        if last is None or last[1] >= TURNS - GAP:
            block, turn = only(self._db, "INSERT INTO block (session, turns) VALUES (?, ?) RETURNING id", session, step)[0], 0
            self.sessions[block] = session
        else:
            block, turn = last
            self._db.execute("UPDATE block SET turns = turns + ? WHERE id = ?", (step, block))
        return int(block * TURNS + turn)

    def _form(self, row: int, text: str) -> int:
        form = (ASKS if asks(text) else 0) | (QUESTIONED if _QUESTION.search(text) else 0) | (PERSONAL if _PERSONAL.search(text) else 0)
        if row % TURNS == 0:
            return form | OPENS
        before = first(self._db, "SELECT form FROM passage WHERE row = ?", row - 1)
        return form | (ANSWERS if before and before[0] & QUESTIONED else 0)

    @staticmethod
    def _role(role: str) -> int:
        return ROLES.index(role) if role in ROLES else len(ROLES)

    def _speaker(self, name: str | None) -> int | None:
        if name is None:
            return None
        if name not in self._speakers:
            speaker = only(self._db, "INSERT INTO speaker (name) VALUES (?) RETURNING id", name)[0]
            self._speakers[name] = speaker
            self._name(name, speaker)
        return self._speakers[name]

    def _read_speakers(self) -> None:
        self._speakers = dict(self._db.execute("SELECT name, id FROM speaker"))
        self.names = {}
        for name, speaker in self._speakers.items():
            self._name(name, speaker)

    def _read_prompts(self) -> None:
        self.prompts = set(listed(self._db, "SELECT row FROM passage WHERE role = 0"))

    def _read_sessions(self) -> None:
        self.sessions = dict(self._db.execute("SELECT id, session FROM block"))

    def _name(self, name: str, speaker: int) -> None:
        for term in terms(name, EMPTY, tails=False):
            self.names[term] = self.names.get(term, frozenset()) | {speaker}

    def remove(self, positions: Collection[int]) -> None:
        """Forget messages by position."""
        with self._db:
            for row in rows_at(self._db, positions):
                self._forget(row)

    def remove_facts(self, keys: Iterable[str]) -> None:
        """Forget facts by key."""
        with self._db:
            for key in keys:
                if key in self.facts:
                    self._forget(self.facts[key])

    def remove_session(self, session: str) -> None:
        """Forget a session's messages."""
        with self._db:
            for block in listed(self._db, "SELECT id FROM block WHERE session = ?", session):
                for row in listed(self._db, "SELECT row FROM passage WHERE row BETWEEN ? AND ?", block * TURNS, (block + 1) * TURNS - 1):
                    self._forget(row)
            self._db.execute("DELETE FROM block WHERE session = ?", (session,))
        self._read_sessions()

    def _forget(self, row: int) -> None:
        self.occurrences.forget()
        self._latest = None
        self._db.execute("DELETE FROM word WHERE rowid BETWEEN ? AND ?", (row << PLACE_BITS, (row + 1 << PLACE_BITS) - 1))
        length, role = only(self._db, "DELETE FROM passage WHERE row = ? RETURNING length, role", row)
        if role == ROLES.index(FACT):
            self.facts.pop(only(self._db, "DELETE FROM fact WHERE row = ? RETURNING key", row)[0], None)
        else:
            self.words -= length
        self.prompts.discard(row)
        self.count -= 1
        self._removed = 1

    def _merge(self) -> None:
        """Bring the word table's segments together, as far as that goes quickly: a word is then looked up in one place."""
        pages = -PAGES
        for _ in range(MERGES):
            before = self._db.total_changes()
            self._db.execute("INSERT INTO word (word, rank) VALUES ('merge', ?)", (pages,))
            if self._db.total_changes() - before <= IDLE:
                break
            pages = PAGES

    def settle(self) -> None:
        """Write down what is remembered, and take the words of removed messages, and who said nothing else, out for good."""
        with self._db:
            if self._removed:
                self._db.execute("INSERT INTO word (word) VALUES ('optimize')")
                self._db.execute("DELETE FROM speaker WHERE id NOT IN (SELECT speaker FROM passage WHERE speaker IS NOT NULL)")
                self._read_speakers()
                self._removed = 0
            else:
                self._merge()
            self._db.execute("UPDATE state SET through = ?, count = ?, words = ?, removed = 0", (self.through, self.count, self.words))


def _documents(words: list[str]) -> Iterable[tuple[int, str]]:
    """Yield the words of each level that a message has words of, once each."""
    length = len(words)
    levels: dict[int, list[str]] = {}
    for word, times in Counter(words).items():
        levels.setdefault(level(times, length), []).append(word)
    return ((number, " ".join(levels[number])) for number in sorted(levels))
