"""The chat's loop: read a line, keep it, answer, keep the answer."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from secrets import token_hex

from recollect.cli.chat.responder import Responder
from recollect.cli.describe import list_sessions, message_json, show_message
from recollect.cli.failure import report
from recollect.cli.output import Output, many
from recollect.cli.place import Place
from recollect.errors import Invalid, ModelFailed
from recollect.memory import Memory, Session
from recollect.model import Message

LATEST = 20
"""Messages that /history shows, and sessions that /sessions lists."""

HELP = """\
/history   the latest messages of this session
/sessions  the latest sessions
/new       go on in a new session
/quit      end; so does Ctrl-D
//text     say something that starts with a slash"""


def new_session_id() -> str:
    """Return an id that tells when the chat began."""
    return f"chat-{datetime.now(UTC):%Y%m%d-%H%M%S}-{token_hex(2)}"


class Chat:
    """A conversation at the terminal, or over lines that are piped in."""

    def __init__(self, memory: Memory, session: Session, responder: Responder, output: Output, system: str | None) -> None:
        self.session = session
        self._memory = memory
        self._responder = responder
        self._output = output
        self._system = system
        self._lines = 0
        self._interactive = output.pretty and sys.stdin.isatty()
        self._commands: dict[str, Callable[[], None]] = {"help": self._help, "history": self._history, "new": self._new, "sessions": self._sessions}

    def run(self) -> None:
        """Chat until the input ends, or /quit.

        Raises:
            Invalid: something that cannot be kept was piped in.

        """
        try:
            self._talk()
        except KeyboardInterrupt:
            if self._interactive:
                self._output.say()  # what follows stands on a line of its own
            raise

    def _talk(self) -> None:
        self._begin()
        while (said := self._read()) is not None:
            text = said.strip()
            if text in ("/quit", "/exit"):
                return
            if text.startswith("/") and not text.startswith("//"):
                self._command(text[1:])
            elif text:
                self._turn(text[1:] if text.startswith("//") else text)

    def _begin(self) -> None:
        info = self.session.info()
        if self._system is not None:
            self._open_with(self._system)
        if self._interactive:
            so_far = many(info.count, "message") if info is not None else "new"
            self._output.say(f"Session {self.session.id} ({so_far}) with {self._responder.name}. /help tells the commands, Ctrl-D ends.", "dim")
            if self.session.user is None:
                self._output.say("Anonymous: only this session is remembered. With --user NAME, earlier ones are too.", "dim")

    def _open_with(self, system: str) -> None:
        first = self.session.messages(limit=1)
        if not first:
            self._keep(Message("system", system))
        elif first[0].role != "system" or first[0].text != system:
            raise Invalid(f"session {self.session.id!r} did not open with this --system text; leave it out, or begin a new session")

    def _read(self) -> str | None:
        """Return the next line that is said; None at the end."""
        if not self._interactive:
            return self._piped() or None
        import readline  # noqa: F401  # gives input() its line editing

        try:
            return input("\001\x1b[1;32m\002you » \001\x1b[0m\002" if not self._output.console.no_color else "you » ")
        except EOFError:
            self._output.say()
            return None

    def _piped(self) -> str:
        line = sys.stdin.readline()
        self._lines += 1
        try:
            line.encode()
        except UnicodeEncodeError as error:
            raise Invalid(f"the input is not UTF-8, line {self._lines}; convert it first, with iconv for instance") from error
        return line

    def _turn(self, text: str) -> None:
        """Keep what was said, answer, keep the answer: only then is it shown as done."""
        try:
            self._keep(Message("user", text))
            if self._interactive:
                self._output.stream(f"{self._responder.name} » ", "bold cyan")
            position = self._keep(self._responder.answer(self.session, self._output.stream))
        except (Invalid, ModelFailed) as error:
            if not self._interactive:
                raise
            self._output.say()
            report(self._output.as_json, error)
            return
        self._output.say(f"  ✓ #{position}" if self._interactive else "", "dim")

    def _keep(self, message: Message) -> int:
        position = self.session.append(message)
        self._output.json({"session": self.session.id, "user": self.session.user, **message_json(message), "position": position})
        return position

    def _command(self, name: str) -> None:
        command = self._commands.get(name)
        if command is None:
            self._output.remark(f"There is no /{name}. /help tells the commands.")
        else:
            command()

    def _help(self) -> None:
        for line in HELP.splitlines():
            self._output.say(line)

    def _history(self) -> None:
        for message in self.session.messages(last=LATEST):
            show_message(self._output, message)

    def _sessions(self) -> None:
        user = self.session.user
        found = self._memory.recent(limit=LATEST) if user is None else self._memory.user(user).sessions(limit=LATEST).items
        list_sessions(self._output, found)
        if not found:
            self._output.remark("no sessions yet")

    def _new(self) -> None:
        self.session = self._memory.session(new_session_id(), user=self.session.user)
        self._begin()


def go_on(place: Place, session: Session) -> str:
    """Return the command that goes on with a session."""
    user = ["--user", session.user] if session.user is not None else []
    return place.command("chat", "--session", session.id, *user)
