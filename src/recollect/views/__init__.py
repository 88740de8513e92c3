"""What the model is to see: pure functions over a session's messages and what was recalled, one file for each view."""

from recollect.views.budget import TokenBudget
from recollect.views.buffer import Buffer
from recollect.views.combined import Combined
from recollect.views.lookup import AnyView, Lookup, Recalling, Search, asking, checked
from recollect.views.recall import Recall
from recollect.views.string import String
from recollect.views.tokens import estimate_tokens
from recollect.views.view import View
from recollect.views.window import Window

__all__ = [
    "AnyView",
    "Buffer",
    "Combined",
    "Lookup",
    "Recall",
    "Recalling",
    "Search",
    "String",
    "TokenBudget",
    "View",
    "Window",
    "asking",
    "checked",
    "estimate_tokens",
]
