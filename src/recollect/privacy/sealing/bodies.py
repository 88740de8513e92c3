"""An owner's bodies, sealed and opened."""

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from recollect.errors import Damaged, RecollectError
from recollect.model import Document, Entry, Owner, Saved
from recollect.privacy.keys.keyring import Keyring
from recollect.privacy.keys.record import OwnerKeys
from recollect.privacy.sealing import content, record
from recollect.privacy.sealing.places import derived_place, document_place, entry_place, owner_place
from recollect.store.protocol import REMOVED, REWRITTEN, SETTINGS

NOTICES = {REMOVED, REWRITTEN}
"""Collections whose documents stores write by themselves: empty, and so plain."""


class Bodies:
    """What seals and opens the bodies of one owner, for the length of a call. Keys are asked for when the first body needs them.

    Args:
        owner: whose.
        keyring: where the keys are.
        mixed: plain bodies are given back as they are, instead of being an error.

    """

    __slots__ = ("_keyring", "_mixed", "_opener", "_owner", "_place", "_sealer")

    def __init__(self, owner: Owner, keyring: Keyring, *, mixed: bool) -> None:
        self._owner = owner
        self._keyring = keyring
        self._mixed = mixed
        self._sealer: record.Sealer | None = None
        self._opener: record.Opener | None = None
        self._place = owner_place(owner)

    def seal_entry(self, session: str, entry: Entry) -> Entry:
        """Return an entry with its body sealed, and its digest keyed: equal contents of different entries have different digests."""
        e = entry
        sealer = self._sealing()
        digest = _digest(sealer.keys, session, e.id, e.digest)
        place = entry_place(self._place, session, e.id, e.role, e.created, e.tokens, digest)
        body = sealer.seal(content.pack_entry(e.role, e.digest, e.body), place)
        return Entry(e.position, e.id, e.role, e.created, e.tokens, digest, body, e.session, e.edition)

    def open_entry(self, entry: Entry) -> Entry:
        """Return an entry as it was before it was sealed."""
        e = entry

        def where() -> str:
            return f"message {e.id!r} of session {e.session!r} of {_shown(self._owner)}"

        if not self._check(e.body, where):
            return e
        place = entry_place(self._place, e.session, e.id, e.role, e.created, e.tokens, e.digest)
        try:
            digest, body = content.unpack_entry(e.role, self._open(e.body, place))
        except RecollectError as error:
            raise _placed(error, where()) from error
        return Entry(e.position, e.id, e.role, e.created, e.tokens, digest, body, e.session, e.edition)

    def seal_document(self, document: Document) -> Document:
        """Return a document with its body sealed; a notice as it is."""
        if document.body is None or (document.collection in NOTICES and not document.body):
            return document
        return replace(document, body=self._seal(document.body, document_place(self._place, document.collection, document.key)))

    def open_document(self, document: Document) -> Document:
        """Return a document as it was before it was sealed."""
        d = document
        if d.body is None or (d.collection in NOTICES and not d.body):
            return d
        return replace(d, body=self._opened(d.body, d.collection, d.key))

    def seal_settings(self, session: str, settings: bytes) -> bytes:
        """Return a session's settings, sealed: they are a document, too."""
        return self._seal(settings, document_place(self._place, SETTINGS, session))

    def open_settings(self, session: str, settings: bytes) -> bytes:
        """Return a session's settings as they were before they were sealed."""
        return self._opened(settings, SETTINGS, session)

    def seal_parts(self, name: str, position: int, parts: Sequence[bytes]) -> list[bytes]:
        """Return the parts of a derived document, sealed. They are compressed already, or cannot be."""
        count, sealer = len(parts), self._sealing()
        return [sealer.seal(part, derived_place(self._place, name, number, count, position)) for number, part in enumerate(parts)]

    def open_parts(self, name: str, saved: Saved) -> Saved:
        """Return a derived document as it was before it was sealed."""
        count, opened = len(saved.parts), []
        for number, part in enumerate(saved.parts):
            if not record.is_sealed(part):
                raise Damaged(f"part {number} of {name!r} is not sealed")
            opened.append(self._open(part, derived_place(self._place, name, number, count, saved.position)))
        return Saved(saved.position, tuple(opened))

    def _seal(self, body: bytes, place: bytes) -> bytes:
        return self._sealing().seal(content.pack(body), place)

    def _opened(self, body: bytes, collection: str, key: str) -> bytes:
        def where() -> str:
            return f"document {key!r} of {collection!r} of {_shown(self._owner)}"

        if not self._check(body, where):
            return body
        try:
            return content.unpack(self._open(body, document_place(self._place, collection, key)))
        except RecollectError as error:
            raise _placed(error, where()) from error

    def _check(self, body: bytes, where: Callable[[], str]) -> bool:
        """Tell whether a body is sealed; raises where it must be, and is not."""
        if record.is_sealed(body):
            return True
        if self._mixed and body[:1] != bytes((record.VERSION,)):
            return False
        raise Damaged(
            f"{where()} is not sealed, in a sealed memory: it is damaged, or something without the keys wrote it. "
            "Restore it from a backup; or seal what is plain, if you know who wrote it: recollect seal"
        )

    def _open(self, body: bytes, place: bytes) -> bytes:
        opener = self._opener
        if opener is None:
            opener = self._opener = record.Opener(self._keyring.key(self._owner))
        if opener.keys.key(record.key_of(body)) is None:  # made by another process, in the last seconds
            opener = self._opener = record.Opener(self._keyring.key(self._owner, fresh=True))
        return opener.open(body, place)

    def _sealing(self) -> record.Sealer:
        if self._sealer is None:
            self._sealer = record.Sealer(self._keyring.key(self._owner, make=True))
        return self._sealer


def _digest(keys: OwnerKeys, session: str, id: str, digest: bytes) -> bytes:
    name = session.encode()
    return keys.digest(b"".join((len(name).to_bytes(4, "big"), name, len(digest).to_bytes(1, "big"), digest, id.encode())))


def _shown(owner: Owner) -> str:
    return "the tenant" if owner.kind == "tenant" else f"{owner.kind} {owner.name!r}"


def _placed(error: RecollectError, where: str) -> RecollectError:
    """Return an error of the same kind, with its place in front."""
    return type(error)(f"{where} {error}") if error.args else error
