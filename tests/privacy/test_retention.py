"""Rules of retention."""

from datetime import timedelta

import pytest

from recollect import Invalid, NotFound, StoreError
from recollect.privacy.retention import Retention, Rule, span

DAY = timedelta(days=1)


def test_a_class_has_its_own_rule_and_all_others_the_common_one(tmp_path):
    path = tmp_path / "retention.toml"
    path.write_text(
        'tolerance = "2 weeks"\n[[rule]]\ndata = "transcript"\nkeep = "1 year"\n'
        '[[rule]]\ndata = "transcript"\nusers = "trial"\nkeep = "30 days"\n[[rule]]\ndata = "facts"\nusers = "trial"\nkeep = "36 hours"\n'
    )
    rules = Retention.load(path)
    assert rules.tolerance == 14 * DAY
    assert rules.keep("transcript", "trial") == 30 * DAY
    assert rules.keep("transcript", "paying") == rules.keep("transcript", None) == 365 * DAY
    assert rules.keep("facts", "trial") == 1.5 * DAY
    assert rules.keep("facts", "paying") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no rule"),
        ("rule = 3", "no rule"),
        ("[[rule]", "no TOML"),
        ('other = 1\n[[rule]]\ndata="facts"\nkeep="1 day"', "'other'"),
        ('[[rule]]\ndata="facts"', "rule 1: data or keep is missing"),
        ('[[rule]]\ndata="facts"\nkeep="soon"', "rule 1: 'soon' is no span"),
        ('[[rule]]\ndata="facts"\nkeep=90', "rule 1: 90 is no span"),
        ('[[rule]]\ndata="dreams"\nkeep="1 day"', "rule 1: the data 'dreams'"),
        ('[[rule]]\ndata="facts"\nkeep="1 day"\nwho="x"', "rule 1: it has 'who'"),
        ('[[rule]]\ndata="facts"\nkeep="1 day"\nusers=""', "rule 1: users is ''"),
        ('[[rule]]\ndata="audit"\nkeep="1 day"\nusers="trial"', "rule 1: the audit is of all users"),
        ('[[rule]]\ndata="facts"\nkeep="1 day"\n[[rule]]\ndata="facts"\nkeep="2 days"', "two rules for the facts of all other users"),
        ('tolerance="0 days"\n[[rule]]\ndata="facts"\nkeep="1 day"', "tolerance"),
    ],
)
def test_a_file_that_cannot_be_is_refused_with_what_is_wrong(tmp_path, text, message):
    path = tmp_path / "retention.toml"
    path.write_text(text)
    with pytest.raises(Invalid, match=message) as raised:
        Retention.load(path)
    assert str(path) in str(raised.value)


def test_a_file_that_is_not_there_or_not_read_is_told(tmp_path):
    with pytest.raises(NotFound):
        Retention.load(tmp_path / "none.toml")
    (tmp_path / "latin").write_bytes(b"\xff")
    with pytest.raises(Invalid, match="UTF-8"):
        Retention.load(tmp_path / "latin")
    with pytest.raises(StoreError):
        Retention.load(tmp_path)


def test_rules_are_checked_where_they_are_made():
    with pytest.raises(Invalid, match="class 'trial'"):
        Retention([Rule("facts", DAY, "trial"), Rule("facts", 2 * DAY, "trial")])
    with pytest.raises(Invalid, match="keep is"):
        Retention([Rule("facts", -DAY)])
    with pytest.raises(Invalid, match="a rule is a str"):
        Retention(["facts"])
    assert span(" 2 Weeks ") == 14 * DAY
