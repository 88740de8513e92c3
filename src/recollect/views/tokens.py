"""How many tokens a text takes, without a tokenizer."""

import re
from collections.abc import Callable

from msgspec.json import Encoder

from recollect.model import Message

OVERHEAD = 4
"""Tokens that a chat model spends on a message's frame."""

MEDIA = 1000
"""Tokens taken for a block that is not text, such as an image: between what providers ask for a small and a large one."""

_PIECE = re.compile(r"[A-Za-z]+|[0-9]{1,3}|[^\W\d_]+|[^\s\w]+|_+|\s{2,}")
_encoder = Encoder()


def estimate_tokens(text: str) -> int:
    """Return about how many tokens a modern byte-pair tokenizer makes of a text. ``docs/views.md`` tells the measured error."""
    return sum(_piece_tokens(piece) for piece in _PIECE.findall(text))


def _piece_tokens(piece: str) -> int:
    first = piece[0]
    if first.isascii():
        return 1 if first.isdigit() else -(-len(piece) // 7) if first.isalpha() else -(-len(piece) // 2)
    return max(1, round(len(piece) * (1.1 if ord(first) > 0x2E7F else 0.45)))


def message_tokens(message: Message, counter: Callable[[str], int] | None = None) -> int:
    """Return the tokens of a message: by ``counter``, or as the message says itself, or estimated."""
    if counter is None and message.tokens is not None:
        return message.tokens
    count = counter or estimate_tokens
    media = 0 if isinstance(message.content, str) else sum(1 for block in message.content if isinstance(block, dict) and "text" not in block)
    calls = _encoder.encode(message.tool_calls).decode() if message.tool_calls else ""
    return count(message.text) + (count(calls) if calls else 0) + media * MEDIA + OVERHEAD
