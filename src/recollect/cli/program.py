"""Commands as a person can type them here."""

import shlex
import shutil
import sys
from pathlib import Path

NAME = "recollect"


def command(*words: str) -> str:
    """Return a command of ours: by its path, as it was started, where a shell does not find its name."""
    started = sys.argv[0]
    by_name = Path(started).name != NAME or shutil.which(NAME) is not None
    return shlex.join([NAME if by_name else started, *words])
