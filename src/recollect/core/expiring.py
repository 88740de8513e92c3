"""Whether the sessions that facts rest on are still there."""

from recollect.codec.messages import to_micros
from recollect.model import Owner, utc_now
from recollect.store.protocol import Store

FEW = 8
"""So many sessions are asked for one by one; for more of them, the owner's list is read."""

PAGE = 1000

SOON = 86_400_000_000
"""Microseconds by which the store's clock may differ from this one: what ends sooner is asked of the store."""

GONE = 0
"""In the place of the time at which a session ends: it has, or there is none."""


class Expiries:
    """When the sessions of an owner end, as far as these are watched: microseconds since 1970, or None for those that do not."""

    def __init__(self) -> None:
        self._ends: dict[str, int | None] = {}
        self._stale: set[str] = set()

    def watch(self, session: str) -> None:
        """Watch this one too."""
        if session not in self._ends:
            self._stale.add(session)

    def changed(self, session: str, *, settings: bool) -> None:
        """Take notice of a session's new settings, or of a message, which moves its end."""
        if session in self._ends and (settings or self._ends[session] is not None):
            self._stale.add(session)

    def over(self, store: Store, owner: Owner) -> frozenset[str]:
        """Return the watched sessions that are over or gone."""
        soon = to_micros(utc_now(), "now") + SOON
        asked = self._stale | {session for session, end in self._ends.items() if end is not None and GONE < end < soon}
        self._stale = set()
        if len(asked) > FEW:
            self._ends |= dict.fromkeys(asked, GONE)
            self._list(store, owner, asked)
        else:
            for session in asked:
                state = store.session(owner, session)
                self._ends[session] = GONE if state is None else state.expires
        return frozenset(session for session, end in self._ends.items() if end == GONE and end is not None)

    def _list(self, store: Store, owner: Owner, asked: set[str]) -> None:
        missing, after = set(asked), None
        while missing:
            states = store.sessions(owner, after=after, limit=PAGE)
            self._ends |= {state.name: state.expires for state in states if state.name in missing}
            missing -= {state.name for state in states}
            if len(states) < PAGE:
                return
            after = states[-1].activity
