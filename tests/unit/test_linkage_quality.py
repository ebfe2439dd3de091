"""Precision and recall estimated with intervals, from reviews and without, and what other cuts would make of the links."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from sightline.definitions.linkage import linkage_model
from sightline.linkage.calibrate import calibrate
from sightline.linkage.missed import MissRate, miss_rates
from sightline.linkage.quality import Judged, Reviewed, precision, quality_by_group, recall, stratified_share
from sightline.linkage.sensitivity import at_other_cuts
from tests.support.linkage import answered_by_truth, linked_town, may_be_linked, people_by

MODEL = linkage_model()


def reviewed(*strata):
    """Strata as (linked, pairs reviewed, of them one person, pairs each stands for)."""
    rows = [
        (linked, place < same, weight, stratum) for stratum, (linked, number, same, weight) in enumerate(strata) for place in range(number)
    ]
    columns = zip(*rows, strict=True)
    return Reviewed(*(np.array(column, dtype=kind) for column, kind in zip(columns, (bool, bool, float, np.int64), strict=True)))


def judged(linked=(), apart=()):
    likely = np.array([*linked, *apart], dtype=float)
    return Judged(("a",) * len(likely), np.arange(len(likely)) < len(linked), likely, "the model's own probabilities")


def test_each_stratum_counts_by_the_pairs_it_stands_for():
    given = reviewed((True, 50, 50, 18.0), (True, 50, 25, 2.0))
    value, size = stratified_share(given, given.linked)

    assert value == pytest.approx(0.9 + 0.1 * 0.5)
    # by hand: only the second varies: .1² × (1 − 50/100) × (.25 × 50/49) / 50
    variance = 0.01 * 0.5 * (0.25 * 50 / 49) / 50
    assert size == pytest.approx(min(100, 0.95 * 0.05 / variance))


def test_a_stratum_that_was_reviewed_whole_leaves_nothing_open_but_counts_for_no_more_than_its_pairs():
    value, size = stratified_share(whole := reviewed((True, 40, 36, 1.0)), whole.linked)
    assert (value, size) == (pytest.approx(0.9), 40)


def test_a_sample_without_a_mistake_is_no_proof_that_there_is_none():
    estimate = precision(judged([0.99] * 500), reviewed((True, 60, 60, 8.0)))

    assert (estimate.value, estimate.upper, estimate.basis) == (1.0, 1.0, "reviews")
    assert estimate.lower == pytest.approx(60 / (60 + 1.96**2), abs=0.001)


def test_without_enough_reviews_probabilities_speak_and_say_so():
    estimate = precision(judged([0.9] * 100), reviewed((True, 5, 0, 8.0)))

    assert estimate.value == pytest.approx(0.9)
    assert estimate.basis == "the model's own probabilities"
    assert precision(judged()) is None


CERTAIN = MissRate(("csc", "police"), agreeing=9_000_000, found=8_100_000, by_likeness=900)
"""Of ten pairs one is missed, as good as certain: of a thousand a hundred in the mean, give or take ten."""


def test_how_many_links_are_missed_is_chance_even_where_the_rate_is_known():
    estimate = recall(judged([1.0] * 900), [CERTAIN], rng=np.random.default_rng(1))

    assert estimate.value == pytest.approx(0.9, abs=0.005)
    assert estimate.upper - estimate.lower == pytest.approx(2 * 1.96 * 0.009, abs=0.004)


def test_two_estimates_of_what_is_missed_are_no_reason_to_take_it_for_more_than_both():
    # reviewers too find a hundred of a thousand pairs weighed and not linked, but in a sample of fifty
    given, answers = judged([1.0] * 900, [0.5] * 1000), reviewed((True, 40, 40, 22.5), (False, 50, 5, 20.0))

    assert recall(given, [CERTAIN], rng=np.random.default_rng(1), reviewed=answers).value > 0.885


def test_recall_is_not_estimated_where_nothing_tells_of_pairs_never_weighed():
    assert recall(judged([0.9] * 10), [], rng=np.random.default_rng(1)) is None


@pytest.fixture(scope="module")
def town():
    return linked_town(1500, seed=31)


@pytest.fixture(scope="module")
def reviews(town):
    drawn = answered_by_truth(town, 600, seed=3)
    linked = town.pairs_where(town.person_of)[drawn.rows]
    strata = {name: number for number, name in enumerate(dict.fromkeys(drawn.strata))}
    return Reviewed(linked, drawn.same, drawn.weight, np.array([strata[name] for name in drawn.strata]))


def pairs_of(town):
    return Judged.of(
        town.result.pairs,
        town.pairs_where(town.person_of),
        town.result.pairs["match_probability"].to_numpy(),
        basis="the model's own probabilities",
    )


def truth_of(town):
    linked, same = town.pairs_where(town.person_of), town.pairs_where(town.truth)
    every = sum(number * (number - 1) // 2 for number in Counter(town.truth.values()).values())
    return same[linked].mean(), (linked & same).sum() / every


@pytest.mark.parametrize("asked", [True, False])
def test_estimates_hold_the_truth_of_an_invented_town(town, reviews, asked):
    given, answers = pairs_of(town), reviews if asked else None
    rates = miss_rates(town.result.pairs, given.linked, town.agency_of, MODEL)
    right, found = truth_of(town)

    estimated, missed = precision(given, answers), recall(given, rates, rng=np.random.default_rng(2), reviewed=answers)
    # a model that nobody has checked is not far off in this town; only with reviews does the interval promise anything
    assert estimated.value == pytest.approx(right, abs=0.01)
    assert missed.value == pytest.approx(found, abs=0.01)
    assert missed.upper - missed.lower < 0.04
    if asked:
        assert estimated.lower <= right <= estimated.upper
        assert missed.lower <= found <= missed.upper


def test_every_group_counts_its_people_and_estimates_its_links(town):
    given = pairs_of(town)
    sex = dict(zip(*(town.result.people[name].to_pylist() for name in ("person_id", "sex")), strict=True))
    groups = quality_by_group(
        "sex", {person: (each or "not recorded",) for person, each in sex.items()}, given,
        pairs=town.result.pairs, links=town.result.links, agency_of=town.agency_of, model=MODEL, rng=np.random.default_rng(1),
    )  # fmt: skip

    assert sum(group.people for group in groups) == len(sex)
    assert sum(group.linked for group in groups) == sum(
        len({town.agency_of[each] for each in identities}) > 1 for identities in people_by(town.person_of)
    )
    for group in groups:
        if group.pairs > 200:
            assert 0.97 < group.precision.value <= 1
            assert 0.9 < group.recall.lower < group.recall.value < group.recall.upper <= 1


def test_a_stricter_cut_makes_more_people_and_fewer_likelier_links(town):
    given = pairs_of(town)
    cuts = at_other_cuts(town.result.links["identity_id"].combine_chunks(), town.result.pairs, given.probability)

    assert [each.people for each in cuts] == sorted(each.people for each in cuts)
    assert cuts[0].links > cuts[-1].links
    assert cuts[0].expected_precision < cuts[-1].expected_precision
    shipped = next(each for each in cuts if each.cut >= MODEL.link_at)
    assert shipped.people == pytest.approx(len(set(town.person_of.values())), rel=0.002)


def test_calibrated_probabilities_expect_the_precision_there_is(town):
    drawn = answered_by_truth(town, 600, seed=3)
    free = may_be_linked(town)[drawn.rows]
    curve = calibrate(drawn.probability[free], drawn.same[free], drawn.weight[free])
    by_model = town.result.pairs["match_probability"].to_numpy()
    given = Judged.of(town.result.pairs, town.pairs_where(town.person_of), curve.apply(by_model), basis="calibrated probabilities")

    assert precision(given).value == pytest.approx(truth_of(town)[0], abs=0.005)
