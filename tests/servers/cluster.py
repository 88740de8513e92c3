"""Redis Cluster: three primaries with a replica each, slots that move between them."""

import subprocess
from collections.abc import Sequence
from contextlib import suppress
from random import Random

import redis
from redis.cluster import ClusterNode, RedisCluster

from .process import PATIENCE, claim_port, wait_until
from .redis import Redis
from .wanted import program

SLOTS = 16384


class Node(Redis):
    """One node, which is declared dead after a second."""

    def __init__(self, options: Sequence[str] = ()) -> None:
        cluster = ("--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--cluster-port", str(claim_port()))
        super().__init__(options=(*cluster, "--repl-diskless-sync-delay", "0", *options))


class Cluster:
    """Six nodes."""

    def __init__(self, *, options: Sequence[str] = ()) -> None:
        self.nodes = [Node(options) for _ in range(6)]

    def start(self) -> "Cluster":
        """Start the nodes, join them, and wait until all agree on the slots."""
        for node in self.nodes:
            node.start()
        self._cli("create", *(f"127.0.0.1:{node.port}" for node in self.nodes), "--cluster-replicas", "1")
        wait_until(self.settled, "the cluster is well")
        return self

    @property
    def url(self) -> str:
        """The URL of the cluster, by its first node that lives."""
        node = next(node for node in self.nodes if node.running)
        return f"redis+cluster://127.0.0.1:{node.port}/0"

    def client(self) -> RedisCluster:
        """Connect to it."""
        return RedisCluster(startup_nodes=[ClusterNode("127.0.0.1", node.port) for node in self.nodes if node.running])

    def settled(self) -> bool:
        """Return whether every node sees a whole cluster, in which each primary has its replica."""
        return all(self._sees_all_well(node) for node in self.nodes if node.running)

    def primaries(self) -> dict[str, Node]:
        """Return the primaries, by their ids."""
        with redis.Redis(port=self._living().port, decode_responses=True) as client:
            nodes = client.cluster("NODES")
        ids = {int(address.rsplit(":", 1)[1].split("@")[0]): one["node_id"] for address, one in nodes.items() if "master" in one["flags"]}
        return {ids[node.port]: node for node in self.nodes if node.port in ids and node.running}

    def reshard(self, rng: Random, slots: int = 200) -> None:
        """Move slots, with the keys in them, from one primary to another."""
        giver, taker = rng.sample(sorted(self.primaries()), 2)
        node = f"127.0.0.1:{self._living().port}"
        self._cli("reshard", node, "--cluster-from", giver, "--cluster-to", taker, "--cluster-slots", str(slots))

    def fail_over(self, rng: Random) -> None:
        """Kill a primary, wait until its replica has its slots, and start it again, as a replica."""
        node = rng.choice(list(self.primaries().values()))
        node.kill()
        wait_until(self.settled, "a replica has taken over")
        node.start()
        wait_until(self.settled, "the former primary is a replica")

    def discard(self) -> None:
        """End all nodes."""
        for node in self.nodes:
            node.discard()

    def _living(self) -> Node:
        return next(node for node in self.nodes if node.running)

    def _sees_all_well(self, node: Node) -> bool:
        with suppress(redis.ConnectionError, redis.BusyLoadingError), redis.Redis(port=node.port, decode_responses=True) as client:
            info = client.cluster("INFO")
            nodes = client.cluster("NODES")
            ours = {str(one.port) for one in self.nodes if one.running}
            well = [address for address, one in nodes.items() if "fail" not in one["flags"] and one["connected"]]
            return (
                info["cluster_state"] == "ok"
                and int(info["cluster_slots_ok"]) == SLOTS
                and ours <= {address.rsplit(":", 1)[1].split("@")[0] for address in well}
            )
        return False

    @staticmethod
    def _cli(command: str, *rest: str) -> None:
        done = subprocess.run(
            [program("redis-cli", "redis-tools"), "--cluster", command, *rest, "--cluster-yes"],
            capture_output=True, text=True, timeout=PATIENCE, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode:
            raise AssertionError(f"redis-cli --cluster {command}: {done.stdout[-1000:]}{done.stderr[-1000:]}")
