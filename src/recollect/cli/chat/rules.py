"""The responder that needs no model: a few patterns over what is stored, to show what a memory is for."""

import re
from collections.abc import Callable, Iterator

from recollect.cli.chat.notes import Notes, Said, understand
from recollect.cli.output import many
from recollect.memory import Memory, Session
from recollect.model import Message

WHO = "I am a few dozen rules, not a language model. What I can do is remember: everything said here is kept, and I look it up."
HINT = "Give me a real model with --model, such as openai:gpt-4o-mini."
QUOTES = 5
"""The most messages that an answer quotes."""

_COMMON = frozenset(("about", "could", "remember", "should", "their", "there", "these", "those", "where", "which", "would"))
LONGEST = 120
"""Characters of a message that an answer quotes."""


class Rules:
    """Answers from what the user has said, in this session and in earlier ones."""

    name = "rules"

    def __init__(self, memory: Memory, user: str | None) -> None:
        self._notes = Notes(memory, user)

    def answer(self, session: Session, show: Callable[[str], None]) -> Message:
        """See Responder.answer."""
        self._notes.catch_up(session)
        text = reply(self._notes, self._notes.said[-1])
        show(text)
        return Message("assistant", text)


def reply(notes: Notes, said: Said) -> str:
    """Return the answer of the first rule that has one."""
    for pattern, rule in _RULES:
        if found := pattern.search(said.text):
            answer = rule(notes, found)
            if answer is not None:
                return answer
    return _noted(said) or _related(notes, said)


def _who(_notes: Notes, _found: re.Match[str]) -> str:
    return f"{WHO} {HINT}"


def _name(notes: Notes, _found: re.Match[str]) -> str:
    known = notes.latest("name")
    return f"You are {known[-1].value}: you told me on {known[-1].said.when}." if known else "You have not told me your name yet."


def _tastes(notes: Notes, found: re.Match[str]) -> str:
    verb = found[1].lower()
    values = [note.value for note in notes.latest("taste") if note.subject == verb]
    return f"You told me that you {verb} {_join(values)}." if values else f"You have not told me what you {verb} yet."


def _own(notes: Notes, found: re.Match[str]) -> str | None:
    subject = found[1].strip().lower()
    known = [note for note in notes.latest("own") if note.subject == subject]
    return f"Your {subject}: {known[-1].value}. You told me on {known[-1].said.when}." if known else None


def _about(notes: Notes, found: re.Match[str]) -> str:
    topic = found[1].strip(" ?.!\"'").lower()
    hits = [said for said in notes.said[:-1] if topic in said.text.lower() and not _RECALL.search(said.text)]
    if not hits:
        return f"I find nothing about {topic!r} in what you said."
    quotes = "\n".join(f"- {_short(said.text)} ({said.when})" for said in hits[-QUOTES:])
    earlier = f" Here are the latest {QUOTES}:" if len(hits) > QUOTES else ""
    return f"You mentioned {topic!r} in {many(len(hits), 'message')}.{earlier}\n{quotes}"


def _everything(notes: Notes, _found: re.Match[str]) -> str:
    known = [f"your name is {notes.name}"] if notes.name else []
    known += [f"you {note.subject} {note.value}" for note in notes.latest("taste")]
    known += [f"your {note.subject} is {note.value}" for note in notes.latest("own")]
    known += [f"“I {note.value}”" for note in notes.latest("about")]
    known += [f"“{note.value}”" for note in notes.latest("fact")]
    if not known:
        return "Nothing yet. Tell me your name, what you like, or “remember that …”."
    return "\n".join(["This is what I remember:", *(f"- {text}" for text in known)])


def _count(notes: Notes, _found: re.Match[str]) -> str:
    return f"I have read {many(len(notes.said), 'message')} of yours in {many(notes.sessions, 'session')}, this one included."


def _greet(notes: Notes, found: re.Match[str]) -> str | None:
    if understand(notes.said[-1]):
        return None
    known = f", {notes.name}" if notes.name else ""
    return f"{found[1].capitalize()}{known}! " + ("What do you want to know?" if notes.name else "I do not know your name yet: what is it?")


def _thanks(notes: Notes, _found: re.Match[str]) -> str:
    return f"You are welcome{f', {notes.name}' if notes.name else ''}."


def _noted(said: Said) -> str | None:
    new = understand(said)
    if not new:
        return None
    names = [note.value for note in new if note.kind == "name"]
    greeting = f"Nice to meet you, {names[-1]}. " if names else ""
    others = [_short(note.said.text) for note in new if note.kind != "name"]
    return f"{greeting}I will remember that." if others or not names else f"{greeting}I will remember your name."


def _related(notes: Notes, said: Said) -> str:
    words = set(_words(said.text))
    scored = [(len(words & set(_words(other.text))), number) for number, other in enumerate(notes.said[:-1]) if not _RECALL.search(other.text)]
    score, number = max(scored, default=(0, 0))
    if score:
        return f"I cannot answer that with rules alone, but you once said: {_short(notes.said[number].text)} ({notes.said[number].when})"
    if said.text.rstrip().endswith("?"):
        return f"I do not know: nothing that you told me is about this. {HINT}"
    return "Kept. Ask me later: “what did I say about …?”, “what do you know about me?”, “how many messages?”"


def _words(text: str) -> Iterator[str]:
    return (word for word in re.findall(r"\w{5,}", text.lower()) if word not in _COMMON)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line}”" if len(line) <= LONGEST else f"“{line[: LONGEST - 1]}…”"


def _join(values: list[str]) -> str:
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} and {values[-1]}"


def _when(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_RECALL = _when(
    r"\bwhat (?:did|have) I (?:say|said|tell|told|mention)|\bdo you (?:remember|know)|\bhow many\b|\bwhat(?:['\u2019]s| is| are| was| do)\b.*\?"
)

_RULES: list[tuple[re.Pattern[str], Callable[[Notes, re.Match[str]], str | None]]] = [
    (_when(r"\bwh(?:o|at) are you\b|\bare you (?:an? )?(?:ai|bot|human|person|robot|language model|llm|model)\b"), _who),
    (_when(r"\bwhat(?:['\u2019]s| is) my name\b|\bwho am I\b|\bdo you (?:know|remember) (?:my name|who I am)\b"), _name),
    (_when(r"\bwhat do I (like|love|enjoy|prefer|hate|dislike)\b"), _tastes),
    (_when(r"\bwhat do you (?:know|remember)(?: about me)?\s*\?*$|\bwhat have I told you\s*\?*$"), _everything),
    (_when(r"\bwhat (?:did|have) I (?:say|said|tell you|told you|mention|mentioned)(?: to you)? (?:about|of|on) (.+)"), _about),
    (_when(r"\bdo you (?:remember|know)(?: anything| what I said)? about (.+)"), _about),
    (_when(r"\bwhat(?:['\u2019]s| is| are| was| were) my (.+?)\s*\?*$"), _own),
    (_when(r"\bhow many (?:messages|sessions|times|conversations)\b"), _count),
    (_when(r"^\s*(hello|hi|hey|good (?:morning|afternoon|evening)|welcome back)\b"), _greet),
    (_when(r"\b(?:thanks|thank you)\b"), _thanks),
]
