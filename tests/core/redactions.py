"""What tests of redaction redact."""

from recollect.privacy.redaction import Redaction

ANNA, BERT = "anna@example.org", "bert@example.org"
EMAILS = Redaction(kinds={"EMAIL"})
