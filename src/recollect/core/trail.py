"""The audit's records of drafts: names become pseudonyms."""

from collections.abc import Sequence

from recollect.core.auditing import Draft, Span, refused
from recollect.core.secret import DIGITS, Secrets, derived, keyed
from recollect.errors import AuditFailed, Invalid, Outcome, RecollectError
from recollect.model import Owner
from recollect.privacy.audit.actions import ACTIONS
from recollect.privacy.audit.log import Log
from recollect.privacy.audit.record import Record, Result, Run
from recollect.privacy.audit.settings import Audit
from recollect.store.protocol import Store

TAG_DIGITS = 16
"""Characters of the tag of a message's or fact's id: 64 bits in hexadecimal."""


class Trail:
    """The audit of one memory.

    Args:
        store: where it is written.
        tenant: whose memory.
        audit: how.
        secrets: what the pseudonyms are made of.

    """

    def __init__(self, store: Store, tenant: str, audit: Audit, secrets: Secrets) -> None:
        if not isinstance(audit, Audit):
            raise Invalid(f"the audit is a {type(audit).__name__}; give a recollect.privacy.audit.Audit")
        self.audit = audit
        self.tenant = tenant
        self.actor = audit.actor
        self.names = Names(secrets, tenant)
        self.log = Log(store, tenant, audit)

    def notes(self, action: str) -> bool:
        """Tell whether an action is noted at all."""
        return self.audit.reads or ACTIONS[action].kind != "read"

    def announces(self, action: str) -> bool:
        """Tell whether the beginning of an action is noted: of one that removes or hands out."""
        return ACTIONS[action].announced

    def begin(self, draft: Draft) -> None:
        """Note the beginning of an action.

        Raises:
            AuditFailed: that cannot be noted, so that nothing is to be done.

        """
        draft.begun = self._note(draft, "begun", "", "so that nothing was done", "failed")

    def end(self, draft: Draft) -> None:
        """Note that an action was done.

        Raises:
            AuditFailed: that cannot be noted.

        """
        if ACTIONS[draft.action].kind == "read":
            self._note(draft, "ok", "", "so that its result is withheld", "failed", awaited=not self.audit.delay)
        else:
            self._note(draft, "ok", "", "though it was done: look at what is stored before you repeat it", "unknown")

    def fail(self, draft: Draft, error: BaseException) -> None:
        """Note that an action was refused or failed. Where that cannot be noted, the error says so."""
        try:
            self._note(draft, "refused" if refused(error) else "failed", type(error).__name__, "which had failed before", "failed")
        except AuditFailed as second:
            error.add_note(str(second))

    def close(self) -> None:
        """Note the end of the chain."""
        self.log.close()

    def _note(self, draft: Draft, result: Result, error: str, then: str, outcome: Outcome, *, awaited: bool = True) -> int:
        try:
            record = self._record(draft, result, error)
            if awaited:
                return self.log.write(record)
            self.log.write_later(record)
        except RecollectError as failure:
            raise AuditFailed(f"the audit could not note {draft.action!r}, {then}: {failure}", outcome) from failure
        return 0

    def _record(self, draft: Draft, result: Result, error: str) -> Record:
        named = draft.owner if draft.owner is not None and draft.owner.kind != "tenant" else None
        return Record(
            chain="",
            number=0,
            link="",
            at=0,
            action=draft.action,
            result=result,
            actor=draft.actor,
            purpose=draft.purpose,
            subject="" if named is None else self.names.subject(named),
            session="" if named is None or draft.session is None else self.names.session(named, draft.session),
            error=error,
            begun=draft.begun,
            counts=draft.counts,
            messages=[] if named is None else self.names.runs(named, draft.spans),
            facts=[] if named is None else self.names.facts(named, draft.facts),
            bound=draft.bound,
        )


class Names:
    """What users, sessions, messages and facts are called in the audit: by keyed hashes."""

    def __init__(self, secrets: Secrets, tenant: str) -> None:
        self._secrets = secrets
        self._tenant = tenant
        self._key = b""

    def subject(self, owner: Owner) -> str:
        """Return an owner's pseudonym."""
        return self._secrets.pseudonym(owner)

    def session(self, owner: Owner, session: str) -> str:
        """Return a session's pseudonym."""
        return self._hash("session", owner, session)[:DIGITS]

    def message(self, owner: Owner, session: str, id: str) -> str:
        """Return the tag of a message."""
        return self._hash("message", owner, session, id)[:TAG_DIGITS]

    def fact(self, owner: Owner, id: str) -> str:
        """Return the tag of a fact."""
        return self._hash("fact", owner, id)[:TAG_DIGITS]

    def runs(self, owner: Owner, spans: Sequence[Span]) -> list[Run]:
        """Return runs of messages."""
        return [
            Run(first, last, count, self.message(owner, session, starts), self.message(owner, session, ends))
            for session, (starts, first), (ends, last), count in spans
        ]

    def facts(self, owner: Owner, facts: Sequence[tuple[str, int]]) -> list[Run]:
        """Return facts as runs of one each."""
        return [Run(position, position, 1, tag := self.fact(owner, id), tag) for id, position in facts]

    def _hash(self, what: str, owner: Owner, *names: str) -> str:
        if not self._key:
            self._key = derived(self._secrets.own(self._tenant), "audit")
        return keyed(self._key, what, owner.kind, owner.name, *names)
