"""Embedders for tests: one that knows a little, and some that go wrong."""

from threading import Event

KINDS = [
    ("work", "job", "laid off", "unemployment", "office"),
    ("pet", "dog", "cat", "puppy"),
    ("drink", "tea", "coffee"),
    ("city", "lisbon", "rome"),
]


class Knowing:
    """Knows which of four things a text is about."""

    def __init__(self, name="knowing"):
        self.name = name
        self.texts = []
        self.queries = []

    def embed_documents(self, texts):
        self.texts += texts
        return [self.vector(text) for text in texts]

    def embed_query(self, text):
        self.queries.append(text)
        return self.vector(text)

    def vector(self, text):
        return [0.01, *(float(sum(word in text.lower() for word in kind)) for kind in KINDS)]


class Gone(Knowing):
    """Cannot be reached while ``gone``."""

    gone = True

    def embed_documents(self, texts):
        if self.gone:
            raise ConnectionError("no route")
        return super().embed_documents(texts)

    def embed_query(self, text):
        if self.gone:
            raise ConnectionError("no route")
        return super().embed_query(text)


class Slow(Knowing):
    """Answers no query before it is told to."""

    def __init__(self):
        super().__init__("slow")
        self.go_on = Event()

    def embed_query(self, text):
        self.go_on.wait(20)
        return super().embed_query(text)


class Odd(Knowing):
    """Gives something else for texts with the word odd, as told: what its function makes of the vector."""

    def __init__(self, change, word="odd"):
        super().__init__("odd")
        self.change = change
        self.word = word

    def vector(self, text):
        vector = super().vector(text)
        return self.change(vector) if self.word in text else vector
