"""All that is stored about one user, as a file that the user can be given: a zip archive with a manifest, read back by the import."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

import msgspec

from recollect.codec import decode_message, decode_value
from recollect.codec.documents import decode_bytes
from recollect.core.auditing import noted
from recollect.core.engine import Engine
from recollect.errors import NotFound
from recollect.model import Document, Json, Message, Owner
from recollect.runtime import Blocking, Progress
from recollect.store.pages import PAGE
from recollect.transfer import listing
from recollect.transfer.archive import ATTACHMENTS, CONVERSATIONS, FORMAT, MANIFEST, README, SCHEMA, STATE, VERSION, File, Manifest
from recollect.transfer.attachments import attachments
from recollect.transfer.exporting import Exporting, carried
from recollect.transfer.records import Line
from recollect.transfer.replacing import replacing
from recollect.transfer.report import ExportReport

TEXT = """\
This is all that is stored about one user.

conversations.jsonl  sessions, messages, what is known of the user (facts), documents: one JSON object a line
attachments/         the files that messages carry, by session and message in attachments.json; they are in conversations.jsonl as well
state.jsonl          what the memory keeps for its own work: which messages were learned from, settings of sessions, notices of removals
schema.json          the JSON schema of a line of conversations.jsonl
manifest.json        how much there is, and the SHA-256 of each file

To read it into a memory: recollect import FILE.zip
"""


def export_user(engine: Engine, owner: Owner, path: str | os.PathLike[str], progress: Progress | None = None) -> ExportReport:
    """Write all that is stored about a user to a zip archive, whole or not at all, readable by its owner alone: see User.export."""
    with noted(engine, "export", owner) as draft:
        if not engine.store.changes(owner, 0, 1):
            raise NotFound(f"nothing is stored for user {owner.name!r}; check the name, and the tenant")
        with replacing(path) as out, ZipFile(out, "w", ZIP_DEFLATED) as archive:
            inner = engine._replace(runtime=Blocking(), audit=None)  # it runs in one thread as a whole
            report = _Archive(inner, owner, archive).run(progress)
        draft.count(sessions=report.sessions, messages=report.messages, documents=report.documents)
    return report


class _Archive:
    """An archive that grows."""

    def __init__(self, engine: Engine, owner: Owner, archive: ZipFile) -> None:
        self._engine = engine
        self._owner = owner
        self._archive = archive
        self._files: list[File] = []
        self._carrying: list[int] = []

    def run(self, progress: Progress | None) -> ExportReport:
        """Write everything, the manifest last."""
        with self._file(CONVERSATIONS) as out:
            report = Exporting(self._engine, out, progress, self._seen).run(self._owner.tenant, self._owner)
        documents = self._state()
        count = self._attachments()
        self._write(SCHEMA, msgspec.json.format(msgspec.json.encode(msgspec.json.schema(Line))))
        self._write(README, TEXT.encode())
        manifest = Manifest(
            FORMAT,
            VERSION,
            datetime.now(UTC),
            self._owner.tenant,
            self._owner.name,
            report.sessions,
            report.messages,
            documents,
            count,
            self._files,
        )
        self._archive.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
        return report

    def _seen(self, message: Message) -> None:
        if not isinstance(message.content, str) and message.position is not None:
            self._carrying.append(message.position)

    def _state(self) -> int:
        """Write the documents that are no one's but the memory's own. Returns how many documents there are in all."""
        count = 0
        with self._file(STATE) as out:
            for document in listing.documents(self._engine.store, self._owner):
                count += 1
                if not carried(document):
                    out.write(msgspec.json.encode(_shown(document)) + b"\n")
        return count

    def _attachments(self) -> int:
        """Write the files that messages carry, and where each one is from. Returns how many."""
        index: list[Json] = []
        for start in range(0, len(self._carrying), PAGE):
            for entry in self._engine.store.at(self._owner, self._carrying[start : start + PAGE]):
                for found in attachments(decode_message(entry)):
                    name = f"attachments/{len(index) + 1:06}{found.suffix}"
                    self._write(name, found.data)
                    index.append({"file": name, "session": entry.session, "message": entry.id, "type": found.type})
        self._write(ATTACHMENTS, msgspec.json.format(msgspec.json.encode(index)))
        return len(index)

    def _write(self, name: str, data: bytes) -> None:
        with self._file(name) as out:
            out.write(data)

    @contextmanager
    def _file(self, name: str) -> Iterator["_Member"]:
        """Open a file of the archive, which is noted with its checksum once it is written."""
        with self._archive.open(name, "w", force_zip64=True) as out:
            member = _Member(out)
            yield member
        self._files.append(File(name, member.size, member.sum.hexdigest()))


class _Member:
    """A file of an archive as it is written: its bytes so far, and their checksum."""

    def __init__(self, out: IO[bytes]) -> None:
        self.size = 0
        self.sum = sha256()
        self._out = out

    def write(self, data: bytes) -> None:
        """Write some bytes."""
        self.sum.update(data)
        self.size += len(data)
        self._out.write(data)


def _shown(document: Document) -> Json:
    shown: Json = {"collection": document.collection, "key": document.key, "position": document.position}
    body = document.body or b""
    value = decode_bytes(body)
    if value is not None:
        return shown | {"base64": value}
    return shown | ({"value": decode_value(body, f"{document.collection}: {document.key!r}")} if body else {})
