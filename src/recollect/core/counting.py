"""Rules that count what they find."""

from collections import Counter

from recollect.privacy.redaction import Found, Redaction


class Counting(Redaction, frozen=True, kw_only=True, eq=False):
    """Rules that add to ``counts``, by kind, what they find."""

    counts: Counter[str]

    @classmethod
    def of(cls, rules: Redaction, counts: Counter[str]) -> "Counting":
        """Return the rules as ones that count, those of roles too."""
        roles = {role: None if one is None else cls.of(one, counts) for role, one in rules.roles.items()}
        fields = {name: getattr(rules, name) for name in Redaction.__struct_fields__}
        return cls(**fields | {"roles": roles}, counts=counts)

    def find(self, text: str, context: str = "") -> list[Found]:
        """As Redaction.find."""
        found = super().find(text, context)
        self.counts.update(one.kind for one in found)
        return found
