"""`recollect model` installs, lists and removes; `recollect stats` tells what recall goes by."""

import sys

import pytest

from models import tiny
from recollect.models.known import MODELS


@pytest.fixture
def files(tmp_path, monkeypatch):
    """The files of a tiny model, which is known as minilm here, and an empty shelf."""
    monkeypatch.setitem(MODELS, "minilm", tiny.write(tmp_path / "files"))
    monkeypatch.setenv("RECOLLECT_MODELS", str(tmp_path / "shelf"))
    return tmp_path / "files"


def test_a_model_is_installed_listed_used_and_removed(recollect, memory, files):
    assert recollect.json("model", "list") == {"models": []}
    assert recollect("model", "list").stderr.startswith("no models; install one with: ")
    assert recollect("stats").stdout.count("words alone: no model is installed") == 1

    done = recollect("model", "install", "minilm", "--from", str(files))
    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith("minilm is installed (0 MB in ")
    (found,) = recollect.json("model", "list")["models"]
    assert (found["model"], found["width"]) == ("minilm", tiny.WIDTH)
    assert recollect("model", "list").stdout.split("\t")[:3] == ["minilm", found["vectors"], str(tiny.WIDTH)]
    assert recollect.json("stats")["recall"] == f"words and {found['vectors']}"

    assert recollect("model", "remove", "minilm").stdout == "minilm is removed.\n"
    gone = recollect("model", "remove", "minilm")
    assert (gone.exit_code, gone.stderr) == (1, "recollect: minilm is not installed\n")


def test_json_tells_where_it_stands(recollect, files):
    report = recollect.json("model", "install", "minilm", "--from", str(files))
    assert report["model"] == "minilm"
    assert report["bytes"] > 1000
    assert report["folder"].endswith("minilm")


def test_another_file_is_refused(recollect, files):
    (files / "model.safetensors").write_bytes(b"x")
    done = recollect("model", "install", "minilm", "--from", str(files))
    assert done.exit_code == 2
    assert "its SHA-256 is" in done.stderr
    assert recollect.json("model", "list") == {"models": []}


def test_an_unknown_model_is_told(recollect):
    done = recollect("model", "install", "other")
    assert done.exit_code == 2
    assert "'other' is not 'minilm'" in done.stderr


def test_a_damaged_model_is_told_and_recall_goes_by_words(recollect, memory, files):
    recollect("model", "install", "minilm", "--from", str(files))
    (files.parent / "shelf" / "minilm" / "manifest.json").write_bytes(b"{")
    assert "install the model again" in recollect.json("stats")["recall"]


def test_a_model_without_the_packages_that_run_it_is_told(recollect, memory, files, monkeypatch):
    recollect("model", "install", "minilm", "--from", str(files))
    monkeypatch.setattr("recollect.models.install.find_spec", lambda name: None if name == "onnxruntime" else sys)
    assert recollect.json("stats")["recall"] == "words alone: MiniLM is installed, but not onnxruntime: pip install 'recollect[semantic]'"
