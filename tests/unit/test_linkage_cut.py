"""The cut is chosen as a precision to expect."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from sightline.linkage.calibrate import Calibration
from sightline.linkage.cut import Cut, choose_cut, expected_precision
from sightline.linkage.score import SCORED

NUMBER = "NHS number and names"


def scored(*pairs):
    rows = [
        dict(zip(SCORED.names, (2 * place + 1, 2 * place + 2, float(np.log2(p / (1 - p))), p, rule, forbidden, ""), strict=True))
        for place, (p, rule, forbidden) in enumerate(pairs)
    ]
    return pa.Table.from_pylist(rows, schema=SCORED)


def likely(*probabilities):
    return [(probability, None, None) for probability in probabilities]


def test_without_a_choice_the_shipped_cut_holds_whatever_the_pairs_are():
    assert choose_cut(scored(*likely(0.99, 0.6)), shipped=0.8, precision=None) == Cut(0.8)


@pytest.mark.parametrize(("precision", "at"), [(0.75, 0.5), (0.85, 0.7), (0.95, 0.85), (0.98, 0.95)])
def test_the_cut_is_the_lowest_at_which_links_are_expected_to_be_so_precise(precision, at):
    pairs = scored(*likely(0.98, 0.94, 0.84, 0.74, 0.64, 0.55))

    assert choose_cut(pairs, shipped=0.8, precision=precision) == Cut(at, precision)


def test_a_pair_likelier_two_people_than_one_is_never_linked():
    done = choose_cut(scored(*likely(*[0.9999] * 50, 0.3)), shipped=0.8, precision=0.5).apply(scored(*likely(0.9999, 0.3)))

    assert done.column("rule").to_pylist() == ["likeness", None]


def test_what_is_forbidden_or_joined_by_a_number_is_not_likeness():
    """A forbidden pair counts nothing towards what is expected; a number's pair counts and keeps its rule under every cut."""
    pairs = scored((0.999, NUMBER, None), (0.51, "likeness", "different numbers"), (0.8, None, None))

    cut = choose_cut(pairs, shipped=0.8, precision=0.9)

    assert cut.at == 0.85
    assert cut == choose_cut(scored((0.999, NUMBER, None), (0.8, None, None)), shipped=0.8, precision=0.9)
    assert Cut(0.9999).apply(pairs).column("rule").to_pylist() == [NUMBER, None, None]


def test_reviews_that_find_the_model_too_sure_raise_the_cut():
    pairs = scored(*likely(0.999, 0.97, 0.91, 0.82, 0.72))
    too_sure = Calibration(knots=((0.5, 0.2), (0.9, 0.6), (0.999, 0.97)), reviews=500)

    plain = choose_cut(pairs, shipped=0.8, precision=0.88)

    assert choose_cut(pairs, shipped=0.8, precision=0.88, calibration=too_sure).at > plain.at


def test_what_is_expected_counts_only_links_that_stand_in_the_end():
    pairs = scored((0.9, "likeness", None), (0.7, "likeness", None), (0.99, "likeness", "different numbers"))

    assert expected_precision(pairs, np.array([0, 0, 1, 2, 3, 3])) == pytest.approx(0.9)
    assert expected_precision(pairs, np.array([0, 0, 1, 1, 2, 3])) == pytest.approx(0.8)
    assert expected_precision(pairs, np.arange(6)) is None


def test_an_unreachable_precision_gets_the_highest_cut():
    assert choose_cut(scored((0.9, NUMBER, None)), shipped=0.8, precision=0.99).at == 0.9999
