"""Places for Redis stores: prefixes on servers that many tests share, and what stands there."""

from hashlib import sha1
from pathlib import Path
from struct import unpack_from

from redis import Redis
from redis.cluster import RedisCluster


def prefix_of(place: Path) -> str:
    """Return a prefix of a test's own."""
    return f"test-{sha1(str(place).encode(), usedforsecurity=False).hexdigest()[:12]}"


def raw_bodies(client: Redis | RedisCluster, prefix: str) -> list[bytes]:
    """Read the lists of entries and the hashes of documents, and of what was derived, with redis-py."""
    found = []
    for key in client.scan_iter(match=f"{prefix}:*", count=1000):
        if b":entries:" in key:
            for item in client.lrange(key, 0, -1):
                digest, role, id = unpack_from(">BBH", item, 10)
                found.append(item[14 + digest + role % 128 + id + (16 if role >= 128 else 8) :])
        elif key.endswith(b":documents"):
            found += [value[7:] for value in client.hvals(key) if value[6:7] == b"1"]
        elif key.endswith(b":derived"):
            found += [value for field, value in client.hgetall(key).items() if len(field) == 6 + unpack_from(">H", field)[0]]
    return found
