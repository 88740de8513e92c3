"""What can be chosen of a store."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from recollect.errors import Invalid

LONGEST = 86_400.0
"""Seconds that a wait can be at the most."""


def flag(text: str) -> bool:
    """Return what ``true`` and ``false`` mean; anything else is a ValueError."""
    if text not in {"true", "false"}:
        raise ValueError(text)
    return text == "true"


READ: dict[str, Callable[[str], Any]] = {
    "prefix": str,
    "durability": str,
    "wait": float,
    "connections": int,
    "replicas": int,
    "readable": flag,
}
"""What reads each option's value from a URL."""

KINDS = {int: "a whole number", float: "a number", flag: "true or false"}
"""What people are told that a value has to be."""


class Options(Struct, frozen=True):
    """See RedisStore.

    Raises:
        Invalid: a value is out of its range.

    """

    prefix: str
    durability: str | None
    replicas: int
    connections: int
    wait: float
    readable: bool = False

    def __post_init__(self) -> None:
        """Check the values."""
        if not isinstance(self.prefix, str) or not self.prefix or "{" in self.prefix or "}" in self.prefix:
            raise Invalid(f"prefix is {self.prefix!r}; give some text without braces, which Redis Cluster reads")
        if self.durability not in {None, "fsync"}:
            raise Invalid(f"durability is {self.durability!r}; give 'fsync', or None to take what the server's configuration gives")
        if self.replicas < 0 or self.connections < 1 or not 0 < self.wait <= LONGEST:
            raise Invalid(f"replicas is below 0, connections is below 1, or wait is not above 0 and up to {LONGEST:,.0f} seconds; give others")
