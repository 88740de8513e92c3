"""`recollect demo`: sample conversations through a whole life: kept, found again by another process, continued, viewed."""

from recollect.cli.demo.command import demo

__all__ = ["demo"]
