"""The parts of a server's URL that no driver has an error for."""


def is_text(url: str) -> bool:
    """Tell whether a URL can be handed to a driver whole: C would end it at a NUL, and a lone surrogate has no UTF-8."""
    try:
        url.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in url


def is_host(name: str) -> bool:
    """Tell whether a host can be asked for: Python's sockets fail, with no OSError, at a label that is empty or above 63 characters."""
    try:
        name.encode("idna")
    except UnicodeError:
        return False
    return True
