"""On the labelled sets, which were written blind to the rules, redaction does as well as is told."""

import pytest
from benchmarks.redaction import TITLES, cases, score

from recollect.privacy.redaction import Redaction


@pytest.mark.parametrize("path", TITLES, ids=lambda path: path.stem)
def test_the_goals_are_met_on_the_labelled_texts(path):
    some = cases(Redaction(), path)
    whole = score(some)
    assert len(some) >= 400
    assert len({case.language for case in some}) >= 8
    assert whole.recall >= 0.97
    assert whole.precision >= 0.98
