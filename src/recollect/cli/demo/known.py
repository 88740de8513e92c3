"""What the demo knows of a user: facts found by rules, what was said weeks ago, and what a model is given of it."""

from collections.abc import Iterator

from msgspec import to_builtins

from recollect.cli.demo.telling import show, step, tell
from recollect.cli.describe import message_json
from recollect.cli.output import Output, many
from recollect.cli.recall import recollection_json, show_recollection
from recollect.memory import Session, User
from recollect.model import Fact, Json, Message
from recollect.views import Combined, Recall, Window

ASKED = "Am I allergic to any tea?"
"""What the user might say next."""

SHOWN = 2
"""Facts, and recollections."""

TOKENS = 300


def show_known(user: User, session: Session, output: Output) -> Json:
    """Learn what a user said of himself or herself, show some of it, recall by a question, and show what a model is given for it."""
    return {"facts": _learn(user, output), "recalled": _recall(user, output), "given": _give(session, output)}


def _learn(user: User, output: Output) -> list[Json]:
    step(output, 5, f"Learn facts from what {user.name} said, by rules")
    learned = user.learn()
    known = user.facts()
    tell(output, f"{many(learned.found, 'fact')} in {many(learned.messages, 'message')}, without a model. The latest:")
    for fact, message in list(_with_sources(user, known))[-SHOWN:]:
        tell(output, f"{fact.statement}", good=True)
        tell(output, f"  said on {message.created:%-d %B %Y} in {fact.sources[0].session}: “{message.text}”")
    return [to_builtins(fact) for fact in known]


def _with_sources(user: User, known: list[Fact]) -> Iterator[tuple[Fact, Message]]:
    """Yield the last fact of each message, with the message that it rests on."""
    by_message = {fact.sources[0].message: fact for fact in known if fact.sources}
    for fact in by_message.values():
        source = fact.sources[0]
        if source.position is not None:
            for message in user.session(source.session).messages(after=source.position - 1, limit=1):
                yield fact, message


def _recall(user: User, output: Output) -> list[Json]:
    step(output, 6, "Recall what was said long ago, in another conversation, and why it is found")
    found = user.recall(ASKED, k=1)
    tell(output, f"“{ASKED}”")
    for one in found:
        show_recollection(output, one)
    return [recollection_json(one) for one in found]


def _give(session: Session, output: Output) -> list[Json]:
    step(output, 7, f"What the model is given for that: Combined([Recall(tokens={TOKENS}, k={SHOWN}), Window(turns=1)])")
    given = session.context(Combined([Recall(tokens=TOKENS, query=ASKED, k=SHOWN), Window(turns=1)]))
    tell(output, "Behind the system prompt, and in front of the last turn:")
    show(output, [message for message in given if "recalled" in message.metadata])
    return [message_json(message) for message in given]
