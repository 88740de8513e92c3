"""A key-encryption key in the transit engine of HashiCorp Vault, or of OpenBao, which has the same interface."""

import os
import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Never

from recollect.errors import KeyServiceFailed, Locked
from recollect.privacy.keys.secret import Concealed
from recollect.privacy.keys.service import NoAnswer, Service
from recollect.privacy.keys.vaultclient import DENIED, OK, STRANGE, VaultPlace, posted, reason, refusal, renewed, vault_client

if TYPE_CHECKING:
    from hvac import Client

_WRAPPED = re.compile(rb"vault:v(\d{1,9}):[A-Za-z0-9+/=]+")


class VaultKey:
    """A key of Vault's transit engine. It wraps there; the key itself never comes here.

    Its name is the path, without the address: a Vault that moves to another address keeps its keys.

    Args:
        place: the path, such as ``transit/keys/recollect``; or a URL, if the address is not that of VAULT_ADDR.
        client: a client of hvac with an address and a token of its own, if it is not to be made of VAULT_ADDR, VAULT_TOKEN (or
            ~/.vault-token), VAULT_NAMESPACE, VAULT_CACERT, VAULT_CLIENT_CERT and VAULT_CLIENT_KEY.

    Raises:
        Invalid: this names no key, or an address without TLS on another machine.
        NotFound: there is no address, or no token.
        MissingExtra: hvac is not installed.

    """

    def __init__(self, place: str, client: "Client | None" = None) -> None:
        self._place = VaultPlace.of(place, os.environ.get("VAULT_ADDR", "") if client is None else client.url)
        self.name = f"vault:{self._place.mount}/keys/{self._place.key}"
        self._service: Service[Any] = Service(self.name, (lambda: vault_client(self._place.address)) if client is None else (lambda: client))
        self._own = client is None
        self._newest = 0
        self._service.client  # noqa: B018 - here, and not amid a call, is told what is missing

    def wrap(self, secret: bytes, under: str) -> bytes:
        """See KeyWrap.wrap."""
        wrapped = self._asked("encrypt", "ciphertext", lambda: {"plaintext": b64encode(secret).decode()}, under).encode()
        found = _WRAPPED.fullmatch(wrapped)
        if found is None:
            raise self._service.failed(STRANGE)
        self._newest = max(self._newest, int(found[1]))
        return wrapped

    def unwrap(self, wrapped: bytes, under: str) -> bytes:
        """See KeyWrap.unwrap."""
        if not _WRAPPED.fullmatch(wrapped):
            raise Locked(f"{self.name}: what is said to be wrapped by it is not; the key store is damaged")
        secret = _decoded(self._asked("decrypt", "plaintext", lambda: {"ciphertext": wrapped.decode()}, under))
        if secret is None:
            raise self._service.failed(STRANGE)
        return secret

    def outdated(self, wrapped: bytes) -> bool:
        """See Versions.outdated."""
        found = _WRAPPED.fullmatch(wrapped)
        return found is None or int(found[1]) < self._newest

    def close(self) -> None:
        """See Connected.close."""
        self._service.client.adapter.close()

    def __repr__(self) -> str:
        """Return the name."""
        return f"VaultKey({self.name})"

    def __reduce__(self) -> Never:
        """Refuse to be pickled or copied."""
        raise TypeError("a key of a key service is not pickled or copied; open it anew where it is needed")

    def _asked(self, operation: str, wanted: str, given: Callable[[], Mapping[str, str]], under: str) -> str:
        def call(client: Any) -> str | Locked | KeyServiceFailed:
            from requests.exceptions import RequestException
            from urllib3.exceptions import HTTPError

            path = f"/v1/{self._place.mount}/{operation}/{self._place.key}"
            body = {**given(), "associated_data": b64encode(under.encode()).decode()}
            try:
                answer = posted(client, path, body)
                if answer.status == DENIED and self._own and renewed(client, self._place.address):
                    answer = posted(client, path, body)
            except (RequestException, HTTPError, OSError) as error:
                raise NoAnswer(reason(error)) from error
            if answer.status != OK:
                told, final = refusal(answer, self._place)
                return Locked(f"{self.name}: {told} ({operation})") if final else self._service.failed(told)
            value = answer.data.get(wanted)
            return value if isinstance(value, str) else self._service.failed(STRANGE)

        answer = self._service.ask(call)
        if isinstance(answer, str):
            return answer
        raise answer  # here, as the client's variables have the token, and what was to be wrapped


def _decoded(text: str) -> Concealed | None:
    try:
        return Concealed(b64decode(text, validate=True))
    except (NotBase64, ValueError):
        return None
