"""Views that need more than their session's end: what recall finds in all of the user's past."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Generic, Protocol, Self, TypeAlias, TypeVar

from msgspec import Struct

from recollect.errors import Invalid
from recollect.model import FactKind, Message, Recollection, Role, Trust
from recollect.views.view import View

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Fit = Callable[[Recollection, int], tuple[Recollection, int] | None]
"""Takes what was recalled, and the tokens that are left; returns what is shown of it and the tokens of that, or None to leave it out."""


class Search(Struct, frozen=True, kw_only=True):
    """What recall is asked: the arguments of ``User.recall``, and for a view what fits of each result, and which are not wanted.

    ``without`` are the positions of messages that stand before the model already.
    """

    query: str
    k: int | None = None
    tokens: int | None = None
    sessions: Collection[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    roles: Collection[Role] | None = None
    kinds: Collection[FactKind] | None = None
    as_of: datetime | None = None
    trust: Trust | None = None
    neighbours: int = 0
    now: datetime | None = None
    without: frozenset[int] = frozenset()
    fit: Fit | None = None


class Lookup(Struct, Generic[T_co], frozen=True):
    """What a view needs to be looked up, and what makes its result of what was found, in the order of the searches."""

    searches: tuple[Search, ...]
    make: Callable[[Sequence[Sequence[Recollection]]], T_co]


class Recalling(Protocol[T_co]):
    """A view that recalls: it is shown the end of a session as any view, asks, and makes its result of what was found."""

    @property
    def page(self) -> int | None:
        """See View.page."""
        ...

    def asking(self, query: str) -> Self:
        """Return the same view with this query, where it has none of its own: for a question that is not in the session yet."""
        ...

    def lookup(self, lead: Sequence[Message], tail: Sequence[Message], whole: bool) -> Lookup[T_co] | None:
        """Return what is to be looked up, or None to be called again with a longer tail; see View.select."""
        ...


AnyView: TypeAlias = View[T_co] | Recalling[T_co]


def checked(view: AnyView[T]) -> AnyView[T]:
    """Return a view.

    Raises:
        Invalid: it is none.

    """
    if isinstance(view, type):
        raise Invalid(f"{view.__name__} is the class; give a view made of it, such as {view.__name__}(…)")
    if not (hasattr(view, "select") or hasattr(view, "lookup")):
        raise Invalid(f"{view!r} is no view; give one such as Window(turns=5)")
    return view


def asking(view: AnyView[T], query: str | None) -> AnyView[T]:
    """Return a view that recalls by a query where it has none of its own; any other view as it is."""
    return view if query is None or isinstance(view, type) or not hasattr(view, "asking") else view.asking(query)


def lookup(view: AnyView[T], lead: Sequence[Message], tail: Sequence[Message], whole: bool) -> Lookup[T] | None:
    """Return what any view needs to be looked up, which may be nothing, or None if it needs a longer tail."""
    if hasattr(view, "lookup"):
        return view.lookup(lead, tail, whole)
    chosen = view.select(lead, tail, whole)
    return None if chosen is None else Lookup((), lambda _: chosen)
