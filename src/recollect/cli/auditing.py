"""With which key, and in whose name, the command works on a memory that is audited."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getuser
from typing import TYPE_CHECKING

import click

from recollect.errors import Invalid
from recollect.memory import Memory
from recollect.model import Owner

if TYPE_CHECKING:
    from recollect.cli.place import Place
    from recollect.privacy.audit import Audit

KEY = "RECOLLECT_AUDIT_KEY"
"""The environment variable with the path of the key's file, or ``env:NAME``."""

ANCHOR = "RECOLLECT_AUDIT_ANCHOR"
"""The environment variable with the file of the anchors."""

key_option = click.option(
    "--audit-key", "audit_keys", multiple=True, envvar=KEY, show_envvar=True, metavar="FILE", help="The audit's key; again for each former one."
)
"""Gives a command ``audit_keys``."""


def settings(keys: tuple[str, ...] = ()) -> "Audit | None":
    """Return how the command is audited, by the keys given, or by the environment; None if no key is known."""
    sources = keys or tuple(source for source in (os.environ.get(KEY),) if source)
    if not sources:
        return None
    from recollect.privacy.audit import Audit
    from recollect.privacy.audit.key import key_of

    key_of(sources[0], make=False)  # a mistyped path is to make no key
    return Audit(sources[0], actor=f"recollect, {_account()}", anchor=os.environ.get(ANCHOR) or None, former=sources[1:])


@contextmanager
def noting(memory: Memory, action: str) -> Iterator[None]:
    """Note what is done within the block below a memory: by its store."""
    from recollect.core.auditing import noted
    from recollect.transfer.keeper import engine_of

    with noted(engine_of(memory), action, None):
        yield


@contextmanager
def noting_at(place: "Place", action: str) -> Iterator[None]:
    """Note what is done within the block to a database below its memory, if the audit's key is known: others may back up, too."""
    if settings() is None:
        yield
        return
    with place.read() as memory, noting(memory, action):
        yield


def check(memory: Memory) -> None:
    """Refuse to work unseen on a memory that is audited.

    Raises:
        Invalid: it is, and no key is known.

    """
    from recollect.privacy.audit.place import named

    if memory.trail is None and named(memory.store, Owner(memory.tenant, "tenant", "")) is not None:
        raise Invalid(f"this memory is audited: set {KEY} to the path of the audit's key, so that what the command does is noted")


def _account() -> str:
    try:
        return getuser()
    except (KeyError, OSError):  # a container's user without a name
        return str(os.getuid())
