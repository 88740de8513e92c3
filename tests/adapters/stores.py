"""Stores that count, and stores that fail."""

from threading import Event

from recollect import StoreError


class Around:
    """A store around another one."""

    def __init__(self, store):
        self.store = store

    def __getattr__(self, name):
        return getattr(self.store, name)


class Counting(Around):
    """Counts the entries that are read, and the calls of append and entries."""

    def __init__(self, store):
        super().__init__(store)
        self.read, self.calls = 0, []

    def entries(self, *args, **kwargs):
        self.calls.append("entries")
        found = self.store.entries(*args, **kwargs)
        self.read += len(found)
        return found

    def append(self, *args, **kwargs):
        self.calls.append("append")
        return self.store.append(*args, **kwargs)


class Failing(Around):
    """Refuses every append."""

    def append(self, *args, **kwargs):
        raise StoreError("the disk is gone")


class Doubtful(Around):
    """Writes the first append, and says that it may not have."""

    def __init__(self, store):
        super().__init__(store)
        self.told = False

    def append(self, *args, **kwargs):
        position = self.store.append(*args, **kwargs)
        if not self.told:
            self.told = True
            raise StoreError("the connection broke", outcome="unknown")
        return position


class Held(Around):
    """Lets no append pass until it is set free."""

    def __init__(self, store):
        super().__init__(store)
        self.free = Event()

    def append(self, *args, **kwargs):
        assert self.free.wait(10)
        return self.store.append(*args, **kwargs)
