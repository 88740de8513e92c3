"""Sealing: compressed and encrypted bodies, each under a key of its owner's, bound to the place where it stands."""

from recollect.privacy.sealing.sealed import Sealed

__all__ = ["Sealed"]
