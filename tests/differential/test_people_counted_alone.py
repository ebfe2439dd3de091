"""What an indicator counts of some people does not hang on what is recorded of others, unless it says so.

Linkage's ranges rest on it: they count again only the people whom another linkage would change. An indicator that joins people to one
another says ``linkage_range: false``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

import pytest
from tests.support.invented_world import CATALOGUE, invented_world, register_invented_world

from sightline.definitions.indicators import Indicator
from sightline.engine.duckdb import DuckDBEngine
from sightline.indicators import prepare
from sightline.indicators.people import with_values
from sightline.model.periods import Quarter

QUARTERS = (Quarter(2025, 3), Quarter(2025, 4), Quarter(2026, 1))
EVERYBODY = sorted(row["person_id"] for row in invented_world()["person"])
HALF = frozenset(EVERYBODY[::2])
Found = dict[str, Counter[tuple[tuple[str, str], ...]]]


def counted_rows(only: Collection[str] | None) -> Found:
    """The rows about half of the people that each numerator finds."""
    found: Found = {}
    with DuckDBEngine(threads=1) as engine:
        register_invented_world(engine, quarters=QUARTERS, only=only)
        prepare(engine, CATALOGUE)
        for indicator in CATALOGUE.indicators:
            measure = CATALOGUE.measures[indicator.numerator.measure]
            if measure.is_about_people:
                rows = engine.query(with_values(measure.sql, indicator.numerator.values)).to_pylist()
                told = (tuple((name, str(row[name])) for name in sorted(row)) for row in rows if row["person_id"] in HALF)
                found[indicator.id] = Counter(told)
    return found


@pytest.fixture(scope="module")
def among_all() -> Found:
    return counted_rows(None)


@pytest.fixture(scope="module")
def alone() -> Found:
    return counted_rows(HALF)


@pytest.mark.parametrize("indicator", [each for each in CATALOGUE.indicators if each.linkage_range], ids=lambda each: each.id)
def test_people_are_counted_alike_alone_and_among_all(indicator: Indicator, among_all: Found, alone: Found) -> None:
    assert among_all.get(indicator.id) == alone.get(indicator.id)


def test_one_that_joins_people_to_one_another_would_be_found(among_all: Found, alone: Found) -> None:
    assert among_all["children_near_known_networks"] != alone["children_near_known_networks"]
