"""Whether a message has the words of what is said to stand in it."""

from recollect.facts.finding import Finding
from recollect.facts.identity import words
from recollect.model import Message

PLAIN = (
    "user lives works likes dislikes loves enjoys prefers has owns gets wants needs plans goes uses speaks studies learns "
    "name named called age aged years old birthday born"
)
"""Words by which things are noted, whatever the words of the message: they say nothing by themselves."""


def literal(finding: Finding, message: Message) -> bool:
    """Tell whether a message has all the words of a finding: those of its value as they are, the others in whatever form.

    Whom it is about may also be named by the message's name. What has other words was concluded, or made up.
    """
    if not words(finding.value or "") <= words(message.text):
        return False
    told = _stems(f"{message.text}\n{message.name or ''}\n{PLAIN}")
    return _stems(f"{finding.text}\n{finding.subject or ''}\n{finding.attribute or ''}") <= told


def _stems(text: str) -> set[str]:
    """Return the stems of a text but for the words that stand everywhere. A denial is no such word."""
    from recollect.recall.words import terms

    return set(terms(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").replace("n't", " not").replace("cannot", "can not")))
