"""Redis Sentinel: a primary with replicas, and sentinels that make one of them the primary when it is gone."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import redis

from .process import Server, wait_until
from .redis import Redis
from .wanted import program

SERVICE = "recollect"
"""The name of the primary among the sentinels."""


class Sentinel(Server):
    """One sentinel, which declares the primary dead after a second, as soon as another one agrees."""

    def __init__(self, primary: Redis) -> None:
        super().__init__()
        self._path = self.folder / "sentinel.conf"
        self._path.write_text(
            f"port {self.port}\nbind 127.0.0.1\ndir {self.folder}\nsentinel monitor {SERVICE} 127.0.0.1 {primary.port} 2\n"
            f"sentinel down-after-milliseconds {SERVICE} 1000\nsentinel failover-timeout {SERVICE} 2000\n"
        )

    def command(self) -> Sequence[str | Path]:
        """Return the daemon, which writes what it learns to its settings."""
        return [program("redis-sentinel", "redis-sentinel"), self._path]

    def ready(self) -> bool:
        """Return whether it answers."""
        with suppress(redis.ConnectionError), self.client() as client:
            client.execute_command("SENTINEL DEBUG", "info-period", "200", "publish-period", "200")  # milliseconds, instead of 10 and 2 seconds
            return True
        return False

    def client(self) -> redis.Redis:
        """Connect to it."""
        return redis.Redis(port=self.port, decode_responses=True)


class Guarded:
    """Three servers, one of which is the primary, and three sentinels. ``kind``: of the servers, Redis or Valkey."""

    def __init__(self, kind: type[Redis] = Redis, *, options: Sequence[str] = ()) -> None:
        self.servers = [kind(options=("--repl-diskless-sync-delay", "0", *options)) for _ in range(3)]
        self.sentinels: list[Sentinel] = []

    def start(self) -> "Guarded":
        """Start all of them, and wait until they know each other."""
        for server in self.servers:
            server.start()
        for server in self.servers[1:]:
            with redis.Redis(port=server.port) as client:
                client.replicaof("127.0.0.1", self.servers[0].port)
        wait_until(lambda: self.replicas() == 2, "the replicas have joined")
        self.sentinels = [Sentinel(self.servers[0]).start() for _ in range(3)]
        wait_until(self.settled, "the sentinels know the replicas and each other")
        return self

    @property
    def url(self) -> str:
        """The URL of the service: all sentinels, the service's name, and the database."""
        hosts = ",".join(f"127.0.0.1:{one.port}" for one in self.sentinels)
        return f"redis+sentinel://{hosts}/{SERVICE}/0"

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """The sentinels' hosts and ports, for ``redis.Sentinel``."""
        return [("127.0.0.1", one.port) for one in self.sentinels]

    def primary(self) -> Redis:
        """Return the server that the sentinels name."""
        with self.sentinels[0].client() as client:
            _, port = client.sentinel_get_master_addr_by_name(SERVICE)
        return next(one for one in self.servers if one.port == port)

    def replicas(self) -> int:
        """Return how many replicas are connected to the first server."""
        with redis.Redis(port=self.servers[0].port) as client:
            info = client.info("replication")
        return sum(info[f"slave{number}"]["state"] == "online" for number in range(info["connected_slaves"]))

    def settled(self) -> bool:
        """Return whether each sentinel sees a primary with two replicas, and the other sentinels."""
        return all(self._knows(one) for one in self.sentinels)

    def fail_over(self, *, kill: bool = True) -> None:
        """End the primary, wait until another one is, and start the former one again, as a replica. Without ``kill``: it stands still meanwhile.

        On a busy machine a primary may seem dead that is not, so that more failovers follow.
        """
        before = self.primary()
        (before.kill if kill else before.pause)()
        wait_until(lambda: self.primary() is not before, "another server is the primary")
        (before.start if kill else before.resume)()
        wait_until(self.settled, "the former primary is a replica")

    def discard(self) -> None:
        """End all of them."""
        for one in (*self.sentinels, *self.servers):
            one.discard()

    @staticmethod
    def _knows(sentinel: Sentinel) -> bool:
        with sentinel.client() as client:
            primary = client.sentinel_master(SERVICE)
            replicas = client.sentinel_slaves(SERVICE)
        healthy = [one for one in replicas if one["flags"] == "slave" and one["master-link-status"] == "ok"] if replicas else []
        return bool(primary["flags"] == "master" and primary["num-other-sentinels"] == 2 and len(healthy) == 2)
