"""Redaction: personal data and secrets are found in texts, and replaced before anything is stored. Pure: no store, no clock, no network."""

from recollect.privacy.redaction.kinds import KINDS, Found, Kind
from recollect.privacy.redaction.redaction import Redaction
from recollect.privacy.redaction.rules import Recogniser, Rule, Span
from recollect.privacy.redaction.styles import STYLES, Number, Numbering, Style
from recollect.privacy.redaction.texts import redact_text
from recollect.privacy.redaction.values import redact_json, redact_message

__all__ = [
    "KINDS",
    "STYLES",
    "Found",
    "Kind",
    "Number",
    "Numbering",
    "Recogniser",
    "Redaction",
    "Rule",
    "Span",
    "Style",
    "redact_json",
    "redact_message",
    "redact_text",
]
