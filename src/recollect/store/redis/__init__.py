"""Redis and Valkey: one server, Sentinel or a cluster, for many processes."""

from recollect.errors import MissingExtra

try:
    from recollect.store.redis.store import RedisStore
except ModuleNotFoundError as error:
    if error.name is None or error.name.partition(".")[0] != "redis":
        raise
    raise MissingExtra("redis is not installed; run: pip install 'recollect[redis]'") from error

__all__ = ["RedisStore"]
