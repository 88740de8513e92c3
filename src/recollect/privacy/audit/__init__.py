"""The audit: who did what to whose data, when, in chains that no one can change unseen. No content is in it."""

from recollect.privacy.audit.anchors import Anchor
from recollect.privacy.audit.checking import Finding
from recollect.privacy.audit.record import Record, Run
from recollect.privacy.audit.settings import Audit
from recollect.privacy.audit.verification import Verified

__all__ = ["Anchor", "Audit", "Finding", "Record", "Run", "Verified"]
