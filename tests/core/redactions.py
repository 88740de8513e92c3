"""Rules that find email addresses of one place, and no more: what a memory does with them does not depend on the rules."""

import re
from typing import NamedTuple

ANNA, BERT = "anna@example.org", "bert@example.org"


class Found(NamedTuple):
    """What is found."""

    kind: str


class Emails:
    """Rules as ``recollect.Redaction`` has them."""

    fingerprint = "emails"
    pattern = re.compile(r"[a-z0-9]+@example\.org")

    def redact(self, text, *, role=None, number):
        return self.pattern.sub(lambda found: f"<EMAIL_{number('EMAIL', found[0])}>", text)

    def find(self, text, *, role=None):
        return [Found("EMAIL") for _ in self.pattern.findall(text)]
