"""`recollect chat`: a conversation in the terminal that is kept."""

from recollect.cli.chat.command import chat

__all__ = ["chat"]
