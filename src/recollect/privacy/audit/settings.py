"""How a memory is audited."""

from collections.abc import Sequence

from recollect.codec.plain import check_name
from recollect.errors import Invalid
from recollect.privacy.audit.anchors import Anchoring, to
from recollect.privacy.audit.key import Key, KeySource, key_of

LONGEST = 60.0
"""Seconds that a read's record may wait, at the most."""


class Audit:
    """That a memory is audited: ``Memory(url, audit=Audit(key="/etc/support/audit.key", actor="support-app"))``.

    Args:
        key: of the MACs: the path of a file (made, readable by its owner alone, where there is none), ``"env:NAME"``, or 32 bytes. Keep it
            apart from the database and its backups: who could change both could write another past.
        actor: who acts, unless ``memory.acting(…)`` says otherwise. No user's name: it stands in the records as it is.
        reads: note reads, too: no context, recall or message is handed out before its record is durable.
        delay: how many seconds a read's record may wait for the next write's, so that both take one commit. Above 0, a read is handed out before
            its record is durable: a crash may lose the records of reads of the last so many seconds.
        anchor: where the chains' heads are noted, too: a file (on another machine's disk, or write-once), or a function that takes an
            Anchor. Without one, a cut-off end is not found.
        every: an anchor at the latest after so many records.
        seconds: and at the latest so many seconds after a record.
        former: keys that were used before, so that what they signed is still checked.

    Raises:
        Invalid: an argument is out of its range, or the key is none.
        NotFound: there is no such variable, former key, or folder for the anchors.
        StoreError: the key's file cannot be read or made.

    """

    def __init__(
        self,
        key: KeySource,
        *,
        actor: str = "",
        reads: bool = True,
        delay: float = 0.0,
        anchor: Anchoring | None = None,
        every: int = 1000,
        seconds: float = 60.0,
        former: Sequence[KeySource] = (),
    ) -> None:
        if type(every) is not int or every < 1:
            raise Invalid(f"every is {every!r}; give how many records an anchor may stand for, from 1 up")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
            raise Invalid(f"seconds is {seconds!r}; give a number above 0")
        if isinstance(delay, bool) or not isinstance(delay, int | float) or not 0 <= delay <= LONGEST:
            raise Invalid(f"delay is {delay!r}; give a number of seconds from 0 to {LONGEST:g}")
        if isinstance(former, str | bytes) or not isinstance(former, Sequence):
            raise Invalid("former is a single key; give a list of them")
        self.key: Key = key_of(key, make=True)
        self.keys: list[Key] = [self.key, *(key_of(one, make=False) for one in former)]
        self.actor = check_name(actor, "the actor", empty=True)
        self.reads = bool(reads)
        self.delay = float(delay)
        self.keep = None if anchor is None else to(anchor)
        self.every = every
        self.seconds = float(seconds)

    def __repr__(self) -> str:
        """Tell nothing of the keys."""
        return f"Audit(actor={self.actor!r}, reads={self.reads})"
