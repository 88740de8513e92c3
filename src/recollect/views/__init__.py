"""What the model is to see of a session: pure functions over its messages, one file for each view."""

from recollect.views.budget import TokenBudget
from recollect.views.buffer import Buffer
from recollect.views.string import String
from recollect.views.tokens import estimate_tokens
from recollect.views.view import View
from recollect.views.window import Window

__all__ = ["Buffer", "String", "TokenBudget", "View", "Window", "estimate_tokens"]
