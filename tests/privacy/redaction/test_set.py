"""On the labelled set, which was written blind to the rules, redaction does as well as is told."""

from benchmarks.redaction import cases, score

from recollect.privacy.redaction import Redaction


def test_the_goals_are_met_on_the_labelled_texts():
    some = cases(Redaction())
    whole = score(some)
    assert len(some) >= 400
    assert len({case.language for case in some}) >= 8
    assert whole.recall >= 0.97
    assert whole.precision >= 0.98
