"""Where the sample conversations are."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path

from recollect.errors import NotFound

NAME = "support.jsonl"


@contextmanager
def samples() -> Iterator[Path]:
    """Give the path of the sample conversations: the installed package's, or the repository's."""
    packaged = files("recollect").joinpath("examples", NAME)
    if packaged.is_file():
        with as_file(packaged) as path:
            yield path
        return
    path = Path(__file__).resolve().parents[4] / "examples" / NAME
    if not path.is_file():
        raise NotFound(f"the sample conversations {NAME} are not installed; install the package again")
    yield path
