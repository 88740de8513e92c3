"""Made-up chats of a user with an assistant: short requests with a fact in passing, long answers full of the topic's words.

They stand for what LoCoMo is not. Half of the questions ask for what the user said of himself, half for what the assistant
advised. Every topic is also talked of in two other sessions, which have the words but not the answer.
"""

from pathlib import Path
from random import Random
from typing import NamedTuple

DAY = 86_400_000_000

TEXT = Path(__file__).with_name("texts") / "assistant_chats.txt"
"""Three blocks of lines: topics (name | nouns | what the user says | a question | what the assistant advises | a question), requests, sentences."""


class Said(NamedTuple):
    session: str
    role: str
    created: int
    text: str


class Asked(NamedTuple):
    question: str
    answer: int
    """The position, counted from 1, of the message that has the answer."""


def chats(seed: int = 7) -> tuple[list[Said], list[Asked]]:
    """Return the messages in order, and the questions with the message that answers each."""
    random = Random(seed)
    topics, asking, telling = (block.splitlines() for block in TEXT.read_text("utf-8").strip().split("\n\n"))
    sessions = [(topic, kind) for topic in topics for kind in ("fact", "other", "other")]
    random.shuffle(sessions)
    said: list[Said] = []
    asked: list[Asked] = []
    for number, (topic, kind) in enumerate(sessions):
        name, nouns, fact, question, advice, about = topic.split(" | ")
        words = dict(zip("abcdef", random.sample(nouns.split(", "), 6), strict=True)) | {"topic": name}
        requests = [text.format(**words) for text in random.sample(asking, 3)]
        answers = [[text.format(**words) for text in random.sample(telling, 8)] for _ in requests]
        if kind == "fact":
            turn = random.randrange(3)
            requests[turn] = f"{fact} {requests[turn]}" if random.random() < 0.5 else f"{requests[turn]} {fact}"
            answers[2].insert(random.randrange(8), advice)
            asked += [Asked(question, len(said) + 2 * turn + 1), Asked(about, len(said) + 6)]
        for request, answer in zip(requests, answers, strict=True):
            said += [Said(f"chat-{number}", "user", number * DAY, request), Said(f"chat-{number}", "assistant", number * DAY, " ".join(answer))]
    return said, asked
