"""What the rules understand of what a person has said: plain patterns, over English sentences."""

import re
from datetime import datetime

from msgspec import Struct

from recollect.memory import Memory, Session

SESSIONS = 50
"""How many of a user's latest sessions are read."""

MESSAGES = 500
"""How many of the latest messages are read of each."""

_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_NAME = re.compile(r"\b(?i:my name is|my name['\u2019]s|call me)\s+([^\W\d_][\w'\u2019-]*(?:\s+[A-ZÀ-Þ][\w'\u2019-]*)?)")
_TASTE = re.compile(r"\bI(?:\s+(?:really|also|still))?\s+(like|love|enjoy|prefer|hate|dislike|don['\u2019]t like)\s+(.+)", re.IGNORECASE)
_OWN = re.compile(r"\bmy\s+((?:[\w'\u2019-]+\s+){0,3}[\w'\u2019-]+)\s+(?:is|are|was|were)\s+(.+)", re.IGNORECASE)
_ABOUT = re.compile(r"\bI\s+((?:live|work|study|have|own|need|speak|was born|come from|moved to)\s.+)", re.IGNORECASE)
_KEEP = re.compile(r"^(?:please\s+)?(?:remember|note)(?:\s+that)?[\s:,]+(.+)", re.IGNORECASE)


class Said(Struct, frozen=True):
    """A person's message, and where it stands. Positions rise over all sessions of a user."""

    text: str
    session: str
    created: datetime
    position: int

    @property
    def when(self) -> str:
        """When and where it was said, in words."""
        return f"{self.created:%Y-%m-%d}, in {self.session}"


class Note(Struct, frozen=True):
    """Something understood. ``subject`` is what a later note replaces: "name", "favourite colour"; the verb, for tastes."""

    kind: str
    subject: str
    value: str
    said: Said


def understand(said: Said) -> list[Note]:
    """Return what the patterns find in a message; questions tell nothing."""
    statements = (sentence.strip() for sentence in _SENTENCE.findall(said.text) if not sentence.rstrip().endswith("?"))
    return [note for sentence in statements if (note := _note(sentence.rstrip(".! "), said)) is not None]


def _note(sentence: str, said: Said) -> Note | None:
    if found := _NAME.search(sentence):
        return Note("name", "name", found[1], said)
    if found := _TASTE.search(sentence):
        return Note("taste", found[1].lower().replace("\u2019", "'"), found[2], said)
    if found := _OWN.search(sentence):
        return Note("own", found[1].lower(), found[2], said)
    if found := _ABOUT.search(sentence):
        return Note("about", found[1], found[1], said)
    if found := _KEEP.search(sentence):
        return Note("fact", found[1], found[1], said)
    return None


class Notes:
    """What a person has said: in this session, and, where the user is known, in the latest others. An anonymous one stands alone.

    A view like any other: of each session it remembers the position up to which it has read, and catches up from there.
    """

    def __init__(self, memory: Memory, user: str | None) -> None:
        self.said: list[Said] = []
        self.found: list[Note] = []
        self._positions: dict[str, int] = {}
        if user is not None:
            handle = memory.user(user)
            for info in handle.sessions(limit=SESSIONS):
                self.catch_up(handle.session(info.id))
            self.said.sort(key=lambda said: said.position)
            self.found.sort(key=lambda note: note.said.position)

    @property
    def sessions(self) -> int:
        """How many sessions were read."""
        return len(self._positions)

    @property
    def name(self) -> str | None:
        """What the person wants to be called."""
        return next((note.value for note in reversed(self.found) if note.kind == "name"), None)

    def catch_up(self, session: Session) -> None:
        """Read what was said in a session since the last time."""
        if session.user is None and session.id not in self._positions:
            self.said, self.found, self._positions = [], [], {}
        after = self._positions.get(session.id, 0)
        for message in session.messages(after=after, last=MESSAGES):
            position = message.position or after
            self._positions[session.id] = position
            if message.role == "user":
                said = Said(message.text, session.id, message.created, position)
                self.said.append(said)
                self.found.extend(understand(said))

    def latest(self, kind: str) -> list[Note]:
        """Return the notes of a kind, the latest for each subject (of tastes and facts: for each value)."""
        notes = {(note.subject, note.value.lower() if kind == "taste" else ""): note for note in self.found if note.kind == kind}
        return list(notes.values())
