import pytest

from recollect.recall.words import asks, stated, terms

from .talks import found, index, talk


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("She adopted three children", "adopt a child"),
        ("We went to the café", "going to a CAFE"),
        ("Zürich über Ångström", "zurich UBER angstrom"),
        ("Straße", "STRASSE"),
        ("Your order-12345 has shipped", "where is order-12345?"),
        ("Your order-12345 has shipped", "12345"),
        ("Write to ann.smith@example.com", "ann.smith@example.com"),
        ("Write to ann.smith@example.com", "smith"),
        ("Python 3.11 is out", "3.11"),
        ("\N{FULLWIDTH LATIN CAPITAL LETTER F}\N{FULLWIDTH LATIN SMALL LETTER U}\N{FULLWIDTH LATIN SMALL LETTER N}", "fun"),
        ("Я купил новую книгу", "книги"),
        ("Ещё ёлка", "елка"),
        ("قرأت الكتاب أمس", "كتاب"),
        ("كِتَابٌ", "كتاب"),
        ("שָׁלוֹם", "שלום"),
        ("昨日、東京タワーに行った", "東京"),
        ("猫が好きです", "猫"),
        ("私の黒猫", "猫"),
        ("我喜欢北京烤鸭", "烤鸭"),
        ("저는 한국어를 공부해요", "한국어"),
        ("ฉันชอบกินข้าวผัด", "ข้าว"),
        ("मुझे हिन्दी पसंद है", "हिन्दी"),
        ("Καλημέρα", "καλημερα"),
        ("🍕 tonight", "🍕"),
    ],
)
def test_a_word_is_found_in_the_forms_that_people_write(said, asked):
    made = index(*talk("something else entirely", "nothing", session="other"), *talk(said, first=3))
    assert found(made, asked)[:1] == [3]


def test_two_letter_words_of_unspaced_scripts_are_told_apart():
    made = index(*talk("我在北京", session="a"), *talk("我在南京", session="b", first=2))
    assert found(made, "北京") == [1]


def test_everyday_words_for_the_same_thing_are_found():
    made = index(*talk("We watched a great film", session="a"), *talk("The weather is fine", session="b", first=2))
    assert found(made, "which movie?")[0] == 1


def test_an_unknown_word_is_looked_for_by_its_beginning():
    made = index(*talk("I play music every day", session="a"), *talk("I cook", session="b", first=2))
    assert found(made, "musicians")[0] == 1


def test_a_query_of_question_words_alone_looks_for_these():
    made = index(*talk("To be or not", session="a"), *talk("Anything", session="b", first=2))
    assert found(made, "not?") == [1]


def test_function_words_are_left_out():
    assert terms("This is the end of it, isn't it?") == ["end", "isn"]


def test_a_term_has_no_space_and_no_quotation_mark():
    for term in terms("a\"b 'c' d\u00a0e\u3000f \x00 g\u2028h *x* NEAR(y) z:w"):
        assert not set(term) & set(" \"'*():\u00a0\u3000\u2028\x00")


def test_what_is_stated_is_told_from_what_is_asked():
    assert stated("I like tea. Do you? Well.") == "I like tea. Well."
    assert stated("No question") == "No question"
    assert asks('"Really?"')
    assert asks("本当?")
    assert not asks("Really? Yes.")
