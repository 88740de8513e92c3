"""How many stories of facts that change are known rightly: what is so now, and what was so on a day. ``python -m benchmarks stories``."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.report import Table
from recollect import Memory, Message
from recollect.store.memory import MemoryStore

FOLDER = Path(__file__).parent / "texts" / "stories"
TOLD, REMEMBERED = "told in messages, learned by rules", "remembered by the application"
FILES = {TOLD: "told.txt", REMEMBERED: "remembered.txt"}

_LINE = re.compile(r"(?P<day>\d{4}-\d\d-\d\d) (?:\[(?P<session>\w+)\] )?(?P<sort>[>+]) (?P<rest>.*)")
_QUESTION = re.compile(r"\? (?P<slot>[^@=]+?)(?: @ (?P<day>\d{4}-\d\d-\d\d))?(?: by (?P<trust>\w+))? = (?P<values>.*)")
_NOBODY = "-"


class Story(NamedTuple):
    """A story: its name, and its lines."""

    name: str
    lines: list[str]


class Wrong(NamedTuple):
    """A question that was answered otherwise."""

    story: str
    question: str
    answer: list[str]


def run() -> Iterable[Table]:
    """Ask all questions, and count the stories of which every one is answered rightly."""
    table = Table("Stories of facts that change: those of which every question is answered rightly", ["stories", "told", "questions", "right"], [])
    for name in FILES:
        stories = read(name)
        wrong = {one.story for story in stories for one in ask(story)}
        questions = sum(line.startswith("?") for story in stories for line in story.lines)
        table.rows.append([name, str(len(stories)), str(questions), f"{1 - len(wrong) / len(stories):.3f}"])
    yield table


def read(name: str) -> list[Story]:
    """Return the stories of a kind."""
    stories: list[Story] = []
    for line in (FOLDER / FILES[name]).read_text("utf-8").splitlines():
        if line.startswith("## "):
            stories.append(Story(line[3:], []))
        elif line and not line.startswith("#"):
            stories[-1].lines.append(line)
    return stories


def ask(story: Story) -> list[Wrong]:
    """Tell a story to a new memory, and return what is answered wrongly."""
    with Memory(MemoryStore()) as memory:
        user = memory.user("alice")
        wrong, waiting = [], False
        for line in story.lines:
            told = _LINE.fullmatch(line)
            if waiting and not (told and told["sort"] == ">"):
                user.learn()
                waiting = False
            if told and told["sort"] == ">":
                user.session(told["session"] or "talk").append(Message("user", told["rest"], created=day(told["day"])))
                waiting = True
            elif told:
                remember(user, day(told["day"]), told["rest"])
            elif line.startswith("?"):
                wrong += _answer(user, story, line)
            else:
                change(user, line)
        return wrong


def day(text: str) -> datetime:
    """Return noon of a day."""
    return datetime.fromisoformat(text).replace(hour=12, tzinfo=UTC)


def remember(user: Any, since: datetime, line: str) -> None:
    """Remember what stands in a line: [subject |] attribute | value [| flags] [(source)]."""
    line, _, source = line.partition(" (")
    parts = [part.strip() for part in line.split("|")]
    flags = set()
    if len(parts) > 2 and all(flag.split()[0] in FLAGS for flag in parts[-1].split(", ")):
        flags = set(parts.pop().split(", "))
    fields: dict[str, Any] = {"attribute": parts[-2], "value": parts[-1], "valid_from": since, "adds": "adds" in flags}
    if len(parts) > 2:
        fields["subject"] = parts[0]
    fields["trust"] = next(iter(flags & {"tool", "assistant", "inferred", "imported"}), "user")
    for flag in flags:
        if flag.startswith(("until ", "expires ")):
            word, at = flag.split()
            fields["valid_to" if word == "until" else word] = day(at)
    user.remember(sources=[source[:-1]] if source else [], **fields)


FLAGS = {"adds", "tool", "assistant", "inferred", "imported", "until", "expires"}


def change(user: Any, line: str) -> None:
    """Correct, forget or undo."""
    word, _, rest = line.partition(" ")
    if word == "undo":
        user.forget_source(rest)
    elif word == "delete":
        user.session(rest).delete()
    elif word == "~":
        old, _, new = rest.partition(" -> ")
        user.correct(_named(user, old), value=new)
    elif word == "-":
        user.forget(_named(user, rest))
    else:
        raise ValueError(line)


def _named(user: Any, value: str) -> Any:
    """Return the first fact of a value that was ever so."""
    return next(fact for fact in user.facts(history=True) if fact.value == value and fact.valid_to != fact.valid_from)


def _answer(user: Any, story: Story, line: str) -> list[Wrong]:
    asked = _QUESTION.fullmatch(line)
    if asked is None:
        raise ValueError(line)
    *subject, attribute = (part.strip() for part in asked["slot"].split("|"))
    moment = None if asked["day"] is None else day(asked["day"]) + timedelta(hours=1)
    found = user.facts(subject=subject[0] if subject else "user", attribute=attribute, as_of=moment, trust=asked["trust"])
    values = sorted(fact.value for fact in found)
    wanted = [] if asked["values"] == _NOBODY else sorted(value.strip() for value in asked["values"].split(", "))
    return [] if values == wanted else [Wrong(story.name, line, values)]
