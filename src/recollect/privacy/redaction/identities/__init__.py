"""The numbers that states give to persons, told by their check digits, their form and the words around them."""

from recollect.privacy.redaction.identities.finding import identities
from recollect.privacy.redaction.identities.social_security import social_security

__all__ = ["identities", "social_security"]
