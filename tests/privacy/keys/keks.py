"""Key-encryption keys of each kind, as texts for RECOLLECT_KEK."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import boto3
import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

from recollect.privacy.keys.opening import new_kek
from servers.openbao import ROOT, new_mount, openbao
from servers.s3 import KEY, SECRET, server

KINDS = ["file", "keyring", "aws-kms", "vault"]


class InMemory(KeyringBackend):
    """A keyring as an operating system may have one."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        raise PasswordDeleteError


@contextmanager
def using(backend: KeyringBackend) -> Iterator[None]:
    """Make a keyring the system's."""
    former = keyring.core._keyring_backend
    keyring.set_keyring(backend)
    try:
        yield
    finally:
        keyring.core._keyring_backend = former


@contextmanager
def aws(endpoint: str) -> Iterator[None]:
    """Give credentials, a region, and an endpoint for KMS."""
    with pytest.MonkeyPatch.context() as environment:
        for variable, value in {
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL_KMS": endpoint,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }.items():
            environment.setenv(variable, value)
        yield


@contextmanager
def vault(address: str, token: str = ROOT) -> Iterator[None]:
    """Name a Vault, and give its token."""
    with pytest.MonkeyPatch.context() as environment:
        for variable in ("VAULT_NAMESPACE", "VAULT_CACERT", "VAULT_CAPATH", "VAULT_CLIENT_CERT"):
            environment.delenv(variable, raising=False)
        environment.setenv("VAULT_ADDR", address)
        environment.setenv("VAULT_TOKEN", token)
        yield


def new_kms_key() -> str:
    """Make a key in KMS, and return its ARN."""
    with closing(boto3.session.Session().client("kms")) as client:
        return client.create_key()["KeyMetadata"]["Arn"]


@contextmanager
def kek(kind: str, folder: Path) -> Iterator[str]:
    """Make a key-encryption key. Yields the text that opens it."""
    if kind == "file":
        yield new_kek(str(folder / os.urandom(6).hex()))[0]
    elif kind == "keyring":
        with using(InMemory()):
            yield new_kek("keyring:tests")[0]
    elif kind == "aws-kms":
        with aws(server("moto").url):
            yield f"aws-kms:{new_kms_key()}"
    else:
        mount = new_mount(openbao())
        with vault(openbao().url):
            yield f"vault:{mount}/keys/recollect"
