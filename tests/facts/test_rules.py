import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facts.utterances import SAID, fact, found, score, utterances
from recollect.errors import Invalid
from recollect.facts.finding import KINDS, USER
from recollect.facts.reading import HEAD
from recollect.facts.rules import FOLDER, Rules, languages

RULES = Rules.of("en")
HALVES = {name: utterances(name) for name in ("development", "held_out")}


def said(text: str, role: str = "user", speaker: str | None = None) -> list[tuple]:
    """Return what is found in a text, as (subject, attribute, value, denied)."""
    return [(one.subject, one.attribute, one.value, one.denies) for one in RULES.find(text, SAID, role, speaker)]


def test_the_labelled_set_is_large_and_has_traps() -> None:
    everything = [one for half in HALVES.values() for one in half]
    assert len(everything) >= 320
    assert sum(not one.facts for one in everything) >= 100
    assert len({one.text for one in everything}) == len(everything)


@pytest.mark.parametrize("names", [("development",), ("held_out",), ("development", "held_out")], ids="+".join)
def test_rules_are_right_nine_times_of_ten_and_find_most(names: tuple[str, ...]) -> None:
    result = score(RULES, [one for name in names for one in HALVES[name]])
    assert result.precision >= 0.9
    assert result.recall >= 0.6


def test_times_are_those_that_the_labels_tell() -> None:
    for one in HALVES["development"]:
        for finding in found(RULES, one):
            day = one.since.get(fact(finding))
            if day and finding.since is not None:
                assert datetime.fromtimestamp(finding.since / 1e6, UTC).date().isoformat() == day, one.text
            elif day:
                assert day in finding.text, one.text


def test_only_the_users_messages_are_read_unless_people_talk_with_each_other() -> None:
    assert said("I live in Lisbon.") == [(USER, "lives in", "Lisbon", False)]
    assert said("I live in Lisbon.", role="assistant") == []
    assert said("I live in Lisbon.", role="assistant", speaker="Ana") == [("Ana", "lives in", "Lisbon", False)]
    assert said("My sister lives in Lisbon.", speaker="Ana") == [("Ana's sister", "lives in", "Lisbon", False)]


def test_findings_are_whole() -> None:
    for one in (one for half in HALVES.values() for one in half):
        for finding in found(RULES, one):
            assert finding.text
            assert finding.kind in KINDS
            assert finding.value == finding.value.strip() if finding.value else finding.denies
            assert finding.attribute or (finding.corrects and finding.value)


def test_a_plan_tells_its_day_and_is_over_with_it() -> None:
    (plan,) = RULES.find("I'm flying to Rome next Friday.", SAID)
    assert plan.text == "flying to Rome, on 2024-03-22"
    assert plan.since is None
    assert plan.until == int(datetime(2024, 3, 23, tzinfo=UTC).timestamp()) * 1_000_000


def test_a_correction_tells_what_was_wrong() -> None:
    (right,) = RULES.find("Actually, it's Ana, not Anna.", SAID)
    assert (right.attribute, right.value, right.wrong, right.corrects) == (None, "Ana", "Anna", True)


@pytest.mark.parametrize("quote", ['"{}"', "“{}”", "«{}»", "„{}“", "`{}`", "```\n{}\n```", "> {}", "'{}'"])
def test_quotations_and_code_say_nothing(quote: str) -> None:
    assert said(quote.format("I live in Lisbon and my name is Ana.")) == []


def test_text_after_a_task_says_nothing_but_what_stands_before_it_does() -> None:
    text = "I live in Lisbon. Translate this into French: I live in Rome.\nMy name is Bob."
    assert said(text) == [(USER, "lives in", "Lisbon", False)]


def test_in_a_long_message_only_what_the_speaker_says_of_themselves_counts() -> None:
    article = "\n".join(["Ana lives in Lisbon. She works at Nike and her sister moved to Rome."] * 40)
    assert said(f"I live in Oslo.\n{article}\nI'm vegan.") == [(USER, "lives in", "Oslo", False), (USER, "diet", "vegan", False)]


def test_the_beginning_and_the_end_of_a_megabyte_are_read() -> None:
    text = "I live in Oslo.\n" + "lorem ipsum dolor\n" * 60_000 + "I'm vegan."
    assert said(text) == [(USER, "lives in", "Oslo", False), (USER, "diet", "vegan", False)]


PIECES = [
    "a",
    " ",
    "\n",
    ">",
    "`",
    '"',
    "'",
    "(",
    ",",
    ".",
    "I ",
    "my sister ",
    "i am ",
    "not ",
    "in in ",
    "and ",
    "\t>",
    "``` ",
    "no longer ",
    "A ",
    "Dr. ",
    "\u00a0",
]
PIECES += ["\u0301", "\U0001f389", "my favourite ", "is my favourite ", "I prefer a to ", "I live in ", "I like a, "]
HOSTILE = [piece * (HEAD // len(piece)) for piece in PIECES] + [(piece * (390 // len(piece)) + ".\n") * 30 for piece in PIECES]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    RULES.find(text, SAID)
    assert time.process_time() - began < 1


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    for finding in RULES.find(text, SAID):
        assert finding.kind in KINDS


@given(
    st.lists(
        st.sampled_from(
            [
                "I",
                "my",
                "sister",
                "Ana",
                "live",
                "in",
                "Rome",
                "not",
                ",",
                ".",
                "and",
                "prefer",
                "to",
                "am",
                "a",
                "nurse",
                "since",
                "2019",
                "?",
                '"',
                "no longer",
            ]
        )
    )
)
def test_any_words_are_read(words: list[str]) -> None:
    RULES.find(" ".join(words), SAID)


@pytest.mark.parametrize("said_at", [0, -62_135_596_800_000_000, 253_402_300_799_000_000, -(1 << 62), 1 << 62])
def test_any_time_is_taken(said_at: int) -> None:
    assert RULES.find("I moved to Rome last year.", said_at)[0].value == "Rome"
    RULES.find("I'm flying to Rome next month.", said_at)


@pytest.mark.parametrize(
    "text",
    ["Я живу в Москве", "我叫小明\uff0c我住在北京", "أعيش في القاهرة", "ฉันอยู่ที่กรุงเทพ", "東京に住んでいます", "🎉🎉🎉", "\u202eI ma", "\x00\x01"],
)
def test_other_scripts_say_nothing_in_english(text: str) -> None:
    assert said(text) == []


IN_OTHER_LANGUAGES = {
    "de": {
        "Hallo, ich heiße Jonas und wohne in Hamburg.": [("name", "Jonas", False), ("lives in", "Hamburg", False)],
        "Ich wohne nicht mehr in Berlin.": [("lives in", "Berlin", True)],
        "Ich esse kein Fleisch mehr.": [("does not eat", "Fleisch", False)],
        "Ich bin am 3. Mai 1990 geboren.": [("birthday", "3. Mai 1990", False)],
        "Ich mag lieber Tee als Kaffee.": [("prefers", "Tee", False), ("prefers", "Kaffee", True)],
        "Wenn ich in Rom wohnen würde": [],
        "Er sagt, ich wohne in Rom.": [],
        "Übersetze: Ich wohne in Rom": [],
        "Menschen leben in Städten.": [],
    },
    "es": {
        "Hola, me llamo Ana y vivo en Madrid.": [("name", "Ana", False), ("lives in", "Madrid", False)],
        "Ya no vivo en Bogotá.": [("lives in", "Bogotá", True)],
        "No como carne.": [("does not eat", "carne", False)],
        "Me encanta el fútbol y la música clásica.": [("likes", "fútbol", False), ("likes", "música clásica", False)],
        "¿Vivo en Madrid?": [],
        "Dice que vive en Roma.": [],
        "La gente vive en ciudades.": [],
    },
    "fr": {
        "Bonjour, je m'appelle Léa et j'habite à Lyon.": [("name", "Léa", False), ("lives in", "Lyon", False)],
        "Je n'habite plus à Paris.": [("lives in", "Paris", True)],
        "Je ne mange pas de viande.": [("does not eat", "viande", False)],
        "J'ai deux enfants et un chat.": [("has", "deux enfants", False), ("has", "chat", False)],
        "Où habites-tu ?": [],
        "Il dit que j'habite à Rome.": [],
        "Si j'habitais à Rome, je mangerais des pâtes.": [],
    },
}


@pytest.mark.parametrize("language", IN_OTHER_LANGUAGES)
def test_other_languages_have_rules_too(language: str) -> None:
    rules = Rules.of(language)
    for text, facts in IN_OTHER_LANGUAGES[language].items():
        assert [(one.attribute, one.value, one.denies) for one in rules.find(text, SAID)] == facts, text


def test_the_languages_are_named() -> None:
    assert languages() == ("de", "en", "es", "fr")
    with pytest.raises(Invalid, match="no rules for 'xx'; there are for de, en, es, fr"):
        Rules.of("xx")
    with pytest.raises(Invalid, match="there are no rules"):
        Rules.of("../en")


def test_every_way_to_say_a_thing_in_the_folder_can_be_read() -> None:
    for path in FOLDER.glob("*.toml"):
        assert Rules.load(path).language


@pytest.mark.parametrize("language", ["de", "es", "fr"])
def test_rules_of_other_languages_are_right_and_find_most_of_their_set(language: str) -> None:
    told = utterances(language)
    result = score(Rules.of(language), told)
    assert len(told) >= 38
    assert result.precision >= 0.95
    assert result.recall >= 0.9
    assert result.trapped == 0


def test_a_relation_has_one_name_in_all_languages() -> None:
    texts = {"en": "My sister Ana works at Nike.", "de": "Meine Schwester Ana arbeitet bei Nike.", "es": "Mi hermana Ana trabaja en Nike."}
    for language, text in texts.items():
        facts = {(one.subject, one.attribute, one.value) for one in Rules.of(language).find(text, SAID)}
        assert facts == {(USER, "sister", "Ana"), ("Ana", "works at", "Nike")}, language


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("de", "Am Freitag fliege ich nach Rom.", "2024-03-15"),
        ("de", "Ich fliege am Freitag nach Rom.", "2024-03-15"),
        ("fr", "Demain, je vais à Nice.", "2024-03-14"),
        ("es", "El viernes vuelo a Roma.", "2024-03-15"),
        ("en", "Tomorrow, I'm flying to Rome.", "2024-03-14"),
    ],
)
def test_a_time_may_stand_in_front(language: str, text: str, day: str) -> None:
    (plan,) = Rules.of(language).find(text, SAID)
    assert (plan.attribute, day in plan.text) == ("plan", True)
