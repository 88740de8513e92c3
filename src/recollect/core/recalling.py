"""Recall: the messages of a user's past, and the facts that are known, that matter to a question."""

import sys
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from recollect.codec import decode_message
from recollect.codec.messages import to_micros
from recollect.codec.plain import check_name
from recollect.core.auditing import audited
from recollect.core.engine import Engine
from recollect.errors import Invalid
from recollect.model import ROLES, Owner, Recollection, utc_now
from recollect.views.lookup import Search
from recollect.views.tokens import OVERHEAD, estimate_tokens, message_tokens

if TYPE_CHECKING:
    from recollect.core.indexes import Found, Query
    from recollect.recall.passage import Filters

USUAL = 10
"""How many a recall returns unless told otherwise."""
MOST = 1000
"""The most that one recall returns."""
OFTEN = 16
"""How many times as many are looked through at the most where the same is said again and again."""
NEIGHBOURS = 100
"""The most messages that are told on either side of one."""
SMALL = 20
"""Tokens of a small message: how many may fit is guessed by it."""


@audited("recall")
async def recall(engine: Engine, owner: Owner, search: Search) -> list[Recollection]:
    """Return the messages and facts of an owner that answer a search best, the best first."""
    query = _query(search)
    if engine.redacting is not None:
        query = replace(query, text=await engine.runtime.io(engine.redacting.query, owner, query.text))
    most = search.k or (USUAL if search.tokens is None else MOST)
    last = MOST if search.tokens is not None else min(OFTEN * most, MOST)
    while True:
        found = await _found(engine, owner, query)
        fitting, full = _fitting(found, search, most)
        if full or len(found) < query.k or query.k >= last:
            if engine.draft is not None:
                engine.draft.recalled(fitting)
            return fitting
        query = replace(query, k=min(4 * query.k, last))


async def _found(engine: Engine, owner: Owner, query: "Query") -> list[Recollection]:
    return [_recollection(one) for one in await engine.runtime.io(engine.indexes.search, owner, query)]


def _recollection(found: "Found") -> Recollection:
    hit = found.hit
    if found.entry is None:
        return Recollection(None, None, hit.score, hit.why, found.fact)
    before, after = (tuple(decode_message(entry) for entry in side) for side in (found.before, found.after))
    return Recollection(decode_message(found.entry), hit.session, hit.score, hit.why, None, before, after)


def _fitting(found: Sequence[Recollection], search: Search, most: int) -> tuple[list[Recollection], bool]:
    """Return those that fit into the tokens, the best first, each text once, and whether there is no room for more of what is yet to be found."""
    left = sys.maxsize if search.tokens is None else search.tokens
    fit = search.fit or (_any if search.tokens is None else _whole)
    fitting: list[Recollection] = []
    told: set[str] = set()
    missed = False
    for one in found:
        if one.text in told:
            continue
        shown = fit(one, left)
        if shown is None:
            missed = True
        else:
            fitting.append(shown[0])
            told.add(one.text)
            left -= shown[1]
        if len(fitting) == most or left <= OVERHEAD:
            return fitting, True
    return fitting, missed


def _any(one: Recollection, left: int) -> tuple[Recollection, int]:  # noqa: ARG001  # as what fits
    return one, 0


def _whole(one: Recollection, left: int) -> tuple[Recollection, int] | None:
    """Fit a recollection in with its neighbours, or not at all."""
    messages = [*one.before, *([] if one.message is None else [one.message]), *one.after]
    cost = sum(map(message_tokens, messages)) if one.fact is None else OVERHEAD + estimate_tokens(one.text)
    return (one, cost) if cost <= left else None


def _query(search: Search) -> "Query":
    """Return what is to be searched for, checked."""
    from recollect.core.indexes import Query
    from recollect.core.stating import check_kind, check_moment, check_trust
    from recollect.facts.wanted import Wanted

    if not isinstance(search.query, str):
        raise Invalid(f"the query is of type {type(search.query).__name__}; give text")
    _check_number("k", search.k, 1, MOST)
    _check_number("tokens", search.tokens, 1, None)
    _check_number("neighbours", search.neighbours, 0, NEIGHBOURS)
    k = search.k
    if k is None:
        k = USUAL if search.tokens is None else min(max(USUAL, search.tokens // SMALL), MOST)
    as_of = None if search.as_of is None else _micros(search.as_of, "as_of")
    return Query(
        search.query,
        k,
        _filters(search, as_of),
        Wanted(
            utc_now() if search.as_of is None else check_moment(search.as_of, "as_of"),
            kinds=None if search.kinds is None else frozenset(map(check_kind, _listed(search.kinds, "kinds"))),
            trust=None if search.trust is None else check_trust(search.trust),
            archived=search.as_of is not None,
        ),
        as_of if search.now is None else _micros(search.now, "now"),
        search.neighbours,
        search.without,
    )


def _filters(search: Search, as_of: int | None) -> "Filters":
    from recollect.core.stating import check_moment
    from recollect.recall.passage import FACT, Filters

    if search.since is not None and search.until is not None and check_moment(search.since, "since") > check_moment(search.until, "until"):
        raise Invalid(f"since is {search.since!r}, which is later than until; give an earlier time, or swap them")
    open_to_all = search.roles is None and search.kinds is None
    roles: frozenset[str] | None = None
    if not open_to_all:
        roles = frozenset(_role(role) for role in _listed(search.roles or (), "roles")) | (frozenset() if search.kinds is None else {FACT})
    return Filters(
        None if search.sessions is None else frozenset(check_name(name, "a session") for name in _listed(search.sessions, "sessions")),
        roles,
        None if search.since is None else _micros(search.since, "since"),
        None if search.until is None else _micros(search.until, "until"),
        as_of,
        prompts=not open_to_all,
    )


def _micros(moment: datetime, name: str) -> int:
    from recollect.core.stating import check_moment

    return to_micros(check_moment(moment, name), name)


def _check_number(name: str, value: object, least: int, most: int | None) -> None:
    if value is not None and (type(value) is not int or value < least or (most is not None and value > most)):
        raise Invalid(f"{name} is {value!r}; give a whole number from {least} {'up' if most is None else f'to {most}'}")


def _listed(values: Collection[str], name: str) -> Collection[str]:
    if isinstance(values, str):
        raise Invalid(f"{name} is a text; give a list of them")
    return values


def _role(role: str) -> str:
    if role not in ROLES:
        raise Invalid(f"a role is {role!r}; give some of {', '.join(sorted(ROLES))}")
    return role
