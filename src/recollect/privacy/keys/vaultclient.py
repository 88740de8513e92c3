"""How Vault is asked: where, as whom, how long, and what its answers mean."""

import os
import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from msgspec import Struct

from recollect.errors import Invalid, NotFound
from recollect.extras import needed
from recollect.privacy.keys.service import ATTEMPTS, CONNECT, CONNECTIONS, READ

if TYPE_CHECKING:
    from hvac import Client

FORM = "vault:transit/keys/NAME with VAULT_ADDR, or vault:https://HOST:8200/transit/keys/NAME"

STRANGE = "this is not what Vault answers; check the address"

_PATH = re.compile(r"(?P<mount>[\w.-]+(?:/[\w.-]+)*)/keys/(?P<key>[\w.-]+)", re.ASCII)
OK, DENIED = 200, 403
_REFUSED, _ABSENT, _BUSY, _SEALED = 400, 404, 429, 503
_AGAIN = (412, 429, 500, 502, 503, 504)
"""What may be otherwise in a moment."""

_MOST_TOLD = 300
"""Characters of Vault's own reasons that an error repeats."""


class VaultPlace(Struct, frozen=True):
    """Where a key is: the address of the Vault, the path of its transit engine, and the key's name there."""

    address: str
    mount: str
    key: str

    @classmethod
    def of(cls, text: str, address: str) -> "VaultPlace":
        """Return the place that a path names at an address, or a URL, which has its own.

        Raises:
            Invalid: it names none, or an address without TLS on another machine.
            NotFound: there is no address.

        """
        path = text
        if "://" in text:
            address, path = _split(text)
        elif not address:
            raise NotFound(f"VAULT_ADDR is not set, and tells where the Vault is; or name it: {FORM}")
        parts = urlsplit(address)
        found = _PATH.fullmatch(path.strip("/"))
        if found is None or not parts.hostname or parts.username is not None or parts.query or parts.fragment:
            raise Invalid(f"this names no key of Vault; use {FORM}")  # the text may have a token, so it is not repeated
        if parts.scheme != "https" and not (parts.scheme == "http" and _here(parts.hostname)):
            raise Invalid(f"the Vault at {parts.hostname} must have an address with https://: what is wrapped goes there in the clear")
        return cls(address.rstrip("/"), found["mount"], found["key"])


class VaultAnswer(Struct, frozen=True):
    """An answer: the status, the data of a good one, and the reasons of another one."""

    status: int
    data: Mapping[str, Any]
    reasons: Sequence[str]


def vault_client(address: str) -> "Client":
    """Return a client for the Vault at an address, with the token, the namespace and the certificates that the environment names."""
    with needed("hvac", "vault"):
        from hvac import Client
    from requests import Session
    from requests.adapters import HTTPAdapter
    from urllib3 import Retry

    retry = Retry(
        total=ATTEMPTS - 1, backoff_factor=0.2, backoff_max=2, status_forcelist=_AGAIN, allowed_methods=None,
        respect_retry_after_header=False, raise_on_status=False,
    )  # fmt: skip
    session = Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=CONNECTIONS, max_retries=retry))
    session.verify = os.environ.get("VAULT_CACERT") or os.environ.get("VAULT_CAPATH") or True
    if os.environ.get("VAULT_CLIENT_CERT"):
        session.cert = (os.environ["VAULT_CLIENT_CERT"], os.environ.get("VAULT_CLIENT_KEY", ""))
    return Client(
        url=address, token=_token(address), timeout=(CONNECT, READ), allow_redirects=False, session=session,
        namespace=os.environ.get("VAULT_NAMESPACE"),
    )  # fmt: skip


def posted(client: "Client", path: str, body: Mapping[str, str]) -> VaultAnswer:
    """Send a request, and return its answer, whatever it is.

    Raises:
        requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError: there was none.

    """
    response = client.adapter.post(path, json=body, raise_exception=False)
    if not hasattr(response, "status_code"):  # the client has read the JSON of a good answer
        data = response.get("data") if isinstance(response, dict) else None
        return VaultAnswer(OK, data if isinstance(data, dict) else {}, ())
    try:
        found = response.json().get("errors")
    except (AttributeError, ValueError):
        found = None
    hidden = [*body.values(), client.token or ""]
    reasons = [one for one in found if isinstance(one, str) and not any(part and part in one for part in hidden)] if isinstance(found, list) else []
    return VaultAnswer(response.status_code, {}, reasons)


def renewed(client: "Client", address: str) -> bool:
    """Take another token, if the environment or the file has another one by now: agents replace it there. Returns whether it has."""
    token = _token(address)
    if token == client.token:
        return False
    client.token = token
    return True


def refusal(answer: VaultAnswer, place: VaultPlace) -> tuple[str, bool]:
    """Return what an answer without data means, and whether it is final: asking again does not help."""
    why = "; ".join(" ".join(one.split()) for one in answer.reasons)[:_MOST_TOLD]
    told = f"{answer.status}: {why}" if why else f"{answer.status}"
    if answer.status == DENIED:
        policy = ", ".join(f'path "{place.mount}/{one}/{place.key}" {{ capabilities = ["update"] }}' for one in ("encrypt", "decrypt"))
        return f"Vault denies it ({told}); check that the token is valid, and that its policy has {policy}", True
    if answer.status == _REFUSED and why:
        return f"Vault refuses ({told}); check the key's name, its type and its versions; if they are right, the key store is damaged", True
    if answer.status == _ABSENT and why:
        return f"Vault has no transit engine at {place.mount} ({told}); check the path", True
    state = {_BUSY: "Vault is asked too often", _SEALED: "Vault is sealed, or down; unseal it"}.get(answer.status, "Vault fails")
    return f"{state} ({told}), at {ATTEMPTS} attempts" if answer.status in _AGAIN else f"{STRANGE} ({told})", False


def reason(error: Exception) -> str:
    """Return why there was no answer. The client's own text is not repeated: it may have a header."""
    from requests.exceptions import SSLError

    if type(error) is OSError:  # a connection's errors are children of it
        return "a file of VAULT_CACERT, VAULT_CAPATH, VAULT_CLIENT_CERT or VAULT_CLIENT_KEY cannot be read"
    if isinstance(error, SSLError):
        return "the certificate of the Vault is not trusted; name that of its authority in VAULT_CACERT"
    return f"Vault does not answer ({type(error).__name__}), at {ATTEMPTS} attempts"


def _split(url: str) -> tuple[str, str]:
    """Return the address and the path of a URL. What stands before /v1/ belongs to the address."""
    parts = urlsplit(url)
    before, version, behind = parts.path.rpartition("/v1/")
    rest = f"{'?' * bool(parts.query)}{'#' * bool(parts.fragment)}"
    return f"{parts.scheme}://{parts.netloc}{before if version else ''}", (behind if version else parts.path) + rest


def _here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _token(address: str) -> str | None:
    """Return the token of the environment; None where there is none, and an agent on this machine may add it."""
    from hvac.utils import get_token_from_env

    token: str | None = get_token_from_env()
    if token is None and not _here(urlsplit(address).hostname or ""):
        raise NotFound("there is no token for Vault; set VAULT_TOKEN, or run: vault login")
    if token is not None and not (token.isascii() and token.isprintable() and " " not in token):
        token = None  # so that no variable of the error has it
        raise Invalid("VAULT_TOKEN, or ~/.vault-token, is no token: it has other characters than a header may have")
    return token
