"""One number for everything that was said, to tell whether two memories hold the same."""

from hashlib import sha256

from msgspec.json import Encoder
from msgspec.structs import astuple

from recollect.cli.walk import anonymous_sessions, messages, user_sessions, users
from recollect.memory import Memory, Session

_encoder = Encoder(order="deterministic")


class Checksum:
    """SHA-256 over every field of every message but its position, which is another in a copy. The order of the calls counts."""

    def __init__(self) -> None:
        self._hash = sha256()
        self.messages = 0

    def add(self, session: Session) -> None:
        """Add a session's messages, in their order."""
        for message in messages(session):
            self._hash.update(_encoder.encode((session.user, session.id, *astuple(message)[:-1])) + b"\n")
            self.messages += 1

    @property
    def value(self) -> str:
        """The sum so far, in hexadecimal digits."""
        return self._hash.hexdigest()


def checksum(memory: Memory) -> Checksum:
    """Return the sum over all sessions: the users' by name and id, then the anonymous ones by id."""
    total = Checksum()
    for user in users(memory):
        for id in sorted(info.id for info in user_sessions(user)):
            total.add(user.session(id))
    for info in anonymous_sessions(memory):
        total.add(memory.session(info.id))
    return total
