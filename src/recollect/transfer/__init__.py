"""Conversations from elsewhere, and back out: import, export, copy, backup and restore, piece by piece."""

from recollect.transfer.backup import BackupReport, DrillReport, RestoreReport, Shipped, backup, drill, restore
from recollect.transfer.copying import CopyConflict, CopyReport, Round, acopy, copy
from recollect.transfer.exporting import export_file
from recollect.transfer.formats import FORMATS
from recollect.transfer.importing import check_history, format_of, import_file, import_history
from recollect.transfer.report import ExportReport, ImportReport, Refusal
from recollect.transfer.sealing import SealReport, aseal, seal

__all__ = [
    "FORMATS",
    "BackupReport",
    "CopyConflict",
    "CopyReport",
    "DrillReport",
    "ExportReport",
    "ImportReport",
    "Refusal",
    "RestoreReport",
    "Round",
    "SealReport",
    "Shipped",
    "acopy",
    "aseal",
    "backup",
    "check_history",
    "copy",
    "drill",
    "export_file",
    "format_of",
    "import_file",
    "import_history",
    "restore",
    "seal",
]
