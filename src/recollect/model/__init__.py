"""The nouns of a memory: frozen values, without behaviour beyond their own fields."""

from recollect.model.fact import FACT_KINDS, TRUSTS, Fact, FactKind, Source, Trust, Use
from recollect.model.message import ROLES, Json, Message, Owner, Page, Role, SessionInfo, ToolCall, new_id, utc_now
from recollect.model.receipt import Place, Receipt, Verified
from recollect.model.recollection import Recollection
from recollect.model.stored import Document, Entry, Saved, SessionState

__all__ = [
    "FACT_KINDS",
    "ROLES",
    "TRUSTS",
    "Document",
    "Entry",
    "Fact",
    "FactKind",
    "Json",
    "Message",
    "Owner",
    "Page",
    "Place",
    "Receipt",
    "Recollection",
    "Role",
    "Saved",
    "SessionInfo",
    "SessionState",
    "Source",
    "ToolCall",
    "Trust",
    "Use",
    "Verified",
    "new_id",
    "utc_now",
]
