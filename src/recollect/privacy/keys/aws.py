"""A key-encryption key in AWS KMS."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from logging import LogRecord, getLogger
from typing import TYPE_CHECKING, Any, Never

from recollect.errors import Invalid, KeyServiceFailed, Locked
from recollect.extras import needed
from recollect.privacy.keys.secret import Concealed
from recollect.privacy.keys.service import ATTEMPTS, CONNECT, CONNECTIONS, READ, NoAnswer, Service

if TYPE_CHECKING:
    from botocore.client import BaseClient

CONTEXT = "recollect"
"""The name in the encryption context of what is wrapped; its value is the owner's pseudonym. Both stand in the log of AWS CloudTrail."""

_ARN = re.compile(r"arn:aws[a-z-]*:kms:(?P<region>[a-z0-9-]+):\d{12}:key/(?P<id>[A-Za-z0-9-]+)")
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")

_BUSY = {"ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException", "SlowDown"}
_AGAIN = {"DependencyTimeoutException", "KMSInternalException", "KeyUnavailableException", "ServiceUnavailable", "InternalFailure"}


class KmsKey:
    """A key of AWS KMS. It wraps there; the key itself never comes here.

    Args:
        key: its id or ARN. An alias is none: it can be moved to another key, which does not open what the former one wrapped.
        client: a client of boto3 for KMS, if it is not to be made as boto3 finds region, credentials and endpoint.

    Raises:
        Invalid: this names no key, or no region is known.
        MissingExtra: boto3 is not installed.

    """

    def __init__(self, key: str, client: "BaseClient | None" = None) -> None:
        arn = _ARN.fullmatch(key)
        if arn is None and not _ID.fullmatch(key):
            raise Invalid("this is no key of AWS KMS; give aws-kms: and its id or ARN, and no alias, which can be moved to another key")
        self._key = key
        self.name = f"aws-kms:{arn['id'] if arn else key}"
        region = arn["region"] if arn else None
        connect: Callable[[], Any] = (lambda: client) if client is not None else (lambda: _client(region))
        self._service: Service[Any] = Service(self.name, connect)
        _hush()
        self._service.client  # noqa: B018 - here, and not amid a call, is told what is missing

    def wrap(self, secret: bytes, under: str) -> bytes:
        """See KeyWrap.wrap."""
        return self._asked("encrypt", "CiphertextBlob", under, Plaintext=secret)

    def unwrap(self, wrapped: bytes, under: str) -> bytes:
        """See KeyWrap.unwrap."""
        return Concealed(self._asked("decrypt", "Plaintext", under, CiphertextBlob=wrapped))

    def close(self) -> None:
        """See Connected.close."""
        self._service.client.close()

    def __repr__(self) -> str:
        """Return the name."""
        return f"KmsKey({self.name})"

    def __reduce__(self) -> Never:
        """Refuse to be pickled or copied."""
        raise TypeError("a key of a key service is not pickled or copied; open it anew where it is needed")

    def _asked(self, operation: str, wanted: str, under: str, **given: bytes) -> bytes:
        def call(client: Any) -> bytes | Locked | KeyServiceFailed:
            from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
            from urllib3.exceptions import HTTPError

            try:
                with _unlogged():
                    answer = getattr(client, operation)(KeyId=self._key, EncryptionContext={CONTEXT: under}, **given)
            except ClientError as error:
                return self._refusal(operation, error.response)
            except NoCredentialsError:
                return Locked(f"{self.name}: there are no AWS credentials; give them in AWS_… variables, in ~/.aws, or by the machine's role")
            except (BotoCoreError, HTTPError, OSError) as error:
                raise NoAnswer(f"AWS KMS does not answer ({type(error).__name__}), at {ATTEMPTS} attempts") from error
            except (AttributeError, KeyError, TypeError, ValueError):  # the client takes any JSON for an answer of AWS
                return self._service.failed("this is not what AWS KMS answers; check the endpoint")
            value = answer.get(wanted)
            return value if isinstance(value, bytes) and value else self._service.failed(f"AWS KMS answers without {wanted}")

        answer = self._service.ask(call)
        if isinstance(answer, bytes):
            return answer
        raise answer  # here, as the client's errors have among their variables what was to be wrapped

    def _refusal(self, operation: str, response: Any) -> Locked | KeyServiceFailed:
        code, message = response["Error"].get("Code", ""), response["Error"].get("Message", "")
        status = response["ResponseMetadata"].get("HTTPStatusCode", 0)
        if code in _BUSY or status == 429:  # noqa: PLR2004
            return self._service.failed(f"AWS KMS is asked too often ({code}), at {ATTEMPTS} attempts")
        if code in _AGAIN or status >= 500:  # noqa: PLR2004
            return self._service.failed(f"AWS KMS fails ({code}), at {ATTEMPTS} attempts")
        told = _ADVICE.get(code, "AWS KMS refuses")
        return Locked(f"{self.name}: {told} ({operation}: {code}: {message})")


_ADVICE = {
    "AccessDeniedException": "AWS denies it; allow these credentials kms:Encrypt and kms:Decrypt on this key",
    "NotFoundException": "there is no such key; check its id, the region and the account, or give its ARN",
    "DisabledException": "the key is disabled; enable it in AWS KMS",
    "KMSInvalidStateException": "the key cannot be used as it is now; if its deletion is scheduled, cancel that at once",
    "InvalidKeyUsageException": "the key is not one for encryption and decryption; give a symmetric one",
    "IncorrectKeyException": "another key wrapped this; the key store is damaged, or was wrapped under another name of a key",
    "InvalidCiphertextException": "the key does not open what is said to be wrapped by it, for this owner: the key store is damaged",
    "ExpiredTokenException": "the AWS credentials have expired; give new ones",
    "UnrecognizedClientException": "AWS does not know these credentials; give others",
    "InvalidSignatureException": "AWS does not accept these credentials; check the secret key, and the machine's clock",
}


def _client(region: str | None) -> "BaseClient":
    with needed("boto3", "aws"):
        import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, NoRegionError

    config = Config(
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS}, connect_timeout=CONNECT, read_timeout=READ, max_pool_connections=CONNECTIONS
    )
    try:
        return boto3.session.Session().client("kms", region_name=region, config=config)
    except NoRegionError as error:
        raise Invalid("no AWS region is known; set AWS_REGION, or give the key's ARN, which names it") from error
    except BotoCoreError as error:
        raise Invalid(f"AWS KMS cannot be used: {error}") from error
    except ValueError:
        pass
    raise Invalid("AWS KMS cannot be used: AWS_ENDPOINT_URL_KMS, AWS_ENDPOINT_URL or the region is not valid")  # a URL may have a password


_busy_here: ContextVar[bool] = ContextVar("_busy_here", default=False)


def _heard(_: LogRecord) -> bool:
    """Tell whether something may be logged: not amid our calls, as the client logs bodies at the level DEBUG, and so keys."""
    return not _busy_here.get()


def _hush() -> None:
    for part in (
        "auth",
        "awsrequest",
        "client",
        "endpoint",
        "handlers",
        "hooks",
        "httpsession",
        "parsers",
        "regions",
        "retries.standard",
        "retryhandler",
    ):
        getLogger(f"botocore.{part}").addFilter(_heard)  # once: a filter that is there is not added


@contextmanager
def _unlogged() -> Iterator[None]:
    token = _busy_here.set(True)
    try:
        yield
    finally:
        _busy_here.reset(token)
