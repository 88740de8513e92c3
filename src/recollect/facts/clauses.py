"""From the clauses of a message to findings."""

import re
from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from recollect.facts.finding import Finding
from recollect.facts.heads import Head, Heads
from recollect.facts.language import Language
from recollect.facts.reading import DASHES, Message, Phrases, Sentence
from recollect.facts.said import RELATION, Said, Teller
from recollect.facts.subjects import Subject, Subjects
from recollect.facts.templates import Form, Side, form
from recollect.facts.ways import Way, Ways, ways

LEADS = 4
"""Things in front of a statement that are passed over."""
MOST = 3
"""Predicates of a clause: "a nurse living in Ghent" has two."""


class _State(Struct):
    """What is known while a message is read.

    Args:
        speaker: who speaks.
        said: when.
        names: whether bare names may be subjects.
        owned: whether the message may name somebody of the speaker's.
        wild: whether it has words of whole clauses that may begin with anything.
        guarded: whether it has words that turn statements into something else.
        person: who was named last, besides the speaker.
        subject: of the clause before, in the same sentence.
        told: whether the sentence has told something.
        correcting: whether the sentence says that something before was wrong.
        bare: a relation that made up the whole clause before: "my mother".
        clause: the one that is read, with the time that it begins with.
        last: what the clause before said, for the rest of its list.
        items: further things of that list, until its last one shows that it is a list.
        found: the findings.

    """

    speaker: str
    said: int
    names: bool
    owned: bool
    wild: bool
    guarded: bool
    person: str | None = None
    subject: Subject | None = None
    told: bool = False
    correcting: bool = False
    bare: str | None = None
    clause: str = ""
    last: Said | None = None
    items: list[str] = []
    found: list[Finding] = []


class Clauses:
    """Finds what clauses say, by the rules of a language."""

    def __init__(self, language: Language) -> None:
        reading = language.reading
        self._never = (Phrases((*reading.unreal, *reading.reported)), Phrases(reading.fiction))
        leads = "|".join(re.escape(lead) for lead in sorted({*reading.leads, *reading.corrections}, key=len, reverse=True)) or "(?!)"
        self._lead = re.compile(rf"({leads})(?:[\s,:!.]+|$)", re.IGNORECASE)
        openers = (*reading.leads, *reading.corrections, *language.times.starts, *language.times.before)
        self._openers = frozenset(phrase.split(" ")[0].rstrip(",") for phrase in openers)
        self._corrections = frozenset(reading.corrections)
        self._joints, self._elide = frozenset(reading.joints), frozenset(reading.elide)
        self._list_joints, self._relative = frozenset(reading.list_joints), frozenset(reading.relative)
        self._contrast, self._tails = frozenset(reading.contrast), frozenset(reading.tails)
        self._asks = frozenset(reading.asks)
        self._never_item = frozenset(language.never.get("item", ()))
        self._optional_self = language.optional_self
        self._inverted, self._selves = language.inverted, frozenset(language.selves)
        self._owner = next(iter(language.owners), None)
        self._subjects = Subjects(language)
        self._heads = Heads(reading)
        self._whole = ways(language, None)
        self._sides: dict[Side, Ways] = {"self": ways(language, "self"), "other": ways(language, "other")}
        self._meant: dict[str, list[tuple[Form, bool]]] = {}
        for template in (*reading.meant, *reading.contrasted):
            shape = form(template, "self", language)
            for first in shape.firsts:
                self._meant.setdefault(first, []).append((shape, template in reading.meant))
        self._teller = Teller(language)

    def find(self, message: Message, said: int, speaker: str) -> list[Finding]:
        """Return what a message says, in its order."""
        unreal, fiction = self._never
        names = not message.own and not fiction.among(message.words)
        wild = not message.words.isdisjoint(self._whole.wild)
        state = _State(speaker, said, names, self._subjects.owned(message.words), wild, unreal.among(message.words), items=[], found=[])
        for sentence in message.sentences:
            self._sentence(sentence, state)
        kept = [one for one in state.found if one.attribute or one.corrects]
        return list({(one.subject, one.attribute, (one.value or "").casefold(), one.denies): one for one in kept}.values())

    def _sentence(self, sentence: Sentence, state: _State) -> None:
        state.subject, state.told, state.correcting, state.last, state.items = None, False, False, None, []
        state.bare, time = None, ""
        for before, clause in sentence.clauses:
            state.clause = f"{time} {clause}".strip()
            if before in DASHES:
                state.subject = None
            joint, rest = self._opened(before, clause, state)
            time = clause if not time and self._teller.is_time(rest or clause) else ""
            if not rest or time:
                continue
            if (state.guarded and self._never[0].within(rest.lower())) or (not joint and rest.split(" ", 1)[0].lower() in self._asks):
                return
            if self._contrasted(joint, rest, state):
                continue
            count = len(state.found)
            self._clause(joint, rest, state)
            if len(state.found) > count:
                state.told = True

    def _opened(self, joint: str, clause: str, state: _State) -> tuple[str, str]:
        """Return a clause without what may stand in front of a statement; and the joint, which may stand in it."""
        first, _, rest = clause.partition(" ")
        if joint and first.lower() in self._joints:
            joint, clause = first.lower(), rest
        elif first.rstrip(",.!:").lower() not in self._openers:
            return joint, clause
        clause = self._teller.untimed(clause)
        for _ in range(LEADS):
            lead = self._lead.match(clause)
            if not lead:
                break
            state.correcting |= lead[1].lower() in self._corrections
            clause = self._straight(clause[lead.end() :])
        return joint, self._teller.untimed(clause)

    def _straight(self, clause: str) -> str:
        """Return a clause with the speaker in front of the verb, where the language turns them round: "leider bin ich"."""
        words = clause.split(" ", 2)
        if not self._inverted or len(words) == 1 or words[1].lower() not in self._selves:
            return clause
        return " ".join((words[1], words[0], *words[2:]))

    def _contrasted(self, joint: str, clause: str, state: _State) -> bool:
        """Take "not Anna", behind a comma and something said, as what was wrong."""
        first, _, rest = clause.partition(" ")
        if joint != "," or first.lower() not in self._contrast or not state.told:
            return False
        last, wrong = state.found[-1], self._teller.name(rest)
        if not wrong or not last.value or wrong[0].isupper() != last.value[0].isupper():
            return False
        if not last.denies and not last.adds:
            state.found[-1] = replace(last, corrects=True, wrong=wrong)
        return True

    def _clause(self, joint: str, clause: str, state: _State) -> None:
        if state.owned:
            for relation, name in self._subjects.named(clause):
                state.found.append(self._teller.relation(relation, name, state.speaker))
                state.person = name
        bare, state.bare = state.bare, None
        if self._entirely(clause, state):
            return
        subject = self._subjects.read(clause, state.speaker, state.person, names=state.names)
        if self._optional_self and self._own(clause) and self._about(Subject(state.speaker, "self", clause), state):
            return
        if subject:
            if not self._about(subject, state):
                state.last = None
            state.subject = subject
            state.bare = None if subject.rest or subject.name else subject.relation
        elif not ((joint == "," and self._apposition(clause, bare, state)) or self._elided(joint, clause, state)):
            self._listed(joint, clause, state)

    def _own(self, clause: str) -> bool:
        """Tell whether a clause without a subject may be the speaker's own."""
        return self._sides["self"].begin(clause, wild=False) or self._heads.steers(clause.partition(" ")[0])

    def _entirely(self, clause: str, state: _State) -> bool:
        """Try templates of whole clauses: as they stand, and without a negation."""
        steers = self._heads.steers(clause.partition(" ")[0])
        if not steers and not self._whole.begin(clause, wild=state.wild):
            return self._slotless(clause, state)
        head = self._heads.read(clause)
        for text, how in ((clause, replace(head, negated=False, ended=False)), (head.rest, head)) if head.negated else ((head.rest, head),):
            told = self._told(self._whole.of(text), text, how, state.speaker, state)
            if told:
                self._keep(told, state)
                state.subject = None
                return True
        return self._slotless(clause, state)

    def _told(self, ways: Iterable[Way], text: str, head: Head, who: str, state: _State) -> Said | None:
        """Return what the first way that fits says."""
        text += " "
        for way in ways:
            match = way.form.pattern.match(text)
            if match and (told := self._teller.tell(way, match, head, who, state.said, state.clause)):
                return told
        return None

    def _slotless(self, clause: str, state: _State) -> bool:
        first = clause.partition(" ")[0].lower()
        for meant, sure in self._meant.get(first, ()):
            value = self._teller.meant(meant, clause)
            if value:
                state.found.append(Finding(value, "note", value=value, corrects=sure))
                return True
        return False

    def _elided(self, joint: str, clause: str, state: _State) -> bool:
        """Try a clause whose subject is left out: behind some joints, and at the beginning of a sentence."""
        if joint in self._relative:
            if self._named(clause, state):
                return True
            return state.person is not None and self._about(Subject(state.person, "other", clause), state)
        if state.subject and (joint in self._elide or (joint == "," and state.told)):
            return self._about(replace(state.subject, rest=clause, relation=None, name=None), state)
        if not self._optional_self and (not joint and not state.subject and self._subjects.may_begin(clause)):
            return self._about(Subject(state.speaker, "self", clause), state)
        return False

    def _named(self, clause: str, state: _State) -> bool:
        """Take "who is called Rex" behind "I have a dog" as the dog's name."""
        last = state.found[-1] if state.told and state.found else None
        if last is None or last.attribute != "has" or last.subject != state.speaker or last.denies or not self._owner:
            return False
        whole = f"{self._owner} {last.value} {clause}"
        for way in self._whole.of(whole):
            match = way.form.pattern.match(whole + " ") if RELATION in way.form.pattern.groupindex else None
            told = self._teller.tell(way, match, Head(whole), state.speaker, state.said, state.clause) if match else None
            if told:
                state.found.pop()
                self._keep(told, state)
                return True
        return False

    def _about(self, subject: Subject, state: _State) -> bool:
        """Try templates of what follows a subject, and once more on what follows a value."""
        rest, count = subject.rest, 0
        if subject.who != state.speaker:
            state.person = subject.who
        while count < MOST and (told := self._predicate(subject, rest, state)):
            self._keep(told, state)
            state.subject, rest, count = subject, told.rest, count + 1
            if rest.split(" ", 1)[0].lower() not in self._tails:
                break
        return count > 0

    def _predicate(self, subject: Subject, rest: str, state: _State) -> Said | None:
        head = self._heads.read(rest)
        own = subject.side == "self"
        both = head.negated or (not own and subject.who.startswith(f"{state.speaker}'s ")) or subject.name is not None
        sides: tuple[Side, ...] = (("self", "other") if own else ("other", "self")) if both else (subject.side,)
        tries = (self._told(self._sides[side].of(head.rest), head.rest, head, subject.who, state) for side in sides)
        return next((told for told in tries if told), None)

    def _keep(self, told: Said, state: _State) -> None:
        found = [replace(one, corrects=True) if state.correcting and not one.adds and not one.denies else one for one in told.findings]
        state.found.extend(found)
        if found and found[0].value and self._subjects.relation(found[0].attribute or ""):
            state.person = found[0].value
        state.told, state.last, state.items = True, told if told.goes_on else None, []

    def _apposition(self, clause: str, bare: str | None, state: _State) -> bool:
        """Take a name behind "my mother" as hers, and behind "I have an older brother" as his."""
        if not self._subjects.is_name(clause):
            return False
        if bare is None:
            last = state.found[-1] if state.found else None
            has = last is not None and last.attribute == "has" and last.subject == state.speaker and not last.denies
            bare = self._subjects.relation(last.value or "") if last and has else None
            if bare is None:
                return False
            state.found.pop()
        state.found.append(self._teller.relation(bare, clause, state.speaker))
        state.subject, state.person, state.last = Subject(clause, "other", ""), clause, None
        return True

    def _listed(self, joint: str, clause: str, state: _State) -> None:
        """Take a clause that says nothing by itself as a further thing of a list; a list shows at its last thing."""
        if not state.last or clause.split(" ", 1)[0].lower() in self._never_item or joint not in {",", *self._list_joints}:
            state.last = None
            return
        state.items.append(clause)
        if joint == ",":
            return
        further = [self._teller.item(state.last, item) for item in state.items]
        if all(further):
            state.found.extend(one for item in further for one in item)
        state.items = []
