"""Text as a key."""


def beyond_prefix(prefix: str) -> str | None:
    """Return the least text above all texts that start with ``prefix``, by code points; None if there is none."""
    for end in range(len(prefix), 0, -1):
        point = ord(prefix[end - 1])
        if point < 0x10FFFF:
            following = 0xE000 if point + 1 == 0xD800 else point + 1
            return prefix[: end - 1] + chr(following)
    return None
