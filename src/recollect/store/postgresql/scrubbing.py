"""What PostgreSQL keeps of removed rows, and VACUUM."""

from recollect.errors import StoreError
from recollect.store.postgresql.database import PostgreSQL

FREED = (
    "VACUUM has freed the space of removed rows; the tables' files hold their bytes until VACUUM FULL makes them anew, or until that space is "
    "used again, and the write-ahead log, its archive and replicas until their segments are over"
)


def scrub(server: PostgreSQL, tables: str) -> list[str]:
    """See Scrubs.scrub. The cost is that of a VACUUM of the tables, with their indexes; the store goes on meanwhile."""
    try:
        refused = server.command(f"VACUUM (INDEX_CLEANUP ON) {tables}")
    except StoreError as error:
        refused = [str(error)]
    if not refused:
        return [FREED]
    return [f"the tables and the write-ahead log hold removed rows, and VACUUM was not done ({refused[0]}): let the tables' owner run VACUUM FULL"]
