"""Small conversations to be searched."""

from recollect.recall.dates import DAY
from recollect.recall.index import Index
from recollect.recall.passage import Passage

START = 1_684_108_800_000_000
"""Monday, 15 May 2023."""


def talk(*texts, session="s", first=1, start=START, every=DAY, roles=("user", "assistant"), speakers=(None, None)):
    """Return the messages of a session, in turns of the roles."""
    return [Passage(session, first + turn, roles[turn % 2], start + turn * every, text, speakers[turn % 2]) for turn, text in enumerate(texts)]


def index(*passages):
    made = Index()
    made.add(passages)
    return made


def found(made, query, k=10, *args, **options):
    return [hit.position for hit in made.search(query, k, *args, **options)]
