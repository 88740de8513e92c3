"""Real servers for the tests: started at their first use, on a free port of the loopback, with data in a temporary folder; ended with the tests.

Each module (``postgresql``, ``mariadb``, ``redis``) has

- ``database_of(place)``: the URL of an empty database for a test's ``tmp_path``; the same URL for the same folder. For ``kinds.py``::

    "postgresql": Kind(lambda place, clock: PostgreSQLStore(postgresql.database_of(place), clock=clock), raw_postgresql),

- ``database()``: a context manager that lends the URL of an empty database::

    with postgresql.database() as url, Memory(url) as memory: ...

- ``server()``: the server behind both, which is quick, because it does not sync. Do not kill it.
- ``durable()``: one that syncs, for fault tests, with ``start()``, ``stop()``, ``kill()`` (SIGKILL), ``restart()``, ``pause()``, ``resume()``;
  the port and the data stay. ``database(durable())`` lends a database on it. A test may also make its own: ``PostgreSQL(options=...).start()``,
  and ``discard()`` it.

``redis.EncryptedRedis`` speaks TLS, ``redis.server().user_url`` names a user of the access control list, ``valkey.Valkey`` knows WAITAOF,
``s3.bucket("moto")`` and ``s3.bucket("rclone")`` lend a bucket, ``s3.Failing`` stands in front of its server and fails;
``sentinel.Guarded`` is a primary with replicas and sentinels, ``cluster.Cluster`` six nodes; ``proxy.Proxy`` stands between a store and a server.

The user of these URLs has a password, ``process.SECRET``, which no text of an error may hold, and the rights of an ordinary user: it owns its
database. ``admin`` is the URL of one who may do everything.

A server that runs already is used instead where RECOLLECT_POSTGRESQL_URL, RECOLLECT_MYSQL_URL or RECOLLECT_REDIS_URL names it. Without either, the
test is skipped, aloud; RECOLLECT_REQUIRE_SERVERS=1 makes that a failure.

Import as ``from servers import postgresql``. Importing starts nothing.
"""
