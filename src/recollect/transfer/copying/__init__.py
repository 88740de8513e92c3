"""From one store to another: copy, migration, incremental backup and replication are one loop over ``changes``."""

from recollect.transfer.copying.report import CopyConflict, CopyReport, Round
from recollect.transfer.copying.run import acopy, copy

__all__ = ["CopyConflict", "CopyReport", "Round", "acopy", "copy"]
