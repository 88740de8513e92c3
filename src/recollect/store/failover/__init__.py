"""A store that goes on while its primary is down."""

from recollect.store.failover.positions import is_provisional
from recollect.store.failover.spool import Refused
from recollect.store.failover.state import FailoverState
from recollect.store.failover.store import Failover

__all__ = ["Failover", "FailoverState", "Refused", "is_provisional"]
