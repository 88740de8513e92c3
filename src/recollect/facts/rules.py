"""Finds what messages say of somebody, by the rules of a language and without a model."""

from functools import cache
from pathlib import Path
from typing import Self

from recollect.errors import Invalid
from recollect.facts.clauses import Clauses
from recollect.facts.finding import USER, Finding
from recollect.facts.language import language
from recollect.facts.reading import Reader

FOLDER = Path(__file__).parent / "languages"


class Rules:
    """The rules of one language, ready to be used; safe to share between threads.

    Args:
        path: a rules file; ``docs/rules.md`` tells what it holds.
        name: under which is kept how far they have read; the language, as the file calls it, unless given.

    Raises:
        Invalid: the file cannot be read or used; the message names the place.

    """

    def __init__(self, path: Path, name: str | None = None) -> None:
        spoken = language(path)
        self.language = spoken.language
        self.name = spoken.language if name is None else name
        try:
            self._reader = Reader(spoken)
            self._clauses = Clauses(spoken)
        except Invalid as error:
            raise Invalid(f"{path}: {error}. docs/rules.md tells what a rules file holds") from error

    @classmethod
    def load(cls, path: str | Path, name: str | None = None) -> Self:
        """Return the rules of a file of your own, by a name of your own where one language has several."""
        return cls(Path(path), name)

    @staticmethod
    def of(language: str = "en") -> "Rules":
        """Return the rules of a language that comes with Recollect.

        Raises:
            Invalid: there is none of that name.

        """
        return _coming_along(check_language(language))

    def find(self, text: str, said: int, role: str = "user", speaker: str | None = None) -> list[Finding]:
        """Return what a message says of somebody, in its order.

        Args:
            text: any text of any length.
            said: when, in microseconds since 1970 (UTC); "next Friday" is seen from there.
            role: only the user's messages are read, unless ``speaker`` is told.
            speaker: the name of who speaks, where people talk with each other; the subject is then the name.

        """
        if role != "user" and speaker is None:
            return []
        message = self._reader.read(text)
        return self._clauses.find(message, said, speaker or USER)


def check_language(name: str) -> str:
    """Return the name of a language that comes with Recollect.

    Raises:
        Invalid: there is none of that name.

    """
    if name not in languages():
        raise Invalid(f"there are no rules for {name!r}; there are for {', '.join(languages())}, and Rules.load(path) takes your own")
    return name


@cache
def _coming_along(language: str) -> Rules:
    """Load a file once: it takes some 50 ms."""
    return Rules(FOLDER / f"{language}.toml", language)


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that come with Recollect."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))
