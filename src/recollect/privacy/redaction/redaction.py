"""What is to be redacted, and how."""

from collections.abc import Collection, Mapping
from hashlib import blake2b

from msgspec import Struct

from recollect.errors import Invalid
from recollect.model import ROLES
from recollect.privacy.redaction.finding import find
from recollect.privacy.redaction.kinds import KINDS, Found
from recollect.privacy.redaction.rules import Rule, check_kind
from recollect.privacy.redaction.styles import STYLES, Number, Style, replacement

LONGEST_CONTEXT = 48
"""Characters of a context that are read."""
EDITION = 3
"""Higher with each change of the rules themselves."""


class Redaction(Struct, frozen=True, kw_only=True, eq=False):
    """What is redacted, and what stands in its place.

    Args:
        kinds: of KINDS, those that are redacted. Own rules always are.
        style: what stands in the place of a value: a numbered ``"label"``, such as ``<EMAIL_1>``; a ``"mask"``, which leaves the last digits of
            cards, accounts and telephones; a keyed ``"hash"``; or nothing (``"remove"``).
        styles: other styles, by kind.
        roles: another redaction for messages of a role, or None, which leaves them as they are.
        own: the application's own rules. They come first.
        region: the country whose national telephone numbers are found wherever they stand, as ISO 3166, such as ``"DE"``. Without one, they are
            found by how they are written and by the words around them.
        key: what hashes are keyed with; at least 16 bytes.

    """

    kinds: Collection[str] = KINDS
    style: Style = "label"
    styles: Mapping[str, Style] = {}
    roles: Mapping[str, "Redaction | None"] = {}
    own: tuple[Rule, ...] = ()
    region: str | None = None
    key: bytes | None = None

    def __post_init__(self) -> None:
        """Check what was given.

        Raises:
            Invalid: an argument is out of its range.
            MissingExtra: telephone numbers are to be found, and the package phonenumbers is absent.

        """
        self._check_what()
        self._check_how()
        if "PHONE" in self.kinds:
            from recollect.privacy.redaction.phones import REGIONS

            if self.region is not None and self.region not in REGIONS:
                raise Invalid(f"the region is {self.region!r}; give a country as ISO 3166 has it, such as 'DE'")

    def _check_what(self) -> None:
        """Check what is to be found."""
        for name, kind in (("kinds", Collection), ("own", Collection), ("styles", Mapping), ("roles", Mapping)):
            given = getattr(self, name)
            if isinstance(given, str) or not isinstance(given, kind):
                raise Invalid(f"{name} is a {type(given).__name__}; give a {'list' if kind is Collection else 'dict'}")
        unknown = sorted(set(self.kinds) - KINDS, key=str)
        if unknown:
            raise Invalid(f"kinds has {unknown[0]!r}; give some of {', '.join(sorted(KINDS))}, and a Rule for another kind")
        for rule in self.own:
            if not isinstance(rule, Rule):
                raise Invalid(f"own has a {type(rule).__name__}; give a Rule for each")
        for role, rules in self.roles.items():
            if role not in ROLES:
                raise Invalid(f"roles has {role!r}; give some of {', '.join(sorted(ROLES))}")
            if rules is not None and not isinstance(rules, Redaction):
                raise Invalid(f"the role {role!r} has a {type(rules).__name__}; give a Redaction, or None")

    def _check_how(self) -> None:
        """Check what stands in the place of values."""
        for kind in self.styles:
            check_kind(kind)
        styles = [self.style, *self.styles.values()]
        for style in styles:
            if style not in STYLES:
                raise Invalid(f"a style is {style!r}; give one of {', '.join(sorted(STYLES))}")
        if self.key is None and "hash" in styles:
            raise Invalid("a style is 'hash', and the redaction has no key; give Redaction(key=...) 32 secret bytes")
        if self.key is not None and (not isinstance(self.key, bytes) or len(self.key) < 16):  # noqa: PLR2004 - what nobody guesses
            raise Invalid("the key is not of 16 bytes or more; make one with secrets.token_bytes(32)")

    def __repr__(self) -> str:
        """Show everything but the key."""
        shown = {name: getattr(self, name) for name in ("kinds", "style", "styles", "roles", "own", "region")}
        return f"Redaction({', '.join(f'{name}={value!r}' for name, value in shown.items())}{', key=…' if self.key is not None else ''})"

    @property
    def fingerprint(self) -> str | None:
        """What is equal for equal rules, in any process, and tells nothing of the key; None where a recogniser is among them."""
        parts = self._parts()
        return None if parts is None else blake2b(repr(parts).encode(), digest_size=16, key=(self.key or b"")[:64]).hexdigest()

    def find(self, text: str, context: str = "") -> list[Found]:
        """Return what is to be redacted in a text, in order; no two overlap.

        ``context`` is what stands in front of the text and says what it is, such as the key of a JSON object.
        """
        prefix = f"{context[-LONGEST_CONTEXT:]}: " if context else ""
        found = find(prefix + text, self.own, self.region, phones="PHONE" in self.kinds)
        own = {rule.kind for rule in self.own}
        skipped = len(prefix)
        return [
            one._replace(start=max(one.start - skipped, 0), end=one.end - skipped)
            for one in found
            if one.end > skipped and (one.kind in self.kinds or one.kind in own or one.kind not in KINDS)
        ]

    def of_role(self, role: str) -> "Redaction | None":
        """Return the redaction for messages of a role; None: they are left as they are."""
        return self.roles.get(role, self)

    def style_of(self, kind: str) -> Style:
        """Return the style for a kind."""
        return self.styles.get(kind, self.style)

    def replacement(self, found: Found, number: Number) -> str:
        """Return what stands in the place of a value."""
        return replacement(self.style_of(found.kind), found, number, self.key or b"")  # a hash has a key

    def _parts(self) -> tuple[object, ...] | None:
        """Return what decides what is found and how it is replaced, but for the key; None if a recogniser does."""
        if any(rule.recogniser is not None for rule in self.own):
            return None
        roles = [(role, None if rules is None else rules.fingerprint, rules is None) for role, rules in sorted(self.roles.items())]
        if any(print is None and not left for _, print, left in roles):
            return None
        own = [(rule.kind, rule.pattern) for rule in self.own]
        return EDITION, sorted(set(self.kinds)), self.style, sorted(self.styles.items()), roles, own, self.region, self.key is not None
