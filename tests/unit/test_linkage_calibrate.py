"""The curve from the model's probabilities to calibrated ones, fitted to what reviewers decided."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.linkage.calibrate import FEWEST_REVIEWS, UNCHANGED, Calibration, Fate, calibrate, fates, isotonic

GRID = np.linspace(0.001, 0.999, 400)
BANDS = (0.0, 0.05, 0.2, 0.5, 0.9, 0.99, 1.0)


def too_sure(probability):
    """What is true of pairs of a model that is too sure of itself: log-odds are half of what it says, and a step at .9."""
    odds = np.log(probability / (1 - probability))
    return 1 / (1 + np.exp(-(0.5 * odds - 0.4 + 0.8 * (probability > 0.9))))


def reviewed(number, *, seed, true=too_sure):
    rng = np.random.default_rng(seed)
    probability = rng.uniform(0.01, 0.999, number)
    return probability, rng.random(number) < true(probability)


def largest_band_error(curve, *, true=too_sure):
    worst = 0.0
    for low, high in pairwise(BANDS):
        inside = GRID[np.digitize(GRID, (low, high)) == 1]
        worst = max(worst, abs(float(curve.apply(inside).mean() - true(inside).mean())))
    return worst


def test_a_thousand_reviews_bring_every_band_near_the_truth_of_a_model_that_is_wrong():
    errors = [largest_band_error(calibrate(*reviewed(1000, seed=seed))) for seed in range(12)]

    assert largest_band_error(UNCHANGED) > 0.15
    assert np.mean(errors) < 0.06, "the worst of six bands, a sixth of the reviews or fewer in each"


def test_reviews_that_bear_the_model_out_leave_it_nearly_as_it_was():
    for seed in range(5):
        curve = calibrate(*reviewed(1000, seed=seed, true=lambda probability: probability))
        assert largest_band_error(curve, true=lambda probability: probability) < 0.05


def test_too_few_reviews_change_nothing_and_say_how_many_they_were():
    curve = calibrate([0.5] * (FEWEST_REVIEWS - 1), [True] * (FEWEST_REVIEWS - 1))

    assert curve == Calibration(reviews=FEWEST_REVIEWS - 1)
    assert curve.apply(GRID).tolist() == GRID.tolist()


def test_few_reviews_move_it_less_than_many():
    few, many = (calibrate(np.full(number, 0.9), np.zeros(number, dtype=bool)) for number in (100, 10_000))

    assert few.apply([0.9])[0] == pytest.approx(0.45, abs=0.001)
    assert many.apply([0.9])[0] == pytest.approx(0.9 / 101, abs=0.001)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(100, 400))
def test_it_never_turns_two_pairs_round_and_stays_a_probability(seed, number):
    rng = np.random.default_rng(seed)
    curve = calibrate(rng.beta(0.3, 0.3, number), rng.random(number) < rng.random(), rng.uniform(0.5, 30, number))
    moved = curve.apply(np.concatenate([[0.0, 1e-9], GRID, [1 - 1e-9, 1.0]]))

    assert (np.diff(moved) >= 0).all()
    assert ((moved >= 0) & (moved <= 1)).all()


def test_the_order_of_the_reviews_plays_no_part():
    probability, same = reviewed(500, seed=3)
    weight = np.random.default_rng(1).uniform(1, 9, 500)
    shuffled = np.random.default_rng(2).permutation(500)

    assert calibrate(probability, same, weight) == calibrate(probability[shuffled], same[shuffled], weight[shuffled])


def test_how_often_a_band_was_sampled_says_nothing_but_who_was_chosen_inside_it_does():
    probability, same = reviewed(1000, seed=5)
    by_band = np.where(probability > 0.5, 40.0, 1.0)
    assert np.abs(calibrate(probability, same, by_band).apply(GRID) - calibrate(probability, same).apply(GRID)).max() < 0.05
    # of two kinds of pair at one probability the rarer (always one person) was reviewed as often as the commoner (never)
    at = np.full(1000, 0.5)
    kind = np.arange(1000) % 2 == 0
    even, weighed = calibrate(at, kind), calibrate(at, kind, np.where(kind, 1.0, 9.0))
    assert even.apply([0.5])[0] == pytest.approx(0.5, abs=0.01)
    assert weighed.apply([0.5])[0] == pytest.approx((0.1 * 1000 + 0.5 * 100) / 1100, abs=0.01)


def test_it_is_kept_as_json_and_read_back_the_same():
    curve = calibrate(*reviewed(400, seed=9))
    again = Calibration.from_dict(json.loads(json.dumps(curve.as_dict())))

    assert again == curve
    assert again.apply(GRID).tolist() == curve.apply(GRID).tolist()


@pytest.mark.parametrize("kept", [{}, {"knots": [[0.5, 0.4], [0.2, 0.6]], "reviews": 3}, {"knots": [[0.5, 1.4]], "reviews": 3}])
def test_what_is_no_calibration_is_refused(kept):
    with pytest.raises(ValueError, match="knots"):
        Calibration.from_dict(kept)


def test_arrays_that_do_not_belong_together_are_refused():
    with pytest.raises(ValueError, match="one decision"):
        calibrate([0.5, 0.6], [True])
    with pytest.raises(ValueError, match="between 0 and 1"):
        calibrate([0.5, 1.6], [True, False])
    with pytest.raises(ValueError, match="between 0 and 1"):
        calibrate([0.5], [True], [0.0])


def test_isotonic_regression_pools_what_falls():
    assert isotonic([3.0, 2.0, 1.0], [1.0, 1.0, 2.0]).tolist() == [1.75] * 3
    assert isotonic([], []).tolist() == []


def test_what_the_linkage_made_of_a_pair_is_evidence_too():
    probability, linked = np.full(400, 0.9), np.arange(400) < 200
    same = np.where(linked, np.arange(400) < 198, np.arange(400) < 210)
    fate = fates(linked, np.zeros(400, dtype=bool))

    curve = calibrate(probability, same, fate=fate)

    together, apart = curve.given_links([0.9, 0.9], [Fate.LINKED, Fate.APART]).tolist()
    assert together > 0.95
    assert apart < 0.4
    assert curve.apply([0.9])[0] == pytest.approx(calibrate(probability, same).apply([0.9])[0]), "before people are linked nothing changes"
    assert Calibration.from_dict(json.loads(json.dumps(curve.as_dict()))) == curve


def test_what_else_is_known_of_the_links_counts_where_reviews_have_not_said_it():
    assert UNCHANGED.given_links([0.5, 0.0, 1.0], [Fate.APART] * 3, odds=4.0).tolist() == pytest.approx([0.8, 0.0, 1.0])

    given, linked = np.full(200, 0.9), np.ones(200, dtype=bool)
    reviewed = calibrate(given, np.arange(200) < 190, fate=fates(linked, ~linked))
    assert reviewed.given_links([0.9], [Fate.LINKED], odds=4.0) == reviewed.given_links([0.9], [Fate.LINKED])
    for fate in (Fate.APART, Fate.CONTRADICTED):
        assert reviewed.given_links([0.9], [fate], odds=4.0) > reviewed.apply([0.9])


def test_pairs_that_something_contradicts_are_in_neither_curve_and_few_pairs_make_none():
    probability, same = np.full(300, 0.9), np.arange(300) < 150
    fate = np.where(np.arange(300) < 250, Fate.CONTRADICTED, Fate.APART)

    curve = calibrate(probability, same, fate=fate)

    assert (curve.linked, curve.apart) == (None, None)
    assert curve.given_links([0.9], [Fate.LINKED]) == curve.apply([0.9])
    with pytest.raises(ValueError, match="one probability"):
        calibrate(probability, same, fate=fate[:5])


def test_what_reviews_say_of_pairs_kept_apart_is_kept_with_the_curve():
    curve = replace(calibrate(np.full(200, 0.9), np.arange(200) < 100), kept_apart=(("twin or sibling", 3.0, 17.5),))
    assert Calibration.from_dict(json.loads(json.dumps(curve.as_dict()))) == curve
    assert Calibration.from_dict({"knots": [], "reviews": 0}) == UNCHANGED
