"""Text as a key."""

import sys

_SURROGATES = range(0xD800, 0xE000)


def beyond_prefix(prefix: str) -> str | None:
    """Return the least text above all texts that start with ``prefix``, by code points; None if there is none."""
    for end in range(len(prefix), 0, -1):
        point = ord(prefix[end - 1]) + 1
        if point <= sys.maxunicode:
            return prefix[: end - 1] + chr(_SURROGATES.stop if point in _SURROGATES else point)
    return None
