"""A connection that does not wait for ever for a server that is stuck, while the machine or the proxy in front of it still answers."""

import math
from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen

RV = TypeVar("RV")


class Patient(psycopg.Connection[Any]):
    """A connection that is closed once an answer was waited for, and nothing has come, for ``patience`` seconds."""

    patience = math.inf

    def wait(self, gen: PQGen[RV], *args: Any, **kwargs: Any) -> RV:
        """Wait for the end of the driver's generator, as long as something comes."""
        return super().wait(self._listening(gen), *args, **kwargs)

    def _listening(self, gen: PQGen[RV]) -> PQGen[RV]:
        silent: float | None = None
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted  # 0 ten times a second while nothing comes
                if ready:
                    silent = None
                elif silent is None:
                    silent = monotonic()
                elif monotonic() - silent > self.patience:
                    self.pgconn.finish()  # whatever comes now, it would be the answer to something else
                    raise psycopg.OperationalError(f"nothing came from the server for {self.patience:g} seconds")
                wanted = gen.send(ready)
        except StopIteration as end:
            value: RV = end.value
            return value
