"""Redaction works without phonenumbers, as long as telephone numbers are not asked for."""

import sys

import pytest

from recollect import MissingExtra
from recollect.privacy.redaction import KINDS, Redaction

PHONES = "recollect.privacy.redaction.phones"


def test_without_phonenumbers_the_command_that_installs_it_is_told_at_once(monkeypatch):
    monkeypatch.setitem(sys.modules, "phonenumbers", None)
    monkeypatch.delitem(sys.modules, PHONES, raising=False)
    with pytest.raises(MissingExtra, match=r"phonenumbers is not installed; run: pip install 'recollect\[privacy\]'"):
        Redaction()
    others = Redaction(kinds=KINDS - {"PHONE"})
    assert [found.kind for found in others.find("ana@example.com, +34 612 345 678")] == ["EMAIL"]
