"""Signing receipts, and checking them against the memory."""

from hashlib import sha256
from hmac import compare_digest, digest

from msgspec import DecodeError, ValidationError
from msgspec.json import Decoder, Encoder
from msgspec.structs import replace

from recollect.core.auditing import audited
from recollect.core.engine import Engine
from recollect.core.secret import derived, tenant_of, under
from recollect.core.tombstones import ERASED, PAGE
from recollect.errors import Invalid
from recollect.model import Owner
from recollect.model.receipt import Receipt, Standing

_encoder = Encoder(order="sorted")
_decoder = Decoder(Receipt)


def canonical(receipt: Receipt) -> bytes:
    """Return what is signed: the receipt without its signature as JSON, keys in order, nothing between."""
    return _encoder.encode(replace(receipt, signature=""))


def signed(receipt: Receipt, secret: bytes) -> Receipt:
    """Return a receipt with its signature."""
    return replace(receipt, signature=_signature(receipt, secret))


def encode(receipt: Receipt) -> bytes:
    """Return a receipt as JSON."""
    return _encoder.encode(receipt)


def decode(data: bytes | str) -> Receipt:
    """Return the receipt of some JSON.

    Raises:
        Invalid: it is none.

    """
    try:
        return _decoder.decode(data)
    except (DecodeError, ValidationError, UnicodeDecodeError) as error:
        raise Invalid(f"this is no receipt of an erasure ({error}); give the file as `recollect erase` wrote it") from error


@audited("receipt")
async def verify(engine: Engine, tenant: str, receipt: Receipt | bytes | str) -> Standing:
    """Tell whether this memory signed a receipt, and whether it still holds. The cost is that of a look at every owner's name."""
    found = receipt if isinstance(receipt, Receipt) else decode(receipt)
    if found.tenant != tenant:
        raise Invalid(f"the receipt is of tenant {found.tenant!r}, and this memory is opened for {tenant!r}; open it for the receipt's")
    return await engine.runtime.io(_verify, engine, found)


def _verify(engine: Engine, receipt: Receipt) -> Standing:
    tenant = receipt.tenant
    own = engine.secrets.existing(tenant)
    secrets = [] if own is None else [own, *engine.secrets.others(tenant)]
    genuine = [one for one in secrets if compare_digest(_signature(receipt, one).encode(), receipt.signature.encode("utf-8", "surrogatepass"))]
    stones = engine.store.documents(tenant_of(tenant), ERASED, keys=[receipt.subject]) if receipt.subject else []
    return Standing(bool(genuine), bool(stones), not _present(engine, tenant, receipt.subject, secrets))


def _present(engine: Engine, tenant: str, subject: str, secrets: list[bytes]) -> bool:
    """Tell whether anything is stored of the owner of a pseudonym."""
    after: Owner | None = None
    while secrets and (page := engine.store.owners(tenant, after=after, limit=PAGE)):
        if any(under(secret, owner) == subject for owner in page for secret in secrets):
            return True
        after = page[-1]
    return False


def _signature(receipt: Receipt, secret: bytes) -> str:
    return digest(derived(secret, "receipt"), canonical(receipt), sha256).hex()
