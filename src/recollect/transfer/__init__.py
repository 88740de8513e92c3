"""Conversations from elsewhere, and back out: import, export and copy, piece by piece."""

from recollect.transfer.copying import CopyConflict, CopyReport, Round, acopy, copy
from recollect.transfer.exporting import export_file
from recollect.transfer.formats import FORMATS
from recollect.transfer.importing import check_history, format_of, import_file, import_history
from recollect.transfer.report import ExportReport, ImportReport, Refusal

__all__ = [
    "FORMATS",
    "CopyConflict",
    "CopyReport",
    "ExportReport",
    "ImportReport",
    "Refusal",
    "Round",
    "acopy",
    "check_history",
    "copy",
    "export_file",
    "format_of",
    "import_file",
    "import_history",
]
