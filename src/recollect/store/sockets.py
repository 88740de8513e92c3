"""Whether anything has come on the socket of an idle connection: it was closed, or is out of step, for nothing was asked."""

import select
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

if hasattr(select, "poll"):

    def watch(socket: Any) -> Callable[[], Sequence[Any]]:
        """Return what tells, without waiting, what there is to be read; nothing if it is empty. ``socket`` or its number."""
        poll = select.poll()
        poll.register(socket, select.POLLIN)
        return partial(poll.poll, 0)

else:  # Windows

    def watch(socket: Any) -> Callable[[], Sequence[Any]]:
        """Return what tells, without waiting, whether there is anything to be read."""
        return lambda: select.select([socket], [], [], 0)[0]


def is_readable(socket: Any) -> bool:
    """Tell whether there is anything to be read, be it the end."""
    return bool(watch(socket)())
