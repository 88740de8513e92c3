"""Which rules a command redacts by."""

import os
from typing import TYPE_CHECKING

from recollect.errors import Invalid

if TYPE_CHECKING:
    from recollect.privacy.redaction import Redaction

ALL = "all"
"""All kinds."""

REDACT = "RECOLLECT_REDACT"
"""The environment variable that has all commands redact what they write and ask: the kinds, or ``all``."""


def redaction_of(kinds: str) -> "Redaction":
    """Return the rules for kinds that are listed with commas.

    Raises:
        Invalid: there is no such kind.

    """
    from recollect.privacy.redaction import Redaction

    return Redaction() if kinds.strip().lower() == ALL else Redaction(kinds=[kind.strip().upper() for kind in kinds.split(",")])


def redaction_asked() -> "Redaction | None":
    """Return the rules that the environment asks for; None if it asks for none."""
    kinds = os.environ.get(REDACT, "")
    try:
        return redaction_of(kinds) if kinds else None
    except Invalid as error:
        raise Invalid(f"{REDACT}: {error}") from error
