"""How much each signal counts. Every signal is between 0 and 1; the words of the best match make 1."""

from msgspec import Struct


class Weights(Struct, frozen=True):
    """The one default that all are ranked by. docs/recall.md tells the reason of each signal, and what it brings.

    Args:
        words: words of the query in the message and, less, in the two on either side.
        session: how well the best turns of that stretch of the conversation match.
        speaker: the person that the query names, or "my" and "you told me".
        date: the time that the query names.
        form: a statement rather than a question; half of it again for what follows a question.
        length: up to fifteen content words that are no question.
        personal: speaks of "I" or "we".
        opens: the first message of a session, where news and wishes are told.
        fact: what is known of the user, rather than a message: somebody distilled it.
        recency: the later of two that are otherwise alike.
        dense: likeness by vectors, where there are any.
        beside: what is left of ``words`` for a message that has a vector, so that the two together count like words alone.

    """

    words: float = 1.0
    session: float = 0.15
    speaker: float = 0.2
    date: float = 0.4
    form: float = 0.1
    length: float = 0.2
    personal: float = 0.1
    opens: float = 0.1
    fact: float = 0.1
    recency: float = 0.01
    dense: float = 0.5
    beside: float = 0.6


DEFAULT = Weights()
