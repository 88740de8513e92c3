"""The names of owners' folders."""

import re
from hashlib import sha256

from recollect.model import Owner

FOLDER = re.compile(r"[a-z0-9-]{0,40}-[0-9a-f]{32}")
"""What every owner's folder is called, and nothing else in the root."""

ERASED = re.compile(r"[0-9a-f]{32}")
"""What an owner's folder is called once it has been moved below ``erased``."""

OURS = {"watermark", "watermark.lock", "watermark.new"}
"""What else tells that a root is ours. The folder ``erased`` does not: it never comes before the watermark, and others use the word."""

_SLUG_LENGTH = 40


def folder_name(owner: Owner) -> str:
    """Return the name of an owner's folder: some readable letters, and a hash that no two owners share.

    The name is safe on every file system, whatever the owner's name is: case, normal forms, length, dots and slashes do
    not matter.
    """
    parts = [part.encode() for part in (owner.tenant, owner.kind, owner.name)]
    digest = sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).hexdigest()
    return f"{_slug(f'{owner.tenant} {owner.name}')}-{digest[:32]}"


def may_be_of(tenant: str, folder: str) -> bool:
    """Tell whether a folder with this name may belong to an owner of a tenant: the letters tell it, but not for sure."""
    return folder.startswith(_slug(tenant))


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower())[:_SLUG_LENGTH].strip("-")
