"""Every action that the audit knows: what reads, writes, removes or hands out a user's data."""

from typing import Literal, NamedTuple


class Action(NamedTuple):
    """What an action does. Of what removes or hands out, the beginning is noted, too: it must leave a trace if the process ends before its end."""

    kind: Literal["read", "write", "remove", "hand out"]
    does: str

    @property
    def announced(self) -> bool:
        """Whether its beginning is noted."""
        return self.kind in ("remove", "hand out")


ACTIONS = {
    "append": Action("write", "messages were appended"),
    "messages": Action("read", "messages were read"),
    "context": Action("read", "messages were made a model's context"),
    "recall": Action("read", "messages and facts were recalled"),
    "info": Action("read", "a session's description was read"),
    "sessions": Action("read", "sessions were listed"),
    "users": Action("read", "users were listed"),
    "recent": Action("read", "the latest sessions of all users were listed"),
    "update": Action("write", "title, metadata or time to live of a session was changed"),
    "fork": Action("write", "a session was copied to a new one"),
    "clear": Action("remove", "a session's messages were removed"),
    "delete": Action("remove", "a session was removed"),
    "expire": Action("remove", "sessions whose time was over were removed"),
    "erase": Action("remove", "a user was erased"),
    "readmit": Action("write", "an erased user was let in again"),
    "erased": Action("read", "it was asked whether a user was erased"),
    "receipt": Action("read", "the receipt of an erasure was verified"),
    "classification": Action("read", "a user's class was read"),
    "documents.get": Action("read", "documents were read"),
    "documents.keys": Action("read", "the keys of documents were listed"),
    "documents.put": Action("write", "documents were written"),
    "documents.remove": Action("remove", "documents were removed"),
    "facts": Action("read", "facts were read"),
    "history": Action("read", "the history of a fact was read"),
    "graph": Action("read", "facts were read as a graph"),
    "hygiene": Action("read", "facts were looked through"),
    "remember": Action("write", "a fact was written"),
    "correct": Action("write", "a fact was corrected"),
    "merge": Action("write", "facts were merged"),
    "restore": Action("write", "a fact was brought back"),
    "undo": Action("write", "a pruning or merging was undone"),
    "learn": Action("write", "facts were found in messages"),
    "forget": Action("remove", "a fact was removed"),
    "forget_source": Action("remove", "facts that rest on a session were removed"),
    "prune": Action("remove", "faded facts were put aside, and expired ones removed"),
    "redact": Action("remove", "stored messages were redacted"),
    "scan": Action("read", "stored messages were looked through for personal data"),
    "retain": Action("remove", "what retention rules name was removed"),
    "classify": Action("write", "a user's class was set"),
    "hold": Action("write", "a legal hold was placed"),
    "release": Action("write", "a legal hold was lifted"),
    "holds": Action("read", "legal holds were listed"),
    "export": Action("hand out", "data was exported"),
    "import": Action("write", "data was imported"),
    "copy": Action("hand out", "data was copied to another store"),
    "backup": Action("hand out", "a backup was made"),
    "recover": Action("write", "a backup was restored"),
    "seal": Action("write", "stored data was sealed, or keys were changed"),
    "audit": Action("read", "audit records were read"),
    "verify": Action("read", "the audit was verified"),
    "cut": Action("remove", "old audit records were removed"),
}
"""By name. A use case that is not here cannot be audited, and a test finds what is not audited."""
