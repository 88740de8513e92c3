"""Backups: what is new, into a folder or a bucket of S3, and back into any store."""

from recollect.transfer.backup.drill import drill
from recollect.transfer.backup.report import BackupReport, Difference, DrillReport, RestoreReport, Shipped
from recollect.transfer.backup.restoring import restore
from recollect.transfer.backup.run import backup

__all__ = ["BackupReport", "Difference", "DrillReport", "RestoreReport", "Shipped", "backup", "drill", "restore"]
