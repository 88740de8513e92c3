"""Conversations from elsewhere, and back out: import and export, piece by piece."""

from recollect.transfer.exporting import export_file
from recollect.transfer.formats import FORMATS
from recollect.transfer.importing import format_of, import_file
from recollect.transfer.report import ExportReport, ImportReport, Refusal

__all__ = ["FORMATS", "ExportReport", "ImportReport", "Refusal", "export_file", "format_of", "import_file"]
