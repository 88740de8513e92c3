"""A tiny model, made once; and one that is installed."""

import pytest

from recollect.models.install import install
from recollect.models.shelf import Shelf

from . import tiny


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A folder with the files of a tiny model, and what they must be."""
    folder = tmp_path_factory.mktemp("tiny")
    return folder, tiny.write(folder)


@pytest.fixture(scope="session")
def shelf(made, tmp_path_factory):
    """A shelf on which the tiny model stands, under MiniLM's name."""
    folder, model = made
    shelf = Shelf(tmp_path_factory.mktemp("shelf"))
    install(model, shelf, str(folder))
    return shelf
