"""What one copy counts and notes while it runs, from all its threads."""

from threading import Lock

from recollect.runtime import Progress
from recollect.transfer.copying.report import CopyReport, Troubles


class Tally:
    """The report of a copy that runs.

    Args:
        progress: called with how many messages are done, and how many there are.

    """

    def __init__(self, progress: Progress | None) -> None:
        self.report = CopyReport()
        self.conflicts = Troubles()
        self.differences = Troubles()
        self.total = 0
        self._done = 0
        self._progress = progress
        self._lock = Lock()

    def count(
        self,
        *,
        sessions: int = 0,
        messages: int = 0,
        rewritten: int = 0,
        documents: int = 0,
        removed: int = 0,
        erased: int = 0,
        gone: int = 0,
        verified: int = 0,
    ) -> None:
        """Add to the report."""
        with self._lock:
            report = self.report
            report.sessions += sessions
            report.messages += messages
            report.rewritten += rewritten
            report.documents += documents
            report.removed += removed
            report.erased += erased
            report.gone += gone
            report.verified += verified

    def advance(self, messages: int) -> None:
        """Tell that so many messages more have been gone over."""
        with self._lock:
            self._done += messages
            if self._progress is not None:
                self._progress(self._done, max(self._done, self.total))

    def finish(self) -> CopyReport:
        """Return the report, with what stands of conflicts and differences."""
        report = self.report
        report.conflicts, report.differences = self.conflicts.listed(), self.differences.listed()
        report.unlisted = self.conflicts.unlisted + self.differences.unlisted
        return report
