"""The tables of an index in memory, and the numbers that its rows go by.

A row's number tells its session and its place there: ``block << 16 | turn``. So the turns around a message are the numbers
around its own, a session is a range of numbers, and neither needs a look into a table. A session that outgrows a block gets another.
Facts stand in blocks of the session "", so far from each other that none is another's neighbour.

Words are kept by impact: a message is up to five documents of the word table, numbered ``row << 4 | asked << 3 | level``, each
with the words of that level. Level 1 is a word that is said once in a message of usual length; in a long answer such a word stands at
level 4, and the words that the answer is about stand higher. That is what BM25 does with counts and lengths, and it leaves bare
lists of numbers to be read for a query.
"""

from math import log2

APPLICATION = 0x52435231
"""SQLite's application id of a saved index."""
FORMAT = 3
"""Goes up when the tables change, or what text becomes which terms."""

TURNS = 1 << 16
"""Numbers of a block."""
GAP = 2
"""Numbers at a block's end that stay free, so that no turn is taken for a neighbour of another session's."""
FACTS = ""
"""The session in whose blocks facts stand. No session of a user's has this name."""
APART = 64
"""Numbers from one fact to the next: a stretch of conversation each."""
LEVELS = (2.0, 1.0, 0.5, 0.25, 0.125)
"""What a word counts for in a message, by level; 1 is once in a message of usual length."""
LEVEL_BITS = 3
ASKED = 1 << LEVEL_BITS
"""Set in the numbers of a message that ends with a question."""
PLACE_BITS = LEVEL_BITS + 1
"""Bits of a word's number below its row's."""
USUAL = 30
"""Content words of a message up to which its length plays no part."""
SHORT = 20
"""Content words of the average message up to which messages lean on those around them."""
PENALTY = 0.75
"""BM25's b: how much of a length beyond the usual counts against a word."""

ROLES = ("system", "user", "assistant", "tool", "fact")

ASKS, QUESTIONED, ANSWERS, PERSONAL, OPENS, OTHERS = 1, 2, 4, 8, 16, 32
"""Form, as bits: ends with a question; has one; the message before has one; speaks of "I" or "we"; is a session's first; is a fact about
somebody else than the user."""
FORMS = 64
"""How many there are."""

SCHEMA = """
PRAGMA secure_delete = ON;
CREATE TABLE state (through INTEGER NOT NULL, count INTEGER NOT NULL, words INTEGER NOT NULL, removed INTEGER NOT NULL);
INSERT INTO state VALUES (0, 0, 0, 0);
CREATE TABLE block (id INTEGER PRIMARY KEY, session TEXT NOT NULL, turns INTEGER NOT NULL);
CREATE INDEX block_session ON block (session);
CREATE TABLE speaker (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE passage (
    row INTEGER PRIMARY KEY, position INTEGER NOT NULL UNIQUE, created INTEGER NOT NULL,
    said INTEGER NOT NULL, length INTEGER NOT NULL, form INTEGER NOT NULL, role INTEGER NOT NULL, speaker INTEGER
);
CREATE INDEX passage_created ON passage (created);
CREATE INDEX passage_prompt ON passage (row) WHERE role = 0;
CREATE TABLE fact (key TEXT PRIMARY KEY, row INTEGER NOT NULL UNIQUE) WITHOUT ROWID;
CREATE VIRTUAL TABLE word USING fts5 (terms, content='', contentless_delete=1, detail=none, tokenize="ascii tokenchars '@._/-'");
"""


def norm(length: int) -> float:
    """Return how much less a word counts in a message of some content words: BM25's length control, for more than usual lengths."""
    return 1.0 if length <= USUAL else 1 + PENALTY * (length / USUAL - 1)


def level(times: int, length: int) -> int:
    """Return the level of a word that is said some times in a message of some content words."""
    return min(len(LEVELS) - 1, max(0, 1 + round(log2(norm(length) / times))))
