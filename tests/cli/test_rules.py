import pytest

from recollect import Memory
from recollect.cli.chat import notes
from recollect.cli.chat.rules import Rules


@pytest.fixture
def memory():
    with Memory("memory://") as memory:
        yield memory


@pytest.fixture
def talk(memory):
    """Say something in a session of Ana's, and return the answer of rules that were made for it."""

    def say(text, session="now", user="ana"):
        chat = memory.session(session, user=user)
        chat.append(user=text)
        shown = []
        answer = Rules(memory, user).answer(chat, shown.append)
        assert "".join(shown) == answer.text
        chat.append(answer)
        return answer.text

    return say


def test_it_admits_what_it_is(talk):
    for question in ("Who are you?", "Are you a bot?", "are you an AI"):
        assert "not a language model" in talk(question)


def test_a_name_is_remembered_in_later_sessions(talk):
    assert talk("Hi!") == "Hi! I do not know your name yet: what is it?"
    assert talk("My name is Ana Lima and I am new.") == "Nice to meet you, Ana Lima. I will remember your name."
    assert talk("good morning", "later") == "Good morning, Ana Lima! What do you want to know?"
    assert talk("What's my name?", "later").startswith("You are Ana Lima: you told me on ")
    assert talk("Thanks!", "later") == "You are welcome, Ana Lima."


def test_a_greeting_with_news_is_answered_by_the_news(talk):
    assert talk("Hello, my name is Ana.") == "Nice to meet you, Ana. I will remember your name."


def test_a_later_name_replaces_an_earlier_one(talk):
    talk("My name is Anna.")
    talk("Call me Ana, please.", "later")
    assert talk("who am I?", "last").startswith("You are Ana:")


def test_tastes_and_facts_are_looked_up(talk):
    talk("I like green tea. I also hate Mondays. I don't like rain. My favourite colour is blue.")
    talk("My favourite colour is red!", "later")
    talk("I live in Porto. Remember that the key is under the mat.", "later")
    assert talk("What do I like?") == "You told me that you like green tea."
    assert talk("What do I hate?") == "You told me that you hate Mondays."
    assert talk("What is my favourite colour?").startswith("Your favourite colour: red. You told me on ")
    assert talk("What do you know about me?").splitlines() == [
        "This is what I remember:",
        "- you like green tea",
        "- you hate Mondays",
        "- you don't like rain",
        "- your favourite colour is red",
        "- “I live in Porto”",
        "- “the key is under the mat”",
    ]


def test_nothing_is_made_up(talk):
    assert talk("What do you know about me?").startswith("Nothing yet.")
    assert talk("What is my name?") == "You have not told me your name yet."
    assert talk("What is my shoe size?").startswith("I do not know")
    assert talk("What did I say about pirates?") == "I find nothing about 'pirates' in what you said."


def test_a_question_tells_nothing(talk):
    talk("Do you think I like rain?")
    assert talk("What do I like?") == "You have not told me what you like yet."


def test_what_was_said_is_quoted_with_when_and_where(talk):
    talk("The parcel for Lisbon is late.", "monday")
    answer = talk("What did I say about the parcel?", "tuesday")
    assert answer.startswith("You mentioned 'the parcel' in 1 message.\n- “The parcel for Lisbon is late.” (")
    assert answer.endswith(", in monday)")
    assert talk("do you remember anything about Lisbon?", "tuesday").count("- “") == 1


def test_only_the_latest_quotes_are_given(talk):
    for number in range(8):
        talk(f"Tea number {number}.")
    answer = talk("What did I say about tea?")
    assert answer.startswith("You mentioned 'tea' in 8 messages. Here are the latest 5:")
    assert "number 2" not in answer
    assert "number 3" in answer


def test_messages_and_sessions_are_counted(talk):
    talk("One.", "first")
    assert talk("How many messages have I written?", "second") == "I have read 2 messages of yours in 2 sessions, this one included."


def test_a_question_it_cannot_answer_finds_what_is_near(talk):
    talk("The teapot has a cracked handle.")
    assert "The teapot has a cracked handle." in talk("Which teapot was it?")


def test_an_anonymous_session_remembers_itself_alone(memory, talk):
    talk("My name is Ana.", user=None)
    assert talk("What is my name?", user=None).startswith("You are Ana")
    assert talk("What is my name?", "other", user=None) == "You have not told me your name yet."


def test_an_anonymous_session_knows_nothing_of_the_one_before_it_in_the_same_chat(memory):
    rules = Rules(memory, None)
    answers = []
    for name, text in (("first", "My name is Ana."), ("second", "What is my name?"), ("second", "My name is Bo."), ("second", "What is my name?")):
        chat = memory.session(name)
        chat.append(user=text)
        answers.append(rules.answer(chat, lambda piece: None).text)
    assert answers[1] == "You have not told me your name yet."
    assert answers[3].startswith("You are Bo:")


def test_a_turn_reads_what_is_new_and_not_the_history(memory, monkeypatch):
    chat = memory.session("now", user="ana")
    rules = Rules(memory, "ana")
    read = []
    entries = memory.store.entries
    monkeypatch.setattr(memory.store, "entries", lambda *args, **options: read.append(found := entries(*args, **options)) or found)
    for number in range(30):
        chat.append(user=f"Message {number}.")
        chat.append(rules.answer(chat, lambda piece: None))
    assert max(map(len, read)) <= 2


def test_a_long_past_is_read_in_part(memory, talk, monkeypatch):
    talk("My name is Ana.", "first")
    talk("Hm.", "second")
    monkeypatch.setattr(notes, "SESSIONS", 1)
    assert talk("What is my name?", "third") == "You have not told me your name yet."
