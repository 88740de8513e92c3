"""Redis and Valkey: one server, Sentinel or a cluster, for many processes."""

from recollect.extras import needed

with needed("redis", "redis"):
    from recollect.store.redis.store import RedisStore

__all__ = ["RedisStore"]
