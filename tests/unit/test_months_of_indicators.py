"""An indicator that counts twelve months says so, or its neighbouring quarters would be read as if they had nothing in common."""

from __future__ import annotations

import pytest

from sightline.definitions.catalogue import load_catalogue
from sightline.definitions.indicators import Indicator

CATALOGUE = load_catalogue()


def counts_twelve_months(indicator: Indicator) -> bool:
    """Whether its numerator, or a table by quarter that the numerator reads, goes back twelve months from the quarter's end."""
    measure = CATALOGUE.measures[indicator.numerator.measure]
    by_quarter = [CATALOGUE.derived[name] for name in measure.derived if "period" in CATALOGUE.derived[name].columns]
    return any("quarter.end_on - interval 12 month" in part.sql for part in (measure, *by_quarter))


@pytest.mark.parametrize("indicator", CATALOGUE.indicators, ids=lambda each: each.id)
def test_an_indicator_says_whether_it_counts_a_quarter_or_twelve_months(indicator: Indicator) -> None:
    assert indicator.months == (12 if counts_twelve_months(indicator) else 3)
