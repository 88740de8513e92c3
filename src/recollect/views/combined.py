"""Several views, as one."""

from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from recollect.errors import Invalid
from recollect.model import Message, Recollection
from recollect.views.budget import TokenBudget
from recollect.views.lookup import AnyView, Lookup, asking, checked, lookup
from recollect.views.string import String
from recollect.views.tokens import message_tokens

Found = Sequence[Sequence[Recollection]]


class Combined(Struct, frozen=True):
    """What several views give, one behind the other, each message once: ``Combined([Recall(tokens=500), Window(turns=5)], tokens=2000)``.

    The system messages that the session opens with stand in front, and the session's own messages together and in order, where the first
    view that gives any of them stands. What stands there is not recalled again.

    Args:
        views: the views; each gives messages.
        tokens: how many all may take together. What a ``Recall`` may take is set aside for it; the session's newest messages that fit
            into the rest are kept. Without it, only the views' own budgets count.
        counter: returns the tokens of a text; what a message says of itself, or an estimate, unless given.

    """

    views: Sequence[AnyView[list[Message]]]
    tokens: int | None = None
    counter: Callable[[str], int] | None = None

    def __post_init__(self) -> None:
        """Check the budget."""
        if isinstance(self.views, str) or not isinstance(self.views, Sequence) or not self.views:
            raise Invalid("Combined takes a list of views, such as [Recall(tokens=500), Window(turns=5)]")
        for view in self.views:
            checked(view)
        if any(isinstance(view, String) for view in self.views):
            raise Invalid("String gives text, and Combined merges messages; put String around Combined")
        if any(isinstance(view, Combined) for view in self.views):
            raise Invalid("there is a Combined within a Combined; put their views into one list")
        if self.tokens is None:
            return
        if type(self.tokens) is not int or self.tokens < 1:
            raise Invalid(f"tokens is {self.tokens!r}; give a whole number from 1 up, or None")
        unbounded = [view for view in self.views if hasattr(view, "lookup") and getattr(view, "tokens", None) is None]
        if unbounded:
            raise Invalid(f"{type(unbounded[0]).__name__} has no budget of its own within the common one; give it tokens")
        if self._aside >= self.tokens:
            raise Invalid(f"{self._aside} of {self.tokens} tokens are set aside for what is recalled; give more tokens in all, or fewer to Recall")

    @property
    def page(self) -> int | None:
        """The largest of the views'."""
        pages = [view.page for view in self.views]
        return None if None in pages else max(page for page in pages if page is not None)

    def asking(self, query: str) -> "Combined":
        """See Recalling.asking."""
        return replace(self, views=[asking(view, query) for view in self.views])

    def lookup(self, lead: Sequence[Message], tail: Sequence[Message], whole: bool) -> Lookup[list[Message]] | None:
        """See Recalling.lookup."""
        lookups: list[Lookup[list[Message]]] = []
        for view in self.views:
            part = lookup(view, lead, tail, whole)
            if part is None:
                return None
            lookups.append(part)
        own = [_messages(part.make(()), view) if not part.searches else [] for part, view in zip(lookups, self.views, strict=True)]
        plan = self._plan(lead, tail, own)
        positions = frozenset(message.position for message in (*plan.first, *plan.kept) if message.position is not None)
        searches = tuple(replace(search, without=search.without | positions) for part in lookups for search in part.searches)

        def make(found: Found) -> list[Message]:
            at, parts = 0, list[list[Message]]()
            for part, given in zip(lookups, own, strict=True):
                parts.append(part.make(found[at : at + len(part.searches)]) if part.searches else given)
                at += len(part.searches)
            return plan.laid_out(parts)

        return Lookup(searches, make)

    def _plan(self, lead: Sequence[Message], tail: Sequence[Message], own: Sequence[Sequence[Message]]) -> "_Plan":
        """Return which of the session's messages are kept."""
        given = {message.id for part in own for message in part}
        first = [message for message in lead if message.id in given]
        body = [message for message in tail if message.id in given]
        if self.tokens is None:
            return _Plan(first, body, frozenset(message.id for message in tail))
        session = {message.id for message in (*lead, *tail)}
        added = {message.id: message for part in own for message in part if message.id not in session}
        fixed = [*first, *added.values()]
        left = self.tokens - self._aside
        needed = sum(message_tokens(message, self.counter) for message in fixed)
        if needed > left:
            raise Invalid(f"the system messages take {needed} tokens, and {left} are left for the session; give a larger budget")
        kept = TokenBudget(left - needed, self.counter).select([], body, whole=True) if left > needed else []
        return _Plan(first, kept or [], frozenset(message.id for message in tail))

    @property
    def _aside(self) -> int:
        return sum(getattr(view, "tokens", 0) for view in self.views if hasattr(view, "lookup"))


class _Plan(Struct, frozen=True):
    """The session's messages that are shown: its opening, and those of its end; and the ids of all that it could have shown."""

    first: list[Message]
    kept: list[Message]
    tail: frozenset[str]

    def laid_out(self, parts: Sequence[Sequence[Message]]) -> list[Message]:
        """Return what the views gave, in their order, each message once."""
        laid = list(self.first)
        seen = {message.id for message in self.first}
        placed = False
        for part in parts:
            if not placed and any(message.id in self.tail for message in part):
                laid += self.kept
                placed = True
            for message in part:
                if message.id not in seen and message.id not in self.tail:
                    laid.append(message)
                    seen.add(message.id)
        return laid


def _messages(given: object, view: object) -> list[Message]:
    if not isinstance(given, list):
        raise Invalid(f"{type(view).__name__} gives a {type(given).__name__}, and Combined merges messages; put it outside, around Combined")
    return given
