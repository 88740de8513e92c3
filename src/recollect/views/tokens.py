"""How many tokens a text takes, without a tokenizer."""

import re
from collections.abc import Callable, Iterator
from functools import cache

from msgspec.json import Encoder

from recollect.model import Json, Message

OVERHEAD = 4
"""Tokens that a chat model spends on a message's frame."""

MEDIA = 1000
"""Tokens taken for a block that is not text, such as an image: between what providers ask for a small and a large one."""

_MEDIA = re.compile("image|audio|video|file|document|media")
_CALLS = frozenset({"function_call", "tool_call", "tool_use"})

_PIECES = (
    r"['\u2019]?[A-Za-z\u00c0-\u024f\u1e00-\u1eff]{1,8}"  # a Latin word, with an apostrophe before it; each eight letters
    r"|[0-9]{1,3}"
    r"|[!-/:-@\[-`{-~\u2010-\u2027]{1,3}"  # punctuation
    r"|[\u0400-\u052f]{1,2}"  # Cyrillic letters
    r"|\n\s*| {2,}"  # a line's end with the next line's indentation; one space belongs to the word behind it
    r"|[^\s\x00-\x7f]"  # a letter, vowel sign or symbol of any other script
)
_ACCENTED = r"[\u00c0-\u024f]"
_PICTURES = r"[\u2190-\u2bff\U0001f000-\U0001faff]"

_encoder = Encoder()


def estimate_tokens(text: str) -> int:
    """Return about how many tokens a byte-pair tokenizer makes of a text.

    One for each word of up to eight letters, three digits, three marks of punctuation, two Cyrillic letters, line's end, or
    character of another script. An accented letter counts two more, since words of other languages than English come in
    shorter pieces, and a pictograph one more. Measured on OpenAI's cl100k_base: ``docs/views.md`` has the errors.
    """
    pieces, accented, pictures = _patterns()
    count = len(pieces.findall(text))
    return count if text.isascii() else count + 2 * len(accented.findall(text)) + len(pictures.findall(text))


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Compile the patterns when they are first used: it takes a millisecond, which no import should."""
    return re.compile(_PIECES), re.compile(_ACCENTED), re.compile(_PICTURES)


def message_tokens(message: Message, counter: Callable[[str], int] | None = None) -> int:
    """Return the tokens of a message, at least one: by ``counter``, or as the message says itself, or estimated."""
    if counter is None and message.tokens is not None:
        return max(message.tokens, 1)
    count = counter or estimate_tokens
    blocks = [] if isinstance(message.content, str) else [block for block in message.content if isinstance(block, dict)]
    media = sum(1 for block in blocks if is_media(block))
    return OVERHEAD + MEDIA * media + sum(max(count(text), 0) for text in (message.text, *_written(message, blocks)) if text)


def is_media(block: Json) -> bool:
    """Tell whether a content block holds an image, a sound, a film or a file: not text, and not data that is read as text."""
    return not isinstance(block.get("text"), str) and _MEDIA.search(str(block.get("type"))) is not None


def _written(message: Message, blocks: list[Json]) -> Iterator[str]:
    """Yield what the model reads as JSON: the tool calls (once, where blocks repeat them), and blocks of other kinds."""
    if message.tool_calls:
        yield _encoder.encode(message.tool_calls).decode()
    for block in blocks:
        repeated = message.tool_calls and block.get("type") in _CALLS
        if not (repeated or is_media(block) or isinstance(block.get("text"), str)):
            yield _encoder.encode(block).decode()
