"""The steps of the demo."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct

from recollect.cli.checksum import checksum
from recollect.cli.demo.known import ASKED, show_known
from recollect.cli.demo.reopen import Seen, reopen
from recollect.cli.demo.samples import samples
from recollect.cli.demo.telling import show, step, tell
from recollect.cli.describe import list_sessions, message_json, session_json
from recollect.cli.output import Output, many
from recollect.cli.program import command
from recollect.errors import Damaged
from recollect.memory import Memory, Session
from recollect.model import Json, Message, SessionInfo
from recollect.transfer import import_file
from recollect.views import Window

TURNS = 2
"""Turns of the window that the model is given."""

LISTED = 1000

QUESTION = "Thank you. Where were we?"


class Loaded(Struct, frozen=True):
    """What was written, and the sum over it."""

    users: int
    sessions: int
    messages: int
    checksum: str


def run(path: Path, output: Output) -> None:
    """Show what a memory does, on a new database file.

    Raises:
        Damaged: something did not come back as it was written.

    """
    url = f"sqlite:///{quote(str(path))}"
    report: Json = {"url": url}
    loaded = _load(url, output)
    report["loaded"] = loaded
    report["reopened"] = _check(url, loaded.messages, loaded.checksum, output)
    with Memory(url, embedder=None) as memory:
        session, info = _choose(memory)
        report["continued"] = _continue(session, info, output)
        report["window"] = _view(session, output)
        if session.user is not None:
            report |= show_known(memory.user(session.user), session, output)
        report["sessions"] = _list(memory, output)
        after = checksum(memory)
    report["afterwards"] = seen = _compare(reopen(url), after.messages, after.value)
    output.json(report)
    output.say()
    output.say(f"All of it is there: a third process counts {many(seen.messages, 'message')} and gets the same checksum.", "bold")
    _next(path, url, session, output)


def _load(url: str, output: Output) -> Loaded:
    step(output, 1, "Load sample conversations")
    with samples() as path, Memory(url) as memory:
        report = import_file(memory, path)
        total = checksum(memory)
        users = len(memory.users(limit=LISTED))
    if report.refused or report.messages != total.messages:
        raise Damaged(
            f"{report.messages} messages were imported, {len(report.refused)} refused, and {total.messages} are there; install the package again"
        )
    tell(output, f"{many(total.messages, 'message')} of {many(report.sessions, 'session')} and {many(users, 'user')}, written to {url}")
    tell(output, f"Checksum over every field of every message: {total.value[:16]}…")
    return Loaded(users, report.sessions, total.messages, total.value)


def _check(url: str, messages: int, value: str, output: Output) -> Seen:
    step(output, 2, "Close the database, and open it in a new process")
    seen = _compare(reopen(url), messages, value)
    tell(
        output,
        f"Process {seen.process} finds {many(seen.messages, 'message')}, checksum {seen.checksum[:16]}…: every one is back, unchanged.",
        good=True,
    )
    return seen


def _compare(seen: Seen, messages: int, value: str) -> Seen:
    if (seen.messages, seen.checksum) != (messages, value):
        raise Damaged(
            f"{messages} messages with checksum {value} were written, and {seen.messages} with {seen.checksum} came back; keep the file and report it"
        )
    return seen


def _choose(memory: Memory) -> tuple[Session, SessionInfo]:
    """Return the first session whose latest turn used a tool; the first of all, where none did."""
    found = [(memory.session(info.id, user=info.user), info) for info in memory.recent(limit=LISTED)]
    with_tools = [pair for pair in found if any(message.role == "tool" for message in pair[0].context(Window(turns=TURNS - 1)))]
    return min(with_tools or found, key=lambda pair: pair[1].created)


def _continue(session: Session, info: SessionInfo, output: Output) -> Json:
    step(output, 3, f"Continue {info.user or 'an anonymous user'}'s conversation {info.id}")
    answer = f"Nothing is lost: {many(info.count, 'message')} since {info.created:%-d %B %Y}. You last said: “{_latest_words(session)}”"
    said = (Message("user", QUESTION), Message("assistant", answer))
    session.append(*said, expect=info.position)
    new = session.messages(after=info.position)
    if new != list(said):
        raise Damaged(f"what was appended to session {info.id!r} is not what is there; keep the file and report it")
    for message in new:
        tell(output, f"{message.role}: {message.text}")
    return {"session": info.id, "user": info.user, "messages": [message_json(message) for message in new]}


def _latest_words(session: Session) -> str:
    return next((" ".join(message.text.split()) for message in reversed(session.context(Window(turns=1))) if message.role == "user"), "nothing")


def _view(session: Session, output: Output) -> list[Json]:
    chosen = session.context(Window(turns=TURNS))
    info = session.info()
    count = 0 if info is None else info.count
    step(output, 4, f"What the model is given: Window(turns={TURNS})")
    tell(output, f"{len(chosen)} of {many(count, 'message')}: the system prompt, and the last {TURNS} turns, tool calls together with their results.")
    show(output, chosen)
    return [message_json(message) for message in chosen]


def _list(memory: Memory, output: Output) -> list[Json]:
    step(output, 8, "All sessions, the latest first")
    found = memory.recent(limit=LISTED)
    list_sessions(output, found)
    return [session_json(info) for info in found]


def _next(path: Path, url: str, session: Session, output: Output) -> None:
    output.say(f"The database stays in {path}: remove it when you have seen enough.")
    output.say()
    output.say("Try next:", "bold")
    for line in _commands(url, session):
        output.say(f"  {line}", "green")


def _commands(url: str, session: Session) -> Iterator[str]:
    at = ["--url", url]
    whose = [] if session.user is None else ["--user", session.user]
    yield command("show", session.id, *whose, *at)
    if session.user is not None:
        yield command("recall", session.user, ASKED, "--k", "3", *at)
        yield command("facts", session.user, *at)
    yield command("stats", *at)
    yield command("chat", "--user", "me", *at)
    yield command("export", "backup.jsonl", *at)
    yield command("--help")
