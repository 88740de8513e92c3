"""The nouns of a memory: frozen values, without behaviour beyond their own fields."""

from recollect.model.fact import FACT_KINDS, TRUSTS, Fact, FactKind, Source, Trust, Use
from recollect.model.hold import Hold
from recollect.model.message import ROLES, Json, Message, Owner, Page, Role, SessionInfo, ToolCall, new_id, utc_now
from recollect.model.receipt import Place, Receipt, Standing
from recollect.model.recollection import Recollection
from recollect.model.retained import Retained
from recollect.model.scanned import Scanned
from recollect.model.stored import Document, Entry, Saved, SessionState

__all__ = [
    "FACT_KINDS",
    "ROLES",
    "TRUSTS",
    "Document",
    "Entry",
    "Fact",
    "FactKind",
    "Hold",
    "Json",
    "Message",
    "Owner",
    "Page",
    "Place",
    "Receipt",
    "Recollection",
    "Retained",
    "Role",
    "Saved",
    "Scanned",
    "SessionInfo",
    "SessionState",
    "Source",
    "Standing",
    "ToolCall",
    "Trust",
    "Use",
    "new_id",
    "utc_now",
]
