"""Agreement beyond chance, against published examples."""

from __future__ import annotations

import pytest

from sightline.stats.agreement import cohen_kappa

DERMATOLOGISTS = [[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]]
"""Two dermatologists' ratings of 88 patients' skin (SAS/STAT User's Guide, the FREQ procedure, "Agreement Study")."""
DIAGNOSES = [[75, 1, 4], [5, 4, 1], [0, 0, 10]]
"""Two raters' diagnoses of 100 people (Fleiss 1981, table 13.1)."""


def test_kappa_and_its_interval_are_those_of_a_published_example():
    found = cohen_kappa(DERMATOLOGISTS)

    assert found is not None
    assert round(found.kappa, 4) == 0.3449
    assert (round(found.interval.lower, 4), round(found.interval.upper, 4)) == (0.2030, 0.4868)


def test_kappa_of_fleiss_own_example():
    found = cohen_kappa(DIAGNOSES)

    assert found is not None
    assert (found.things, round(found.observed, 2), round(found.kappa, 3)) == (100, 0.89, 0.676)


def test_who_sits_in_the_rows_does_not_matter():
    turned = [list(column) for column in zip(*DERMATOLOGISTS, strict=True)]

    assert cohen_kappa(turned) == cohen_kappa(DERMATOLOGISTS)


def test_full_agreement_on_few_things_is_not_taken_for_certainty():
    few, many = cohen_kappa([[10, 0], [0, 10]]), cohen_kappa([[1000, 0], [0, 1000]])

    assert few is not None
    assert many is not None
    assert few.kappa == many.kappa == 1.0
    assert few.interval.lower < 0.7
    assert many.interval.lower > 0.99


@pytest.mark.parametrize("table", [[[0, 0], [0, 0]], [[12, 0], [0, 0]]])
def test_there_is_no_kappa_where_chance_alone_would_agree_as_well(table):
    assert cohen_kappa(table) is None


def test_less_agreement_than_by_chance_is_below_zero():
    found = cohen_kappa([[0, 10], [10, 0]])

    assert found is not None
    assert found.kappa == found.interval.lower == -1.0


@pytest.mark.parametrize("table", [[[1, 2, 3], [4, 5, 6]], [[1, -1], [0, 4]], [1, 2]])
def test_a_table_that_is_none_is_refused(table):
    with pytest.raises(ValueError, match="square table"):
        cohen_kappa(table)
