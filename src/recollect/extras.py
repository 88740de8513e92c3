"""Packages that are installed with an extra."""

from collections.abc import Iterator
from contextlib import contextmanager

from recollect.errors import MissingExtra


@contextmanager
def needed(package: str, extra: str) -> Iterator[None]:
    """Import within the block what needs a package.

    Raises:
        MissingExtra: the package is absent. Its message has the command that installs it.

    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != package.lower().replace("-", "_"):
            raise
        raise MissingExtra(f"{package} is not installed; run: pip install 'recollect[{extra}]'") from error
