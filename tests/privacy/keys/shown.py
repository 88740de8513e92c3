"""What an error shows to whoever reports it."""

import traceback


def told(error: BaseException) -> str:
    """Return an error with its causes, and the variables of each call but the tests' own."""
    text = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    return "\n".join(part for part in text.split("  File ") if "/tests/" not in part.partition("\n")[0]) + str(error)
