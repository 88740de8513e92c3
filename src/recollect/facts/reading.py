"""From a message to the clauses that may state something: without code, quotations, pasted text, questions and tasks for the assistant."""

import re
from collections.abc import Iterator

from msgspec import Struct

from recollect.facts.language import Language

HEAD, TAIL = 12_000, 4_000
"""Characters of a long message that are read, at its beginning and at its end."""
LONG = 1_500
"""Characters above which a message may hold pasted text: then only what the speaker says of themselves is read."""
PARAGRAPH = 600
"""Characters of a paragraph of a long message that are read as the speaker's own."""
LONGEST = 400
"""Characters of a sentence that is read."""

POINT = "\N{ONE DOT LEADER}"
"""Stands for a point that ends no sentence."""

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_QUOTED = re.compile(r"^[ \t]*(?:>|\|).*$", re.MULTILINE)
_QUOTATION = re.compile(r"\"[^\"\n]{0,400}\"|“[^”\n]{0,400}”|«[^»\n]{0,400}»|„[^“”\n]{0,400}[“”]|(?<!\w)'[^'\n]{1,300}'(?!\w)")
_LINK = re.compile(r"(?:https?://|www\.)\S+")
_MARK = re.compile(r"^[ \t]*(?:[-*•+]|\d{1,2}[.)]|#+)[ \t]+", re.MULTILINE)
_SENTENCE = re.compile(
    r"(?<=[.!?…])[\")\]*_]*\s+|[\n\r]+|\s*[\u2600-\u27bf\U0001f000-\U0001faff\u200d\ufe0f]+\s*|\s+(?:[:;]-?[()DPp3]|<3|xD)(?=\s|$)"
)
_OWN_LETTERS = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W_]+")


class Sentence(Struct, frozen=True):
    """A statement's clauses, each with the word or sign in front of it; and whether it is the message's first."""

    clauses: tuple[tuple[str, str], ...]
    first: bool


class Message(Struct, frozen=True):
    """What is read of a message: its sentences, its words in lower case, and whether only the speaker's own sentences count."""

    sentences: tuple[Sentence, ...]
    words: frozenset[str]
    own: bool


class Phrases:
    """Looks for any of some phrases."""

    def __init__(self, phrases: tuple[str, ...]) -> None:
        self._firsts = frozenset(match.group() for match in (_WORD.search(phrase) for phrase in phrases) if match)
        either = "|".join(re.escape(phrase) for phrase in sorted(phrases, key=len, reverse=True))
        self._pattern = re.compile(rf"(?<!\w)(?:{either})(?!\w)" if phrases else "(?!)")

    def among(self, words: frozenset[str]) -> bool:
        """Tell whether a text of these words may hold a phrase."""
        return not words.isdisjoint(self._firsts)

    def within(self, lowered: str) -> bool:
        """Tell whether a text in lower case holds a phrase."""
        return self._pattern.search(lowered) is not None


class Reader:
    """Reads messages by the words of a language."""

    def __init__(self, language: Language) -> None:
        reading = language.reading
        self._tasks = Phrases((*reading.tasks, *reading.pasted))
        self._asks = frozenset(reading.asks)
        self._contractions = language.contractions
        points = [re.escape(one.removesuffix(".")) for one in language.abbreviations if one.endswith(".")]
        digits = [r"\d{1,2}"] if language.ordinal_point else []
        self._points = re.compile(rf"\b({'|'.join([*points, '[A-Z]', *digits])})\. ")
        joints = "|".join(re.escape(word) for word in sorted(reading.joints, key=len, reverse=True)) or "(?!)"
        self._joint = re.compile(rf"(,|;|:|\s[-\N{{EN DASH}}\N{{EM DASH}}]+|\N{{EM DASH}}|[()]|\s(?:{joints}))(?:\s+|$)|\s?[()]", re.IGNORECASE)

    def read(self, text: str) -> Message:
        """Return what is to be read of a text of any length."""
        own = len(text) > LONG
        if len(text) > HEAD + TAIL:
            text = f"{text[:HEAD]}\n\n{text[-TAIL:]}"
        text = _plain(text)
        if own:
            text = "\n".join(part for part in text.split("\n") if len(part) <= PARAGRAPH)
        words = frozenset(_WORD.findall(text.lower()))
        sentences = tuple(self._sentences(text, self._tasks.among(words)))
        return Message(sentences, words, own)

    def _sentences(self, text: str, tasks: bool) -> Iterator[Sentence]:
        if ". " in text:
            text = self._points.sub(f"\\1{POINT} ", text)
        first = True
        for sentence in _SENTENCE.split(text):
            if len(sentence) < 4 or not _OWN_LETTERS.search(sentence):  # noqa: PLR2004
                continue
            if tasks and self._tasks.within(sentence.lower()):
                return
            if len(sentence) <= LONGEST and (clauses := self._clauses(sentence)):
                yield Sentence(tuple(clauses), first)
            first = False

    def _clauses(self, sentence: str) -> list[tuple[str, str]]:
        """Part a sentence into clauses; what asks is left out."""
        asking = sentence.rstrip(" \t\"'*_)").endswith(("?", "?"))
        parts = self._joint.split(sentence)
        clauses = [("", self._spelled(parts[0]))]
        clauses.extend(((parts[place] or "(").strip().lower(), self._spelled(parts[place + 1])) for place in range(1, len(parts), 2))
        clauses = [clause for clause in clauses if clause[1]]
        if clauses and clauses[0][1].split(" ", 1)[0].lower() in self._asks:
            return []
        if asking:
            end = next(
                (place for place, (joint, clause) in enumerate(clauses) if not self._asks.isdisjoint((joint, clause.split(" ", 1)[0].lower()))), -1
            )
            return clauses[:end]
        return clauses

    def _spelled(self, clause: str) -> str:
        """Return a clause with single spaces, and contractions written out."""
        known = self._contractions
        clause = clause.rstrip(" .!…")
        return " ".join([known.get(word.lower(), word) if "'" in word or len(word) < 10 else word for word in clause.split(" ") if word])  # noqa: PLR2004


def _plain(text: str) -> str:
    """Return a text without code, quotations and links. What is quoted in a few words, such as a title, stays."""
    text = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").replace("\t", " ")
    if "`" in text:
        text = _CODE.sub("\n", text)
    if ">" in text or "|" in text:
        text = _QUOTED.sub("", text)
    if '"' in text or "'" in text or "“" in text or "«" in text or "„" in text:
        text = _QUOTATION.sub(_title, text)
    if "://" in text or "www." in text:
        text = _LINK.sub("", text)
    return _MARK.sub("", text)


def _title(match: re.Match[str]) -> str:
    words = match.group()[1:-1].split()
    if 0 < len(words) <= 5 and words[0][:1].isupper() and words[0] != "I" and not any(word in {"I", "I'm", "my", "is"} for word in words):  # noqa: PLR2004
        return " ".join(words).strip(".,!?")
    return " \ufffc "
