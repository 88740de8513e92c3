"""The archive of a user: everything, checked, and read back."""

import json
from base64 import b64encode
from contextlib import contextmanager
from hashlib import sha256
from zipfile import ZIP_DEFLATED, ZIP_LZMA, ZipFile

import pytest

from places import LASTING, url_of
from recollect import AsyncMemory, Damaged, Invalid, Memory, Message, NewerFormat, NotFound
from recollect.model import Document, Entry, Owner
from recollect.transfer import import_file
from transfer.test_own_format import everything, fill

ANA = Owner("", "user", "ana")
PIXEL = b"\x89PNG\r\n\x1a\npixel"
SOUND = b"RIFFsound"


@pytest.fixture
def memory():
    with filled("memory://") as made:
        yield made


@contextmanager
def filled(url):
    with Memory(url, embedder=None) as made:
        fill(made)
        made.user("ana").remember("prefers email")
        picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{b64encode(PIXEL).decode()}"}}
        sound = {"type": "audio", "mime_type": "audio/x-wav", "data": b64encode(SOUND).decode()}
        made.session("pictures", user="ana").append(Message("user", ["look", picture, sound, {"type": "image", "data": "no base64!"}]))
        made.session("gone", user="ana").append(user="removed")
        made.session("gone", user="ana").delete()
        yield made


@pytest.fixture
def archive(memory, tmp_path):
    path = tmp_path / "ana.zip"
    memory.user("ana").export(path)
    return path


def lines(archive, name):
    with ZipFile(archive) as files:
        return [json.loads(line) for line in files.read(name).splitlines()]


def rebuilt(archive, changes):
    """Write an archive anew, with other files in it; None leaves one out."""
    with ZipFile(archive) as old:
        files = {name: old.read(name) for name in old.namelist()} | changes
    with ZipFile(archive, "w", ZIP_DEFLATED) as new:
        for name, data in files.items():
            if data is not None:
                new.writestr(name, data)


def test_an_archive_holds_every_entry_and_document_of_the_ledger(memory, archive):
    stored = memory.store.changes(ANA, 0, 10_000)
    said = {(one["session"], one["id"]) for one in lines(archive, "conversations.jsonl") if one["type"] == "message"}
    sessions = {one["number"]: one["id"] for one in lines(archive, "conversations.jsonl") if one["type"] == "session"}
    assert {(sessions[number], id) for number, id in said} == {(one.session, one.id) for one in stored if isinstance(one, Entry)}
    told = {(one["collection"], one["key"]) for name in ("conversations.jsonl", "state.jsonl") for one in lines(archive, name) if "collection" in one}
    assert told == {(one.collection, one.key) for one in stored if isinstance(one, Document) and one.body is not None}
    with ZipFile(archive) as files:
        manifest = json.loads(files.read("manifest.json"))
        assert {one["name"]: one["sha256"] for one in manifest["files"]} == {
            name: sha256(files.read(name)).hexdigest() for name in files.namelist() if name != "manifest.json"
        }
    assert (manifest["messages"], manifest["documents"]) == (len(said), len(told))


def test_an_archive_is_read_into_an_empty_memory_with_equal_content(memory, archive):
    with Memory("memory://", embedder=None) as other:
        report = import_file(other, archive)
        assert (report.format, report.refused) == ("recollect", [])
        assert everything(other, ["ana"])["ana"] == everything(memory, ["ana"])["ana"]
        assert [fact.text for fact in other.user("ana").facts()] == ["prefers email"]
        other.user("ana").export(archive.with_name("again.zip"))
    own = [line for line in lines(archive, "conversations.jsonl") if line["type"] != "header"]
    assert [line for line in lines(archive.with_name("again.zip"), "conversations.jsonl") if line["type"] != "header"] == own


@pytest.mark.parametrize("kind", LASTING)
def test_an_archive_of_every_store_is_read_into_every_store(kind, archive, tmp_path):
    with filled(url_of(kind, tmp_path)) as made:
        made.user("ana").export(tmp_path / "other.zip")
        assert len(lines(tmp_path / "other.zip", "conversations.jsonl")) == len(lines(archive, "conversations.jsonl"))
        kept = everything(made, ["ana"])["ana"]
        made.user("ana").erase()
        made.user("ana").readmit()
        import_file(made, tmp_path / "other.zip")
        assert everything(made, ["ana"])["ana"] == kept


def test_files_that_messages_carry_stand_beside_them(archive):
    with ZipFile(archive) as files:
        index = json.loads(files.read("attachments.json"))
        carried = [(one["session"], one["type"], files.read(one["file"])) for one in index if one["session"] == "pictures"]
        assert all(one["file"].startswith("attachments/") for one in index)
    assert carried == [("pictures", "image/png", PIXEL), ("pictures", "audio/x-wav", SOUND)]


def test_every_line_is_as_the_schema_says(archive):
    with ZipFile(archive) as files:
        schema = json.loads(files.read("schema.json"))
    tags = {definition["properties"]["type"]["enum"][0]: definition for definition in schema["$defs"].values() if "type" in definition["properties"]}
    for line in lines(archive, "conversations.jsonl"):
        declared = tags[line["type"]]
        assert set(line) <= set(declared["properties"])
        assert set(declared["required"]) <= set(line)


def test_of_other_users_nothing_is_in_it(archive):
    with ZipFile(archive) as files:
        assert {one["user"] for one in lines(archive, "conversations.jsonl") if "user" in one} == {"ana"}
        assert "another user" not in files.read("state.jsonl").decode()
    assert archive.stat().st_mode & 0o777 == 0o600


async def test_the_other_face_writes_the_same(memory, archive, tmp_path):
    told = []
    async with AsyncMemory(memory.store, embedder=None) as other:
        await other.user("ana").export(tmp_path / "async.zip", progress=lambda *done: told.append(done))
    assert lines(tmp_path / "async.zip", "conversations.jsonl")[1:] == lines(archive, "conversations.jsonl")[1:]
    assert told[-1][0] == told[-1][1]


def test_of_an_unknown_user_nothing_is_written(memory, tmp_path):
    with pytest.raises(NotFound, match="nothing is stored"):
        memory.user("nobody").export(tmp_path / "nobody.zip")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"conversations.jsonl": b"{}"}, Damaged, "conversations.jsonl is not what was written"),
        ({"conversations.jsonl": None}, Damaged, "damaged"),
        ({"attachments/more.png": b"more"}, Damaged, "does not know"),
        ({"manifest.json": b"{"}, Damaged, "manifest"),
        ({"manifest.json": None}, Invalid, "no export of a user"),
        ({"README.txt": b"other"}, Damaged, "README.txt"),
    ],
)
def test_an_archive_that_was_altered_is_refused_whole(archive, changes, error, text):
    rebuilt(archive, changes)
    with Memory("memory://", embedder=None) as other:
        with pytest.raises(error, match=text):
            import_file(other, archive)
        assert other.users().items == []


@pytest.mark.parametrize(("field", "value", "error"), [("version", 2, NewerFormat), ("format", "else", Invalid)])
def test_an_archive_of_another_kind_is_told_apart(archive, field, value, error):
    with ZipFile(archive) as files:
        manifest = json.loads(files.read("manifest.json")) | {field: value}
    rebuilt(archive, {"manifest.json": json.dumps(manifest).encode()})
    with Memory("memory://", embedder=None) as other, pytest.raises(error):
        import_file(other, archive)


def test_an_archive_in_which_a_byte_was_flipped_is_refused_whole_or_says_the_same(memory, archive):
    whole, said = archive.read_bytes(), memory.session("pictures", user="ana").messages()
    for place in range(0, len(whole), 13):
        archive.write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
        with Memory("memory://", embedder=None) as other:
            try:
                import_file(other, archive)
            except (Damaged, Invalid):
                assert other.users().items == []
            else:
                assert [message.content for message in other.session("pictures", user="ana").messages()] == [message.content for message in said]


def test_an_archive_packed_in_another_way_is_refused(archive):
    with ZipFile(archive) as old:
        files = {name: old.read(name) for name in old.namelist()}
    with ZipFile(archive, "w", ZIP_LZMA) as new:
        for name, data in files.items():
            new.writestr(name, data)
    with Memory("memory://", embedder=None) as other, pytest.raises(Damaged, match="packed"):
        import_file(other, archive)


def test_an_archive_that_was_cut_off_is_refused(archive):
    archive.write_bytes(archive.read_bytes()[:-200])
    with Memory("memory://", embedder=None) as other, pytest.raises(Damaged, match="cut off"):
        import_file(other, archive)


def test_a_manifest_that_is_no_manifest_is_not_read(archive, monkeypatch):
    monkeypatch.setattr("recollect.transfer.archive.LARGEST_MANIFEST", 10)
    with Memory("memory://", embedder=None) as other, pytest.raises(Damaged, match="manifest of more than"):
        import_file(other, archive)
