"""What a reader finds in a file, in the file's order. ``line`` is counted as in Refusal."""

from datetime import timedelta
from typing import Any

from msgspec import Struct, field

from recollect.model import Json, Message
from recollect.transfer.report import Refusal


class Conversation(Struct, frozen=True):
    """A session begins; the messages that follow are its. What is None or empty says nothing about the session.

    ``empty``: there is a session, although no messages follow.
    """

    line: int
    session: str
    user: str | None = None
    title: str | None = None
    metadata: Json = field(default_factory=dict)
    ttl: timedelta | None = None
    empty: bool = False


class Said(Struct, frozen=True):
    """A message of the conversation before it. ``where`` is its place within the line; ``size`` its bytes in the file, about."""

    line: int
    message: Message
    size: int
    where: str = ""


class Kept(Struct, frozen=True):
    """A document: of a user, or, without one, of the tenant. The value is JSON or bytes."""

    line: int
    user: str | None
    collection: str
    key: str
    value: Any


class Skipped(Struct, frozen=True):
    """Something that holds nothing to remember."""

    line: int


Item = Conversation | Said | Kept | Skipped | Refusal
