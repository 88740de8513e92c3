"""A rules file, as it is written: the words of a language, what may stand in a slot, and the rules."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from recollect.errors import Invalid
from recollect.facts.finding import Kind


class Reading(Struct, frozen=True, forbid_unknown_fields=True):
    """Words and phrases, in lower case, that steer how sentences are read.

    Args:
        leads: may stand in front of a statement without changing it.
        corrections: leads that say that something before was wrong.
        adverbs: are passed over among the first words behind the subject.
        negations: make a statement its denial, among the first words behind the subject.
        ended: likewise, for what was so once.
        stops: behind these, no more adverbs and negations are looked for ("trying to quit").
        over: make a negated statement one of what was so once, at its end.
        unreal: what they stand in, and the rest of the sentence, is no statement of fact.
        reported: likewise, as somebody else's words.
        asks: begin a question.
        tasks: give the assistant something to write, to play or to translate: nothing is read from there on.
        pasted: lead up to somebody else's text: nothing is read from there on.
        fiction: words of stories; statements with a bare name for their subject are then not believed.
        joints: words that part a sentence.
        elide: joints behind which the subject may be left out.
        list_joints: joints in front of the last thing of a list.
        relative: joints that stand for the person named last.
        contrast: words in front of what was wrong: "Ana, not Anna".
        tails: words that begin a clause of their own, behind a value and without a joint: "a nurse living in Ghent".
        meant: templates of corrections that name no attribute ("I meant {right:name}").
        contrasted: likewise, but only with what was wrong behind it ("it's Ana, not Anna").

    """

    leads: tuple[str, ...] = ()
    corrections: tuple[str, ...] = ()
    adverbs: tuple[str, ...] = ()
    negations: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    unreal: tuple[str, ...] = ()
    reported: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    pasted: tuple[str, ...] = ()
    fiction: tuple[str, ...] = ()
    joints: tuple[str, ...] = ()
    elide: tuple[str, ...] = ()
    list_joints: tuple[str, ...] = ()
    relative: tuple[str, ...] = ()
    contrast: tuple[str, ...] = ()
    tails: tuple[str, ...] = ()
    meant: tuple[str, ...] = ()
    contrasted: tuple[str, ...] = ()


class Times(Struct, frozen=True, forbid_unknown_fields=True):
    """How times begin, so that a value ends there, and how they are said in English, which dates are resolved from.

    Args:
        before: words in front of a time ("in", "on").
        names: what follows those (months, weekdays); a number always may.
        starts: what begins a time by itself ("yesterday", "next").
        english: a word or phrase of the language to its English one.

    """

    before: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    english: dict[str, str] = {}


class Slot(Struct, frozen=True, forbid_unknown_fields=True):
    """What may stand in a slot.

    Args:
        longest: words at most.
        shortest: words at least.
        one_of: a name in ``lists``: just one of these.
        within: likewise, asked of each thing of a list.
        head: a name in ``heads``: the value ends with one of these words.
        starts: a name in ``starts``: it begins with one of these.
        first_ends: endings of its first word.
        last_ends: endings of its last word.
        never: a name in ``never``: it neither is nor begins with one of these.
        without: a name in ``never``: none of these words is in it. No value ends with one of ``never.last``.
        definite: a name in ``heads``: behind a definite article it ends with one of these, or begins with a capital.
        outside: names in ``lists``: it is none of these.
        cut: a name in ``cut``: it ends in front of one of these words, as in front of those of ``cut.all`` and of times.
        capital: whether it begins with a capital letter or a digit, or else is one word, is few words without an article, or has its ``head``.
        article: it begins with an article.
        articles: whether an article in front is dropped.
        digits: a number of so many digits at most.
        dated: it has a digit or the name of a time.
        alone: nothing follows it in its clause.
        split: a list, of which each thing is a value.

    """

    longest: int = 8
    shortest: int = 1
    one_of: str | None = None
    within: str | None = None
    head: str | None = None
    starts: str | None = None
    first_ends: tuple[str, ...] = ()
    last_ends: tuple[str, ...] = ()
    never: str | None = None
    without: str | None = None
    definite: str | None = None
    outside: tuple[str, ...] = ()
    cut: str | None = None
    capital: Literal["must", "never", "or one word", "or few words", "or head"] | None = None
    article: bool = False
    articles: Literal["drop", "keep"] = "drop"
    digits: int = 0
    dated: bool = False
    alone: bool = False
    split: bool = False


class Also(Struct, frozen=True, forbid_unknown_fields=True):
    """A second thing that the same words say; left out where its value is empty."""

    attribute: str
    kind: Kind
    value: str
    text: str | None = None
    adds: bool = False
    denies: bool = False


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """What words say.

    Args:
        attribute: of the finding; may hold slots, as ``value`` and ``text`` do.
        kind: of the finding.
        says: templates of what follows a subject.
        whole: templates of whole clauses; the subject is the user.
        value: of the finding; the first slot of the template unless told.
        text: of the finding, for ``{value}``; the attribute and the value unless told.
        about: a slot that names whom it is about, instead of the user.
        adds: see ``Finding``.
        denies: see ``Finding``.
        future: only with a time to come, which the text names, and with which the finding is over.
        undated: a time in the clause is not the one that the finding holds from.
        affirmed: ``False``: said without a negation, it is no finding.
        negated: what a negation makes of it: a denial; nothing; or, where it is said to be so at all (not "no longer"), a finding of the
            attribute named by ``opposite``; ``"affirm"``: only the negated form is a finding, and not a denial.
        opposite: see there.
        also: second findings.

    """

    attribute: str
    kind: Kind
    says: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    value: str | None = None
    text: str | None = None
    about: str | None = None
    adds: bool = False
    denies: bool = False
    future: bool = False
    undated: bool = False
    affirmed: bool = True
    negated: Literal["deny", "drop", "opposite", "affirm"] = "deny"
    opposite: str | None = None
    also: tuple[Also, ...] = ()


class Language(Struct, frozen=True, forbid_unknown_fields=True):
    """A rules file.

    Args:
        language: its name.
        rules: the rules; of those that fit a clause, the first is taken.
        reading: how sentences are read.
        selves: words for the speaker ("I", "we").
        optional_self: the speaker may be left out ("vivo en Madrid").
        inverted: behind a time the verb stands in front of the speaker ("morgen fliege ich nach Rom").
        ordinal_point: a number with a point is an ordinal ("3. Mai"), and ends no sentence.
        owners: words for what is the speaker's ("my").
        pronouns: words for somebody named before ("she").
        articles: in front of values.
        told_articles: those of them that stay in the text of a finding, and not in its value ("has a Volvo").
        definite: those of them that stand for what both sides know ("the").
        unlike_names: endings of words that are no names, though they begin a sentence ("Learning from …").
        plural: words behind which a capitalised first word is no name ("Cats are …").
        prepositions: in front of what says more of a head ("village near Bordeaux").
        qualities: between ``owners`` and a relation ("my older sister").
        clitics: endings of a subject to the word that they stand for ("my dad's a nurse").
        titles: in front of names.
        abbreviations: their points end no sentence.
        contractions: words to what is read instead.
        same: values, in lower case, to the value that is kept.
        relations: relations, in lower case, to what they are called in attributes and subjects: English, so that slots are the same in all languages.
        times: how times are named.
        cut: names to words that end a value; ``all`` always counts.
        never: names to words that no value may begin with; ``subject``, ``name``, ``item`` and ``last`` are known by the reader.
        heads: names to last words of values.
        lists: names to values; ``relation`` are the people and animals that somebody may have, ``only_one`` those of whom there is one.
        starts: names to first words of values.
        words: what ``<word>`` stands for in templates.
        slots: names to what may stand there.

    """

    language: str
    rules: tuple[Rule, ...]
    reading: Reading
    selves: tuple[str, ...] = ()
    optional_self: bool = False
    ordinal_point: bool = False
    inverted: bool = False
    owners: tuple[str, ...] = ()
    pronouns: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    told_articles: tuple[str, ...] = ()
    definite: tuple[str, ...] = ()
    unlike_names: tuple[str, ...] = ()
    plural: tuple[str, ...] = ()
    prepositions: tuple[str, ...] = ()
    qualities: tuple[str, ...] = ()
    clitics: dict[str, str] = {}
    titles: tuple[str, ...] = ()
    abbreviations: tuple[str, ...] = ()
    contractions: dict[str, str] = {}
    same: dict[str, str] = {}
    relations: dict[str, str] = {}
    times: Times = Times()
    cut: dict[str, tuple[str, ...]] = {}
    never: dict[str, tuple[str, ...]] = {}
    heads: dict[str, tuple[str, ...]] = {}
    lists: dict[str, tuple[str, ...]] = {}
    starts: dict[str, tuple[str, ...]] = {}
    words: dict[str, str] = {}
    slots: dict[str, Slot] = {}


def language(path: Path) -> Language:
    """Read a rules file.

    Raises:
        Invalid: it cannot be read, is no TOML, or has a part that is unknown, missing or of the wrong type; the message names the place.

    """
    try:
        found = msgspec.convert(tomllib.loads(path.read_text("utf-8")), Language)
    except OSError as error:
        raise Invalid(f"{path}: a rules file that cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise Invalid(f"{path}: a rules file is TOML in UTF-8: {error}") from error
    except msgspec.ValidationError as error:
        raise Invalid(f"{path}: {error}. docs/rules.md tells what a rules file holds") from error
    if missing := next(_missing(found), None):
        raise Invalid(f"{path}: {missing}. docs/rules.md tells what a rules file holds")
    return found


def _missing(found: Language) -> Iterator[str]:
    """Yield what slots name and the file has not."""
    for name, slot in found.slots.items():
        asked = {
            "lists": (slot.one_of, slot.within, *slot.outside),
            "heads": (slot.head, slot.definite),
            "starts": (slot.starts,),
            "never": (slot.never, slot.without),
            "cut": (slot.cut,),
        }
        for part, wanted in asked.items():
            has = getattr(found, part)
            yield from (f"slots.{name}: there is no {one!r} in [{part}]" for one in wanted if one is not None and one not in has)
