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
TITLE = 5
"""Words of a quotation that is taken as a title."""
LONGEST = 400
"""Characters of a sentence that is read."""

POINT = "\N{ONE DOT LEADER}"
"""Stands for a point that ends no sentence."""

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_QUOTED = re.compile(r"^[ \t]*(?:>|\|).*$", re.MULTILINE)
_QUOTATION = re.compile(r"\"[^\"\n]{0,400}\"|“[^”\n]{0,400}”|«[^»\n]{0,400}»|„[^“”\n]{0,400}[“”]|(?<!\w)'[^'\n]{1,300}'(?!\w)")
_LINK = re.compile(r"(?:https?://|www\.)\S+")
_MARK = re.compile(r"^[ \t]*(?:[-*•+]|\d{1,2}[.)]|#+)[ \t]+", re.MULTILINE)
_END = r"(?<=[.!?…])[\")\]*_]*\s+|[\n\r]+"
_SENTENCE = re.compile(_END)
_SMILING = re.compile(rf"{_END}|\s*[\u2600-\u27bf\U0001f000-\U0001faff\u200d\ufe0f]+\s*|\s+(?:[:;]-?[()DPp3]|<3|xD)(?=\s|$)")
_PARTING = ",;:"
DASHES = frozenset(("-", "--", "\N{EN DASH}", "\N{EM DASH}", "(", ")"))
"""Joints behind which no subject is left out."""
_OWN_LETTERS = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W_]+")


class Sentence(Struct, frozen=True):
    """A statement's clauses, each with the word or sign in front of it."""

    clauses: tuple[tuple[str, str], ...]


class Message(Struct, frozen=True):
    """What is read of a message: its sentences, its words in lower case, and whether only the speaker's own sentences count."""

    sentences: tuple[Sentence, ...]
    words: frozenset[str]
    own: bool


class Phrases:
    """Looks for any of some phrases."""

    def __init__(self, phrases: tuple[str, ...]) -> None:
        parts = [frozenset(_WORD.findall(phrase)) for phrase in phrases]
        self._single = frozenset(word for part in parts if len(part) == 1 for word in part)
        self._several = [(max(part, key=len), part) for part in parts if len(part) > 1]
        self._rarest = frozenset(word for word, _ in self._several)
        either = "|".join(re.escape(phrase) for phrase in sorted(phrases, key=len, reverse=True))
        self._pattern = re.compile(rf"(?<!\w)(?:{either})(?!\w)" if phrases else "(?!)")

    def among(self, words: frozenset[str]) -> bool:
        """Tell whether a text of these words may hold a phrase."""
        if not words.isdisjoint(self._single):
            return True
        return not words.isdisjoint(self._rarest) and any(word in words and part <= words for word, part in self._several)

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
        self._joints = frozenset(reading.joints) | DASHES
        self._own = frozenset((*language.selves, *language.owners))

    def read(self, text: str) -> Message:
        """Return what is to be read of a text of any length."""
        own = len(text) > LONG
        if len(text) > HEAD + TAIL:
            text = f"{text[:HEAD]}\n\n{text[-TAIL:]}"
        text = self._plain(text)
        if own:
            text = "\n".join(part for part in text.split("\n") if len(part) <= PARAGRAPH)
        words = frozenset(_WORD.findall(text.lower()))
        sentences = tuple(self._sentences(text, self._tasks.among(words)))
        return Message(sentences, words, own)

    def _sentences(self, text: str, tasks: bool) -> Iterator[Sentence]:
        if ". " in text:
            text = self._points.sub(f"\\1{POINT} ", text)
        smiles = not text.isascii() or ":" in text or ";" in text or "<3" in text or " xD" in text
        for sentence in (_SMILING if smiles else _SENTENCE).split(text):
            if len(sentence) < 4 or not _OWN_LETTERS.search(sentence):  # noqa: PLR2004
                continue
            if tasks and self._tasks.within(sentence.lower()):
                return
            if len(sentence) <= LONGEST and (clauses := self._stated(sentence)):
                yield Sentence(clauses)

    def _stated(self, sentence: str) -> tuple[tuple[str, str], ...]:
        """Part a sentence into clauses; what asks is left out."""
        asking = sentence.rstrip(" \t\"'*_)").endswith(("?", "?"))
        clauses = self._clauses(sentence)
        asks = [not self._asks.isdisjoint((joint, clause.split(" ", 1)[0].lower())) for joint, clause in clauses] if asking else []
        if not clauses or clauses[0][1].split(" ", 1)[0].lower() in self._asks:
            return ()
        return tuple(clauses[: asks.index(True) if True in asks else -1] if asking else clauses)

    def _clauses(self, sentence: str) -> list[tuple[str, str]]:
        """Part a sentence at joints, with single spaces, and contractions written out."""
        for sign in "()\N{EM DASH}":
            if sign in sentence:
                sentence = sentence.replace(sign, f" {sign} ")
        known = self._contractions
        clauses: list[tuple[str, str]] = []
        words: list[str] = []
        joint = ""
        for word in sentence.split():
            if word.isalnum() and (lowered := word.lower()) not in self._joints:
                words.append(known.get(lowered, word))
                continue
            core = word.rstrip(",;:.!?…")
            lowered = core.lower()
            if lowered in self._joints or not core:
                if words:
                    clauses.append((joint, " ".join(words)))
                words, joint = [], lowered or word
                continue
            parts = word[-1] in _PARTING
            words.append(known.get(lowered) or (core if parts else word))
            if parts:
                clauses.append((joint, " ".join(words)))
                words, joint = [], word[-1]
        if words:
            clauses.append((joint, " ".join(words).rstrip(" .!…")))
        return clauses

    def _plain(self, text: str) -> str:
        """Return a text without code, quotations and links. What is quoted in a few words, such as a title, stays."""
        text = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").replace("\t", " ")
        if "`" in text:
            text = _CODE.sub("\n", text)
        if ">" in text or "|" in text:
            text = _QUOTED.sub("", text)
        if '"' in text or "'" in text or "“" in text or "«" in text or "„" in text:
            text = _QUOTATION.sub(self._title, text)
        if "://" in text or "www." in text:
            text = _LINK.sub("", text)
        return _MARK.sub("", text)

    def _title(self, match: re.Match[str]) -> str:
        words = match.group()[1:-1].split()
        lowered = {word.lower().split("'")[0] for word in words}
        if 0 < len(words) <= TITLE and words[0][:1].isupper() and self._own.isdisjoint(lowered):
            return " ".join(words).strip(".,!?")
        return " \ufffc "
