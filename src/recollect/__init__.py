"""Recollect: the memory of LLM applications, kept in a database that its owner already runs."""

from recollect.aio import AsyncDocuments, AsyncMemory, AsyncSession, AsyncUser
from recollect.core.background import Learning, LearningStatus
from recollect.core.tails import CacheStats
from recollect.errors import (
    AuditFailed,
    Busy,
    Conflict,
    Damaged,
    Doubtful,
    Erased,
    Held,
    Invalid,
    KeyServiceFailed,
    Locked,
    MissingExtra,
    ModelFailed,
    NewerFormat,
    NotFound,
    RecollectError,
    StorageFull,
    StoreError,
)
from recollect.facts.outcome import Hygiene, Learned, Merged, Pruned
from recollect.facts.triples import Graph, Triple
from recollect.memory import Documents, Memory, Session, User
from recollect.model import Fact, Hold, Message, Page, Place, Receipt, Recollection, Scanned, SessionInfo, Source, ToolCall
from recollect.store import Store
from recollect.views import Buffer, Combined, Recall, String, TokenBudget, View, Window, estimate_tokens

__version__ = "0.1.0"

__all__ = [
    "AsyncDocuments",
    "AsyncMemory",
    "AsyncSession",
    "AsyncUser",
    "AuditFailed",
    "Buffer",
    "Busy",
    "CacheStats",
    "Combined",
    "Conflict",
    "Damaged",
    "Documents",
    "Doubtful",
    "Erased",
    "Fact",
    "Graph",
    "Held",
    "Hold",
    "Hygiene",
    "Invalid",
    "KeyServiceFailed",
    "Learned",
    "Learning",
    "LearningStatus",
    "Locked",
    "Memory",
    "Merged",
    "Message",
    "MissingExtra",
    "ModelFailed",
    "NewerFormat",
    "NotFound",
    "Page",
    "Place",
    "Pruned",
    "Recall",
    "Receipt",
    "RecollectError",
    "Recollection",
    "Scanned",
    "Session",
    "SessionInfo",
    "Source",
    "StorageFull",
    "Store",
    "StoreError",
    "String",
    "TokenBudget",
    "ToolCall",
    "Triple",
    "User",
    "View",
    "Window",
    "estimate_tokens",
]
