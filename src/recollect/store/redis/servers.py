"""Where the servers are: one, the one that Sentinel calls the master, or the masters of a cluster."""

from typing import Any, Protocol

from redis import ConnectionPool, Redis
from redis.cluster import RedisCluster
from redis.exceptions import AskError, MovedError


class Servers(Protocol):
    """Where the servers are."""

    def pool(self, key: bytes) -> ConnectionPool:
        """Return the pool of the server that has a key."""
        ...

    def moved(self, error: AskError | None) -> ConnectionPool | None:
        """Learn where keys have gone. Return the pool of the server that an error names; None where it names none."""
        ...

    def all(self) -> list[ConnectionPool]:
        """Return the pools of all masters."""
        ...

    def close(self) -> None:
        """Let go of the connections that are idle; who uses one lets go of it."""
        ...


class OneServer:
    """One server: of a URL, or the one that Sentinel calls the master."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._pool: ConnectionPool = client.connection_pool

    def pool(self, _: bytes) -> ConnectionPool:
        """See Servers.pool."""
        return self._pool

    def moved(self, _: AskError | None) -> ConnectionPool | None:
        """See Servers.moved."""
        return None

    def all(self) -> list[ConnectionPool]:
        """See Servers.all."""
        return [self._pool]

    def close(self) -> None:
        """See Servers.close."""
        self._pool.disconnect(inuse_connections=False)


class Cluster:
    """The masters of a cluster, by hash slot."""

    def __init__(self, client: RedisCluster) -> None:
        self._client: Any = client  # whose methods carry no types

    def pool(self, key: bytes) -> ConnectionPool:
        """See Servers.pool."""
        return self._pool_of(self._client.get_node_from_key(key))

    def moved(self, error: AskError | None) -> ConnectionPool | None:
        """See Servers.moved."""
        manager = self._client.nodes_manager
        if isinstance(error, MovedError) and hasattr(manager, "move_slot") and error.slot_id in manager.slots_cache:
            manager.move_slot(error)  # older redis-pys have only the other way, which closes connections in use
        elif error is None or isinstance(error, MovedError):
            manager.initialize()
        if error is None:
            return None
        node = self._client.get_node(host=error.host, port=error.port)
        return None if node is None else self._pool_of(node)

    def all(self) -> list[ConnectionPool]:
        """See Servers.all."""
        return [self._pool_of(node) for node in self._client.get_primaries()]

    def close(self) -> None:
        """See Servers.close."""
        for node in self._client.get_nodes():
            if node.redis_connection is not None:
                node.redis_connection.connection_pool.disconnect(inuse_connections=False)

    def _pool_of(self, node: Any) -> ConnectionPool:
        pool: ConnectionPool = self._client.get_redis_connection(node).connection_pool
        return pool
