from __future__ import annotations

import numpy as np
import pytest

from sightline.stats.replicates import replicate_intervals


def test_the_interval_is_the_prediction_interval_of_a_normal_sample():
    # mean 10, s = 1, n = 3, t(2, .975) = 4.3027: 10 ± 4.3027 × √(4/3) = 5.03 to 14.97
    found = replicate_intervals([[9, 10, 11]])
    assert (found.lower.tolist(), found.upper.tolist()) == ([5.0], [15.0])


def test_draws_that_are_all_alike_leave_no_range():
    found = replicate_intervals([[7, 7, 7], [0, 0, 0]])
    assert (found.lower.tolist(), found.upper.tolist()) == ([7.0, 0.0], [7.0, 0.0])


def test_a_count_is_never_below_nothing():
    assert replicate_intervals([[0, 0, 3]]).lower.tolist() == [0.0]


def test_one_more_draw_falls_inside_as_often_as_promised():
    rng = np.random.default_rng(5)
    draws = rng.normal(1000, 20, size=(4000, 21))
    found = replicate_intervals(draws[:, :20])
    inside = (found.lower <= draws[:, 20]) & (draws[:, 20] <= found.upper)
    assert inside.mean() == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize(("draws", "confidence"), [([[1]], 0.95), ([[1, 2]], 0.0), ([[1, 2]], 1.0)])
def test_what_is_no_sample_or_no_confidence_is_refused(draws, confidence):
    with pytest.raises(ValueError, match=r"draws|confidence"):
        replicate_intervals(draws, confidence=confidence)
