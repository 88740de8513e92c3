"""What a table of messages has to have."""

from collections.abc import Collection, Iterable

from recollect.errors import Invalid

NEEDED = ("id", "session_id", "message")
CREATED = "created_at"
"""The column of langchain-postgres's tables that LangChain's other tables lack."""


def check(table: str, columns: Collection[str], others: Iterable[str]) -> None:
    """Refuse a table that is not there, or lacks a column. ``others``: tables that have all of them."""
    if not columns:
        listed = ", ".join(map(repr, others))
        advice = (
            f"name another one with messages: {listed}"
            if listed
            else "nor has another one LangChain's columns; a Recollect is copied by recollect copy"
        )
        raise Invalid(f"the database has no table {table!r}; {advice}")
    missing = [column for column in NEEDED if column not in columns]
    if missing:
        raise Invalid(f"the table {table!r} has no column {', '.join(missing)}; LangChain's tables have {', '.join(NEEDED)}")
