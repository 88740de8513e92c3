"""A user's handle."""

from collections.abc import Collection
from datetime import datetime
from os import PathLike
from typing import TYPE_CHECKING

from recollect.codec.plain import check_name
from recollect.core import collections, recalling, sessions
from recollect.core.address import Address
from recollect.core.engine import Engine
from recollect.memory.documents import Documents
from recollect.memory.known import Known
from recollect.memory.session import Session
from recollect.model import FactKind, Hold, Message, Owner, Page, Receipt, Recollection, Role, Scanned, SessionInfo, Trust
from recollect.runtime import Progress, complete
from recollect.views.lookup import Search

if TYPE_CHECKING:
    from recollect.privacy.audit import Record
    from recollect.privacy.redaction import Redaction
    from recollect.transfer.report import ExportReport


class User(Known):
    """A user's sessions and documents."""

    def __init__(self, engine: Engine, owner: Owner) -> None:
        self._engine = engine
        self._owner = owner

    @property
    def name(self) -> str:
        """Who it is."""
        return self._owner.name

    def session(self, id: str) -> Session:
        """Return the handle of one of the user's sessions."""
        return Session(self._engine, Address(self._owner, check_name(id, "the session")))

    def sessions(self, *, after: str | None = None, limit: int = 50) -> Page[SessionInfo]:
        """Return a page of the user's sessions, the one with the latest activity first."""
        return complete(sessions.list_sessions(self._engine, self._owner, after, limit))

    def recall(
        self,
        query: str,
        *,
        k: int | None = None,
        tokens: int | None = None,
        sessions: Collection[str] | None = None,
        roles: Collection[Role] | None = None,
        kinds: Collection[FactKind] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        as_of: datetime | None = None,
        trust: Trust | None = None,
        neighbours: int = 0,
        now: datetime | None = None,
    ) -> list[Recollection]:
        """Return the messages, over all the user's sessions, and the facts that answer a query best, the best first.

        Args:
            query: any text, such as the user's next message. Nothing in it is an operator.
            k: how many, from 1 to 1000; 10 unless given.
            tokens: as many as fit into so many tokens, at most ``k`` if that is given too.
            sessions: only messages of these sessions, and facts that rest on them.
            roles: only messages of these roles, and no facts, unless ``kinds`` are given too; all but ``"system"`` unless given.
            kinds: only facts of these kinds; no messages, unless ``roles`` are given too.
            since: only messages of this time or later, and facts that hold since then or later (aware).
            until: only messages before this time, and facts that hold since before it (aware).
            as_of: what was known at this time: messages up to it, and the facts that held then (aware).
            trust: only facts told by those who are trusted at least so.
            neighbours: how many messages on either side of each are told with it, as ``before`` and ``after``.
            now: what "last week" is seen from; ``as_of``, or the time of the user's latest message, unless given.

        """
        search = Search(
            query=query,
            k=k,
            tokens=tokens,
            sessions=sessions,
            roles=roles,
            kinds=kinds,
            since=since,
            until=until,
            as_of=as_of,
            trust=trust,
            neighbours=neighbours,
            now=now,
        )
        return complete(recalling.recall(self._engine, self._owner, search))

    def documents(self, collection: str) -> Documents:
        """Return the handle of a collection of the user's."""
        return Documents(self._engine, self._owner, collections.check_collection(collection))

    def export(self, path: str | PathLike[str], *, progress: "Progress | None" = None) -> "ExportReport":
        """Write all that is stored about the user to a zip archive, which ``recollect import`` reads into any memory.

        It holds conversations, facts and documents as JSON Lines, the files that messages carry, what the memory keeps of the user for
        its own work, a JSON schema, and a manifest with counts and checksums. It stands under its name once everything is on the disk.

        Args:
            path: where; only the file's owner may read it.
            progress: called with how many messages are written, and how many there were at the start.

        Raises:
            NotFound: nothing is stored about the user, or the folder does not exist.
            StoreError: the memory cannot be read, or the file cannot be written.

        """
        from recollect.transfer.portable import export_user

        return complete(self._engine.runtime.io(export_user, self._engine, self._owner, path, progress))

    def audit(
        self, *, actor: str | None = None, action: str | None = None, since: datetime | None = None, until: datetime | None = None
    ) -> "list[Record]":
        """Return the audit's records about the user, by their time. Nothing but these and their pseudonym remains of one who was erased."""
        from recollect.core import audit

        return complete(audit.records(self._engine, self._owner, audit.Wanted(self._owner, None, actor, action, since, until)))

    def audited_messages(self, record: "Record") -> list[Message]:
        """Return the messages that a record of the user's audit names, such as those that a model was shown: those that are still there."""
        from recollect.core import audit

        return [message for _, message in complete(audit.messages(self._engine, self._owner, record))]

    def scan(self, redaction: "Redaction | None" = None, *, dry_run: bool = True, progress: "Progress | None" = None) -> Scanned:
        """As Memory.scan, of what is stored of the user.

        Raises:
            Held: the user, or one of the sessions, is under a legal hold.

        """
        from recollect.core import scanning

        return complete(scanning.scan(self._engine, self._owner, redaction, dry_run, progress))

    def erase(self, *, by: str | None = None, scrub: bool = True) -> Receipt:
        """Erase the user: all that is stored of them, wherever it stands, and for good. Nothing brings them back but ``readmit``.

        If it is cut off, the next opening of the memory goes on with it.

        Args:
            by: who asked for it: kept in the receipt, and nowhere else.
            scrub: clear the database's logs and free space at once. Its cost is that of all that is stored: of many who are erased one
                after the other, do so with the last.

        Returns:
            What was done in each place, signed; it is true where anything was stored.

        """
        from recollect.core import erasing

        return complete(erasing.erase(self._engine, self._owner, by, scrub=scrub))

    def classify(self, name: str | None) -> None:
        """Say to what class of users the user belongs, such as ``"trial"``: rules of retention go by it. None for none."""
        from recollect.core import retaining

        complete(retaining.classify(self._engine, self._owner, name))

    def classification(self) -> str | None:
        """Return the class of users that the user belongs to; None without one."""
        from recollect.core import retaining

        return complete(retaining.classification(self._engine, self._owner))

    def hold(self, reason: str, *, by: str | None = None) -> Hold:
        """Place a legal hold on the user: until it is lifted, nobody removes anything of theirs, by erasure, retention or time to live.

        What would remove something raises Held. Sessions with a time to live keep it for later. What can be written still can.

        Args:
            reason: why, such as the number of a case. A hold that is there already has this reason from now on.
            by: who ordered it.

        Raises:
            Invalid: the reason is missing, or of more than 512 bytes.

        """
        from recollect.core import holding

        return complete(holding.hold(self._engine, self._owner, reason, by))

    def release(self) -> bool:
        """Lift the legal hold on the user. Returns whether there was one. Holds on sessions stay; times to live begin anew."""
        from recollect.core import holding

        return complete(holding.release(self._engine, self._owner))

    def erased(self) -> bool:
        """Tell whether the user was erased, and not readmitted since."""
        from recollect.core import erasing

        return complete(erasing.erased(self._engine, self._owner))

    def readmit(self) -> bool:
        """Let an erased user come back, with nothing of what was erased. Returns whether the user was erased."""
        from recollect.core import erasing

        return complete(erasing.readmit(self._engine, self._owner))
