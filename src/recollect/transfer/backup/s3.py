"""A backup in a bucket of S3, or of what speaks its language."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from recollect.errors import Invalid, NotFound, StoreError
from recollect.extras import needed

if TYPE_CHECKING:
    from botocore.client import BaseClient

ATTEMPTS = 6
"""So often a request is sent at the most: the waits between grow to some ten seconds together."""

READINGS = 3
"""So often an object is read whose reading breaks off."""

CONNECT, READ = 10, 60
"""Seconds for a connection, and for an answer."""

CONNECTIONS = 32

AT_ONCE = 1000
"""Objects that are removed by one request."""


class Bucket:
    """Objects below a prefix. Keys, region and endpoint come from where all programs for S3 have them: AWS_… variables, ~/.aws, the machine."""

    def __init__(self, client: "BaseClient", bucket: str, prefix: str) -> None:
        self._client: Any = client
        self._bucket = bucket
        self._prefix = prefix

    @classmethod
    def of(cls, url: str) -> "Bucket":
        """Open ``s3://bucket/prefix``."""
        parts = urlsplit(url)
        if not parts.netloc or "@" in parts.netloc or parts.query or parts.fragment:  # an @ may have a key before it: it is not repeated
            raise Invalid("a bucket is named as s3://bucket/prefix; keys and endpoint stand in AWS_… variables or in ~/.aws")
        with needed("boto3", "s3"):
            import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        config = Config(
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            connect_timeout=CONNECT,
            read_timeout=READ,
            max_pool_connections=CONNECTIONS,
            request_checksum_calculation="when_required",  # older servers know none; segments carry their own
            response_checksum_validation="when_required",
        )
        try:
            client = boto3.session.Session().client("s3", config=config)
        except BotoCoreError as error:
            raise StoreError(f"S3 cannot be used: {error}") from error
        prefix = parts.path.strip("/")
        return cls(client, parts.netloc, f"{prefix}/" if prefix else "")

    def create(self, name: str, data: bytes) -> bool:
        """See Objects.create. Where a server does not know If-None-Match, two that create at the same moment may both think that they did."""
        if self.get(name) is not None:
            return False
        try:
            with self._told(name):
                self._client.put_object(Bucket=self._bucket, Key=self._prefix + name, Body=data, IfNoneMatch="*")
        except _ThereAlready:
            return False
        return True

    def put(self, name: str, data: bytes) -> None:
        """See Objects.put."""
        with self._told(name):
            self._client.put_object(Bucket=self._bucket, Key=self._prefix + name, Body=data)

    def get(self, name: str) -> bytes | None:
        """See Objects.get."""
        try:
            with self._told(name):
                return self._read(self._prefix + name)
        except _Absent:
            return None

    def names(self, folder: str) -> list[str]:
        """See Objects.names."""
        found: list[str] = []
        with self._told(folder):
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=f"{self._prefix}{folder}/"):
                found += [one["Key"].removeprefix(self._prefix) for one in page.get("Contents", ())]
        return sorted(found)

    def remove(self, names: Sequence[str]) -> None:
        """See Objects.remove."""
        for start in range(0, len(names), AT_ONCE):
            keys = [{"Key": self._prefix + name} for name in names[start : start + AT_ONCE]]
            with self._told("old objects"):
                answer = self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": keys, "Quiet": True})
            if answer.get("Errors"):
                raise StoreError(f"S3 did not remove {len(answer['Errors'])} objects: {answer['Errors'][0].get('Message')}", "unknown")

    def close(self) -> None:
        """See Objects.close."""
        self._client.close()

    def _read(self, key: str) -> bytes:
        """Read an object, again where the connection breaks amid it: the client repeats requests, and not what comes behind an answer."""
        from botocore.exceptions import IncompleteReadError, ReadTimeoutError, ResponseStreamingError
        from urllib3.exceptions import HTTPError  # botocore leaves some of these as they are

        for attempt in range(1, READINGS + 1):
            try:
                with self._client.get_object(Bucket=self._bucket, Key=key)["Body"] as body:
                    data: bytes = body.read()
                    return data
            except (IncompleteReadError, ReadTimeoutError, ResponseStreamingError, HTTPError):
                if attempt == READINGS:
                    raise
        raise AssertionError  # the last attempt returns or raises

    @contextmanager
    def _told(self, name: str) -> Iterator[None]:
        """Turn the client's errors into ours."""
        from botocore.exceptions import BotoCoreError, ClientError
        from urllib3.exceptions import HTTPError

        where = f"s3://{self._bucket}/{self._prefix}{name}"
        try:
            yield
        except ClientError as error:
            code, status = error.response["Error"].get("Code", ""), error.response["ResponseMetadata"].get("HTTPStatusCode")
            if code in ("PreconditionFailed", "ConditionalRequestConflict"):
                raise _ThereAlready from error
            if code in ("NoSuchKey", "404"):
                raise _Absent from error
            if code == "NoSuchBucket":
                raise NotFound(f"there is no bucket {self._bucket!r}; make it first, or check the name and the endpoint") from error
            raise StoreError(f"{where}: S3 answers {code} ({status}), after {ATTEMPTS} attempts where another could help", "unknown") from error
        except (BotoCoreError, HTTPError, OSError) as error:
            raise StoreError(f"{where}: {error}", "unknown") from error


class _ThereAlready(Exception):
    """An object of this name is there."""


class _Absent(Exception):
    """There is no object of this name."""
