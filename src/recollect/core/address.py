"""Where a session lives."""

from msgspec import Struct

from recollect.codec.plain import check_name
from recollect.model import Owner


class Address(Struct, frozen=True, gc=False):
    """A session of an owner."""

    owner: Owner
    session: str


def address(tenant: str, user: str | None, session: str) -> Address:
    """Return where a session lives: with its user, or, without one, with itself."""
    name = check_name(session, "the session")
    if user is None:
        return Address(Owner(tenant, "session", name), name)
    return Address(Owner(tenant, "user", check_name(user, "the user")), name)
