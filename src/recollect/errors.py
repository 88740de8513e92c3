"""What can go wrong. The message of each error says what to do next; the cause is kept as ``__cause__``."""

from collections.abc import Sequence
from typing import Any, Literal

Outcome = Literal["failed", "unknown"]


class RecollectError(Exception):
    """The root of every error that Recollect raises.

    ``outcome`` is ``"failed"`` when nothing was written, and ``"unknown"`` when the database stopped answering after the
    work was handed over. A call may be repeated after either: messages carry ids, and what is already there is not
    written twice.
    """

    outcome: Outcome = "failed"


class Invalid(RecollectError, ValueError):
    """A value that cannot be kept exactly, or an argument out of its range. Nothing was written."""


class NotFound(RecollectError, LookupError):
    """What was named does not exist, has expired, or belongs to another user."""


class Conflict(RecollectError):
    """Somebody else wrote first: another message has this id, or the session is not where the caller expected it.

    ``position`` is where the session or the document stands now; read what came, and try again with it.
    """

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


class Erased(RecollectError):
    """The user was erased, and is kept from coming back: nothing of theirs is written or read, and what a late writer wrote is gone again.

    If the person returns, let them in again: ``user.readmit()``, or ``recollect readmit``.
    """


class Locked(RecollectError):
    """What is sealed cannot be opened: no keys were given, or others than those that it was sealed with. The message tells which."""


class Held(RecollectError):
    """A legal hold forbids it; nothing was removed. The message says which, and how it is lifted."""


class Doubtful(RecollectError):
    """What was asked may be a mistake that cannot be undone, and nothing was done. The message says how to confirm it."""


class MissingExtra(RecollectError, ImportError):
    """An optional package is not installed; the message names the command that installs it."""


class StoreError(RecollectError):
    """The database or the file system failed. See ``outcome`` for what became of the call.

    ``expired``: the sessions, each as its Owner and its name, that Store.expire had deleted by then, or may have.
    """

    expired: Sequence[tuple[Any, str]] = ()

    def __init__(self, message: str, outcome: Outcome = "failed") -> None:
        super().__init__(message)
        self.outcome = outcome


class Busy(StoreError, TimeoutError):
    """Other writers held the store for longer than the bounded wait. Nothing was written; try again."""


class StorageFull(StoreError):
    """No space, or a limit on size, is left where the store lives. Free some, and repeat the call."""


class Damaged(StoreError):
    """Stored bytes are not what was written. The message names the place; restore it from a backup."""


class NewerFormat(StoreError):
    """The stored data was written by a newer Recollect. Upgrade this one to read it."""


class AuditFailed(StoreError):
    """The record of an action could not be written, so that its result is withheld. ``outcome`` is ``"unknown"`` where the action itself may be done.

    Repeat the call once the database can be written again.
    """


class KeyServiceFailed(StoreError):
    """A key service did not answer, or not with an answer; or the system's keyring. Nothing was written.

    Users whose keys are in use go on. Repeat the call once the service answers.
    """


class ModelFailed(RecollectError):
    """A model could not be reached, refused, or answered nothing that can be used, at several attempts. What was done before is kept."""
