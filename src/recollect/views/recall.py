"""What matters of all the user's past."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from operator import index

from msgspec import Struct
from msgspec.structs import replace

from recollect.errors import Invalid
from recollect.model import FACT_KINDS, ROLES, FactKind, Message, Recollection, Role, Trust
from recollect.views.lookup import Lookup, Search
from recollect.views.quoted import CUT, fact_item, framed, in_order, item
from recollect.views.tokens import OVERHEAD, estimate_tokens

LEAST = 120
"""Tokens below which nothing would fit beside the frame."""
SHARE = 2
"""A text that takes more than this part of the budget is shortened."""
CHARACTERS = 10
"""Characters that a token never has on average: what is beyond is not counted, but cut."""
DENSEST = 4
"""Tokens that a character never takes."""
FAR = 200
"""Messages among which the user's latest one is looked for."""
LINKS = frozenset(("words", "around", "date", "dense"))
"""Signals that tie what was found to the query; without any of them it has nothing to do with it."""


class Recall(Struct, frozen=True, kw_only=True):
    """What is relevant of all the user's past, messages of any session but system prompts, and facts, as one user message of quoted data.

    It holds as much as fits into ``tokens``, chosen by relevance, in the order of time, each with its time, speaker and session. It is
    marked as data, and no stored text can break out of the marks; it never is a system message. Its metadata has the sources
    under ``"recalled"``. Where nothing is relevant, there is no message.

    Args:
        tokens: how many the message may take, 120 at the least.
        query: what to look for; the session's latest user message unless given.
        k: at most so many messages and facts; as many as fit unless given.
        neighbours: so many messages on either side of each that is found are shown with it, where they fit.
        sessions, roles, kinds, since, until, as_of, trust: what may be found: see ``User.recall``.
        counter: returns the tokens of a text; an estimate unless given.

    """

    tokens: int = 500
    query: str | None = None
    k: int | None = None
    neighbours: int = 0
    sessions: Collection[str] | None = None
    roles: Collection[Role] | None = None
    kinds: Collection[FactKind] | None = None
    since: datetime | None = None
    until: datetime | None = None
    as_of: datetime | None = None
    trust: Trust | None = None
    counter: Callable[[str], int] | None = None

    def __post_init__(self) -> None:
        """Check the budget, and what may be found."""
        for name, known in (("sessions", None), ("roles", ROLES), ("kinds", FACT_KINDS)):
            _check_listed(name, getattr(self, name), known)
        if type(self.tokens) is not int or self.tokens < LEAST:
            raise Invalid(f"tokens is {self.tokens!r}; give a whole number from {LEAST} up, the frame takes about half of that")
        if self.query is not None and not isinstance(self.query, str):
            raise Invalid(f"the query is of type {type(self.query).__name__}; give text, or None for the session's latest user message")
        if self.counter is not None and not callable(self.counter):
            raise Invalid(f"counter is a {type(self.counter).__name__}; give a function from text to its number of tokens")

    @property
    def page(self) -> int:
        """Enough for the latest user message to be among them, but for long work with tools."""
        return 8

    def asking(self, query: str) -> "Recall":
        """See Recalling.asking."""
        return self if self.query is not None else replace(self, query=query)

    def lookup(self, lead: Sequence[Message], tail: Sequence[Message], whole: bool) -> Lookup[list[Message]] | None:  # noqa: ARG002  # a view's signature
        """See Recalling.lookup."""
        asked = next((message for message in reversed(tail[-FAR:]) if message.role == "user"), None)
        if self.query is None and asked is None:
            return Lookup((), lambda _: []) if whole or len(tail) >= FAR else None
        query = self.query if self.query is not None or asked is None else asked.text
        shown = frozenset() if self.query is not None or asked is None or asked.position is None else frozenset({asked.position})
        return Lookup((self._search(query or "", shown),), self._messages)

    def _search(self, query: str, shown: frozenset[int]) -> Search:
        return Search(
            query=query,
            k=self.k,
            tokens=self._room(),
            sessions=self.sessions,
            roles=self.roles,
            kinds=self.kinds,
            since=self.since,
            until=self.until,
            as_of=self.as_of,
            trust=self.trust,
            neighbours=self.neighbours,
            without=shown,
            fit=partial(self._fit, query.strip()),
        )

    def _room(self) -> int:
        """Return the tokens that the frame leaves."""
        frame = self._count(framed([])) + OVERHEAD
        if frame >= self.tokens:
            raise Invalid(f"by the counter, the frame alone takes {frame} of {self.tokens} tokens; give Recall more tokens")
        return self.tokens - frame

    def _fit(self, query: str, one: Recollection, left: int) -> tuple[Recollection, int] | None:
        """Leave out what has nothing to do with the query or only repeats it, and neighbours that do not fit."""
        if not LINKS & one.why.keys() or (one.message is not None and one.text.strip() == query):
            return None
        for shown in (one, replace(one, before=(), after=())) if one.before or one.after else (one,):
            cost = sum(self._count(text + "\n") for text in self._items(shown))
            if cost <= left:
                return shown, cost
        return None

    def _items(self, one: Recollection) -> list[str]:
        """Return the texts of a recollection: its own, with those of its neighbours around it."""
        if one.fact is not None:
            return [fact_item(one.fact, self._longest(one.fact.text))]
        messages = (*one.before, *([] if one.message is None else [one.message]), *one.after)
        return [item(message, one.session, self._longest(message.text)) for message in messages]

    def _longest(self, text: str) -> int | None:
        """Return to how many characters a text is shortened; None where it stays whole."""
        most = self.tokens // SHARE
        if len(text) * DENSEST <= most:
            return None
        head = text[: most * CHARACTERS]
        while (count := self._count(head)) > most:
            head = head[: max(len(head) * most // count - len(CUT), 1)]
        return None if len(head) == len(text) else len(head)

    def _messages(self, found: Sequence[Sequence[Recollection]]) -> list[Message]:
        """Return the one message of what was found, or none."""
        recalled = list(found[0])
        while recalled:
            text = framed(text for one in in_order(recalled) for text in self._items(one))
            if self._count(text) + OVERHEAD <= self.tokens:
                return [_message(text, recalled)]
            recalled.pop()
        return []

    def _count(self, text: str) -> int:
        count = (self.counter or estimate_tokens)(text)
        try:
            return max(index(count), 0)
        except TypeError as error:
            raise Invalid(f"counter returned {count!r}; give a function from text to its number of tokens") from error


def _check_listed(name: str, values: object, known: Collection[str] | None) -> None:
    """Check what is to be a list of names, of those that are known."""
    if values is None:
        return
    if isinstance(values, str) or not isinstance(values, Collection):
        raise Invalid(f"{name} is {values!r}; give a list, such as [{values!r}]" if isinstance(values, str) else f"{name} is {values!r}; give a list")
    unknown = [value for value in values if known is not None and value not in known]
    if unknown:
        raise Invalid(f"there is no {unknown[0]!r} among {name}; give some of {', '.join(sorted(known or ()))}")


def _message(text: str, recalled: Sequence[Recollection]) -> Message:
    """Return the message; its id tells its text, so that the same recollections make the same message."""
    mark = text[text.index(" ") + 1 : text.index(">")]
    sources = [_source(one) for one in recalled]
    return Message("user", text, f"recalled-{mark}", created=max(one.created for one in recalled), metadata={"recalled": sources})


def _source(one: Recollection) -> dict[str, str | int | None]:
    if one.fact is not None:
        return {"fact": one.fact.id}
    return {"session": one.session, "position": one.position, "id": None if one.message is None else one.message.id}
