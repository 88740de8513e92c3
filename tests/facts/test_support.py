"""English rules: what users tell a support desk, and what sounds like it."""

import pytest

from recollect.facts.rules import Rules

from .utterances import SAID

SAYS = {
    "My e-mail is mia@example.com.": [("email", "mia@example.com")],
    "My email address is mia@example.com": [("email", "mia@example.com")],
    "You can reach me at mia@example.com": [("email", "mia@example.com")],
    "Hi, my order number is A-12345-X and it has not arrived.": [("order number", "A-12345-X")],
    "My customer number is 4711.": [("customer number", "4711")],
    "My printer is a Canon G650.": [("has", "Canon G650 printer")],
    "My printer is a Canon G650 printer.": [("has", "Canon G650 printer")],
    "I have a Canon G650 printer.": [("has", "Canon G650 printer")],
    "My phone is an iPhone 12.": [("has", "iPhone 12 phone")],
    "I'm on the Pro plan.": [("subscription", "Pro")],
    "I am on the free plan": [("subscription", "free")],
    "I switched to the Business plan last week.": [("subscription", "Business")],
    "I don't want phone calls.": [("does not want", "phone calls")],
    "I do not want to get any calls or newsletters.": [("does not want", "calls"), ("does not want", "newsletters")],
    "I drive a Volvo.": [("has", "Volvo")],
}

SAYS_NOTHING = [
    "My email is broken",
    "My order number is wrong.",
    "My order number is 5 digits long.",
    "My order number is on the invoice.",
    "What is my order number?",
    "Reach me at 5 pm.",
    "My printer is broken.",
    "My printer is a nightmare.",
    "I have a printer.",
    "I have a Canon G650 printer that does not print.",
    "I have a problem with my Canon printer.",
    "I'm on the way.",
    "If I were on the Pro plan, could I do this?",
    "My plan is to move to Rome.",
    "I want calls.",
    "I don't want calls before 9.",
    "I drive a hard bargain.",
    "I don't drive a car.",
]


@pytest.fixture(scope="module")
def rules() -> Rules:
    return Rules.of("en")


@pytest.mark.parametrize(("text", "facts"), SAYS.items())
def test_what_a_user_tells_a_support_desk_is_found(rules: Rules, text: str, facts: list[tuple[str, str]]) -> None:
    assert [(one.attribute, one.value) for one in rules.find(text, SAID)] == facts


@pytest.mark.parametrize("text", SAYS_NOTHING)
def test_what_only_sounds_like_it_is_passed_over(rules: Rules, text: str) -> None:
    assert rules.find(text, SAID) == []


def test_a_text_has_the_article_that_was_said_and_a_value_has_none(rules: Rules) -> None:
    told = {
        "I drive a Volvo.": [("has a Volvo", "Volvo")],
        "My printer is a Canon G650.": [("has a Canon G650 printer", "Canon G650 printer")],
        "I have a dog and two cats.": [("has a dog", "dog"), ("has two cats", "two cats")],
        "I like the beach and good books.": [("likes the beach", "beach"), ("likes good books", "good books")],
        "I'm not fond of the cold.": [("dislikes the cold", "cold")],
        "I'm an accountant at Nike.": [("works at Nike", "Nike"), ("works as an accountant", "accountant")],
        "I'm training for a marathon.": [("is training for a marathon", "training for a marathon")],
    }
    assert {text: [(one.text, one.value) for one in rules.find(text, SAID)] for text in told} == told


def test_orders_stand_beside_each_other_and_plans_do_not(rules: Rules) -> None:
    (order,), (plan,), (over,) = (
        rules.find(text, SAID) for text in ("My order number is 7.", "I'm on the Pro plan", "I'm not on the Pro plan anymore.")
    )
    assert (order.adds, plan.adds, over.denies) == (True, False, True)
