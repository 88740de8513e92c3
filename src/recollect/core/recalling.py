"""Recall: the messages of a user's past that matter to a question."""

from collections.abc import Collection
from datetime import datetime

from recollect.codec import decode_message
from recollect.codec.messages import to_micros
from recollect.codec.plain import check_name
from recollect.core.engine import Engine
from recollect.errors import Invalid
from recollect.model import ROLES, Owner, Recollection

MOST = 1000
"""The most that one recall returns."""


async def recall(
    engine: Engine,
    owner: Owner,
    query: str,
    *,
    k: int,
    sessions: Collection[str] | None,
    roles: Collection[str] | None,
    since: datetime | None,
    until: datetime | None,
    now: datetime | None,
) -> list[Recollection]:
    """Return the messages of an owner that answer a query best, the best first."""
    from recollect.recall.passage import Filters

    if not isinstance(query, str):
        raise Invalid(f"the query is a {type(query).__name__}; give text")
    if type(k) is not int or not 1 <= k <= MOST:
        raise Invalid(f"k is {k!r}; give a whole number from 1 to {MOST}")
    filters = Filters(
        None if sessions is None else frozenset(check_name(name, "a session") for name in _listed(sessions, "sessions")),
        None if roles is None else frozenset(_role(role) for role in _listed(roles, "roles")),
        None if since is None else to_micros(since, "since"),
        None if until is None else to_micros(until, "until"),
    )
    moment = None if now is None else to_micros(now, "now")
    found = await engine.runtime.io(engine.indexes.search, owner, query, k, filters, moment)
    return [Recollection(decode_message(entry), entry.session, hit.score, hit.why) for hit, entry in found]


def _listed(values: Collection[str], name: str) -> Collection[str]:
    if isinstance(values, str):
        raise Invalid(f"{name} is a text; give a list of them")
    return values


def _role(role: str) -> str:
    if role not in ROLES:
        raise Invalid(f"a role is {role!r}; give some of {', '.join(sorted(ROLES))}")
    return role
