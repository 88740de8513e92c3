"""What an import or an export tells at its end."""

from msgspec import Struct, field

LISTED = 10_000
"""Refusals that a report lists; further ones are only counted, so that a broken file cannot fill the memory."""


class Refusal(Struct, frozen=True):
    """Something that was not taken in, and why.

    ``line`` is the number of the line (from 1), of the item in a JSON list (from 1), or the ``id`` of the row in a table.
    """

    line: int
    reason: str


class ImportReport(Struct):
    """What became of a file.

    Args:
        format: the name of the format, as in FORMATS.
        sessions: sessions that the file has something for.
        messages: messages newly written.
        known: messages and documents that were there already, and were left as they are.
        documents: documents newly written.
        skipped: what holds nothing to remember, such as an empty or hidden message of a ChatGPT export.
        refused: what was not taken in, the first LISTED of them.
        unlisted: how many more were refused.

    """

    format: str
    sessions: int = 0
    messages: int = 0
    known: int = 0
    documents: int = 0
    skipped: int = 0
    refused: list[Refusal] = field(default_factory=list)
    unlisted: int = 0

    def refuse(self, refusal: Refusal) -> None:
        """Note a refusal."""
        if len(self.refused) < LISTED:
            self.refused.append(refusal)
        else:
            self.unlisted += 1


class ExportReport(Struct):
    """How much was written."""

    users: int = 0
    sessions: int = 0
    messages: int = 0
    documents: int = 0
