"""What the audit says of one action, and of its own chains."""

from typing import Literal, NamedTuple

from msgspec import Raw, Struct
from msgspec.json import Decoder, Encoder

from recollect.codec.body import pack, unpack
from recollect.errors import Damaged, NewerFormat
from recollect.privacy.audit.key import Key

Result = Literal["begun", "ok", "refused", "failed"]

PURPOSE = b"recollect audit record 1\n"
"""What stands in front of a record under its MAC."""


class Run(Struct, frozen=True, array_like=True):
    """Messages of one session that follow on each other, or facts: the positions of the first and the last, how many, and tags of their ids.

    A tag is a keyed hash of an id: it tells a message from another one, also in a copy, where positions are others, and is no id.
    """

    first: int
    last: int
    count: int
    starts: str
    ends: str


class Head(Struct, frozen=True, array_like=True):
    """How far a chain goes: its latest record's number and MAC; 0 and "" before the first."""

    chain: str
    number: int
    mac: str


class Record(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One record. Subject and session are pseudonyms.

    Args:
        chain: the chain it stands in, by its random id.
        number: its place there, from 1 up.
        link: the MAC of the record before it; of a chain's first record, that of the registry's record which begins the chain.
        at: when, in microseconds since 1970 (UTC), by the clock of the machine. It decides no order.
        action: what was done: see recollect.privacy.audit.actions.
        result: ``"begun"`` before what is removed or handed out whole, and ``"ok"``, ``"refused"`` or ``"failed"`` behind.
        actor: who.
        purpose: what for, as the application says.
        subject: whose data; "" for nobody's in particular.
        session: which session.
        error: the class of the error.
        begun: the number of the record that told the beginning.
        counts: how many of what.
        messages: which messages were written, or reached a model or a reader.
        facts: which facts reached a model or a reader.
        bound: at the most these messages: a view of the application's own gives no messages, and was shown these.
        begins, ends, seen, cuts: of the registry: chains that begin, end, were seen this far, or were cut off.

    """

    chain: str
    number: int
    link: str
    at: int
    action: str
    result: Result = "ok"
    actor: str = ""
    purpose: str = ""
    subject: str = ""
    session: str = ""
    error: str = ""
    begun: int = 0
    counts: dict[str, int] = {}
    messages: list[Run] = []
    facts: list[Run] = []
    bound: bool = False
    begins: str = ""
    ends: list[Head] = []
    seen: list[Head] = []
    cuts: list[Head] = []

    @property
    def registers(self) -> bool:
        """Whether it is of the registry."""
        return bool(self.begins or self.ends or self.cuts)


class Signed(Struct, frozen=True, forbid_unknown_fields=True):
    """A record as it is stored: its JSON, to the byte, and the MAC over it."""

    record: Raw
    mac: str


class Written(NamedTuple):
    """A stored record that was read; ``key`` is the one that checks its MAC, None if none does."""

    record: Record
    mac: str
    key: Key | None


_encoder = Encoder()
_signed = Decoder(Signed)
_record = Decoder(Record)


def sign(record: Record, key: Key) -> tuple[bytes, str]:
    """Return the body of a record, and its MAC."""
    raw = _encoder.encode(record)
    mac = key.mac(PURPOSE, raw)
    return pack(Signed(Raw(raw), mac)), mac


def read(body: bytes, keys: list[Key]) -> Written | None:
    """Return the record of a body; None where it cannot be read as one."""
    try:
        signed = unpack(body, _signed)
        raw = bytes(signed.record)
        record = _record.decode(raw)
    except (Damaged, NewerFormat, ValueError):  # what msgspec raises is a ValueError
        return None
    return Written(record, signed.mac, next((key for key in keys if key.checks(signed.mac, PURPOSE, raw)), None))
