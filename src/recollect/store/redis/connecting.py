"""Servers from URLs and from redis-py's clients."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from redis import Redis, Sentinel
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import RedisClusterException, RedisError
from redis.retry import Retry

from recollect.errors import Invalid
from recollect.store.hosts import is_host, is_text
from recollect.store.redis.errors import translate
from recollect.store.redis.options import KINDS, READ, flag
from recollect.store.redis.servers import Cluster, OneServer, Servers

FORMS = (
    "redis://[user:password@]host[:port][/database], rediss://… with TLS, redis+sentinel://host[:port],host[:port]/service[/database], "
    "redis+cluster://host[:port],host[:port]"
)

SCHEMES = ("redis", "rediss", "redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster")

TLS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("ssl_ca_certs", "ssl_ca_path", "ssl_certfile", "ssl_keyfile", "ssl_password", "ssl_cert_reqs"), str),
    "ssl_check_hostname": flag,
}
SENTINEL = ("sentinel_username", "sentinel_password")

LONGEST_CONNECT = 5.0
"""Seconds that a connection may take to come about."""


class Address(NamedTuple):
    """What a URL says: where the servers are, how to connect to them, and the store's own options."""

    kind: str
    hosts: list[tuple[str, int]]
    service: str
    connecting: dict[str, Any]
    sentinel: dict[str, Any]
    options: dict[str, Any]


def parse(url: str) -> Address:
    """Return what a URL says.

    Raises:
        Invalid: it is of no known form. The URL is not repeated: it may hold a password.

    """
    try:
        parts = urlsplit(url)
        query = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query), errors="strict")
        login, _, places = parts.netloc.rpartition("@")
        path = [unquote(part, errors="strict") for part in parts.path.strip("/").split("/") if part]
        user, _, password = (unquote(part, errors="strict") for part in login.partition(":"))
    except ValueError:
        raise _wrong("it cannot be read") from None  # it repeats parts of the URL
    scheme, _, kind = parts.scheme.partition("+")
    if parts.scheme not in SCHEMES or parts.fragment or not is_text(url):
        raise _wrong("its scheme is unknown, or it has a fragment, or a character that has no UTF-8")
    hosts = [_host(place, 26379 if kind == "sentinel" else 6379) for place in places.split(",")]
    connecting: dict[str, Any] = {"username": user or None, "password": password or None}
    if scheme == "rediss":
        connecting["ssl"] = True
    service = path.pop(0) if kind == "sentinel" and path else ""
    if (kind == "sentinel") != bool(service) or len(path) > 1 or (kind == "cluster" and path not in ([], ["0"])) or (not kind and len(hosts) > 1):
        raise _wrong("its path or its hosts do not fit its scheme")
    if path and kind != "cluster":
        connecting["db"] = _value(int, "the database", path[0])
    sentinel: dict[str, Any] = {}
    options: dict[str, Any] = {}
    for name, value in query:
        _option(name, value, scheme == "rediss", kind == "sentinel", connecting, sentinel, options)
    return Address(kind, hosts, service, connecting, sentinel, options)


def _option(
    name: str, value: str, tls: bool, sentinel: bool, connecting: dict[str, Any], to_sentinel: dict[str, Any], options: dict[str, Any]
) -> None:
    if name in READ:
        options[name] = _value(READ[name], name, value)
    elif name in TLS and tls:
        connecting[name] = _value(TLS[name], name, value)
    elif name in SENTINEL and sentinel:
        to_sentinel[name.removeprefix("sentinel_")] = value
    else:
        raise _wrong(f"it has the option {name!r}; there are {', '.join(READ)}, and the ssl_ and sentinel_ ones")


def connect(address: Address, wait: float) -> Servers:
    """Return the servers of an address. Connections are made when they are needed; of a cluster, its nodes are asked for at once.

    Raises:
        StoreError: the cluster cannot be reached.

    """
    often: dict[str, Any] = {
        "socket_timeout": wait,
        "socket_connect_timeout": min(wait, LONGEST_CONNECT),
        "socket_keepalive": True,
        "protocol": 2,
        "retry": Retry(NoBackoff(), 0),
        "max_connections": 1 << 31,  # a Line has a bound of its own
        **address.connecting,
    }
    try:
        if address.kind == "cluster":
            node: Any = ClusterNode
            return Cluster(RedisCluster(startup_nodes=[node(host, port) for host, port in address.hosts], require_full_coverage=False, **often))
        if address.kind == "sentinel":
            of_sentinels = {name: often[name] for name in often if name.startswith(("socket_", "ssl", "protocol"))} | address.sentinel
            del often["max_connections"]
            sentinel: Any = Sentinel
            manager = sentinel(address.hosts, sentinel_kwargs=of_sentinels, **often)
            return OneServer(manager.master_for(address.service))
        ((host, port),) = address.hosts
        return OneServer(Redis(host, port, **often))
    except (RedisError, RedisClusterException) as error:
        raise translate(error) from error
    except (TypeError, ValueError, OSError) as error:  # such as certificates that are not there
        raise Invalid(f"the connection cannot be set up: {error}") from error


def servers_of(client: object) -> Servers:
    """Return the servers of one of redis-py's clients.

    Raises:
        Invalid: it is none, or one that returns text where bytes are needed.

    """
    if isinstance(client, RedisCluster):
        settings: Mapping[str, Any] = client.nodes_manager.connection_kwargs
    elif isinstance(client, Redis):
        settings = client.get_connection_kwargs()
    else:
        raise Invalid(f"the client is a {type(client).__name__}; give a URL, a redis.Redis or a redis.cluster.RedisCluster")
    if settings.get("decode_responses"):
        raise Invalid("the client decodes responses, and bodies are bytes; make it with decode_responses=False")
    return Cluster(client) if isinstance(client, RedisCluster) else OneServer(client)


def _host(place: str, port: int) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{place}")
        host, port = parts.hostname, parts.port or port
    except ValueError:
        raise _wrong("a port is no number") from None  # it may be a part of a password
    if not host or not is_host(host):
        raise _wrong("a host is missing, or is none")
    return host, port


def _value(read: Callable[[str], Any], what: str, text: str) -> Any:
    try:
        return read(text)
    except ValueError as error:
        raise _wrong(f"{what} is not {KINDS[read]}") from error


def _wrong(what: str) -> Invalid:
    return Invalid(f"the URL names no Redis store: {what}; the forms are {FORMS}")
