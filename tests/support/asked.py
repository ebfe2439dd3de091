"""Two small tables that can be crossed and filtered, made by hand: their atoms are invented and already rounded."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from sightline.disclosure.crossed import CrossedTables
from sightline.model.codes import CODE_LISTS
from sightline.model.cubes import Axis, AxisGroup, CountedCube, ReleasedTable
from tests.support.releases import WARDS

KEY = b"a key for tests only"
INDICATORS = ("children_with_known_concern", "missing_episodes")
PERIODS = ("2025-Q4", "2026-Q1")
SILENT = ("missing_episodes", "2025-Q4")
AGE = Axis(
    "age_band",
    "Age",
    "breakdown",
    tuple(CODE_LISTS["age_band"].items()),
    (AxisGroup("10-15", "age_band", "10-15", "10 to 15", ("10-12", "13-15")),),
    ways=(("age_band", "Age"),),
)
SEX = Axis("sex", "Sex", "breakdown", tuple(CODE_LISTS["sex"].items()), ways=(("sex", "Sex"),))
ETHNICITY = Axis("ethnicity", "Ethnicity", "breakdown", tuple(CODE_LISTS["ethnicity"].items()), ways=(("ethnicity", "Ethnicity"),))
_OUTSIDE = "not_recorded"
WARD = Axis(
    "ward",
    "Home ward",
    "geography",
    (*WARDS, (_OUTSIDE, "Not known, or outside the area")),
    (
        AxisGroup("council:North", "council", "North", "North", ("W01", "W02", "W03")),
        AxisGroup("council:South", "council", "South", "South", ("W04", "W05", "W06")),
        AxisGroup("council:not_recorded", "council", "not_recorded", "Not known, or outside the area", (_OUTSIDE,)),
        AxisGroup("health_footprint:Coast", "health_footprint", "Coast", "Coast", ("W01", "W04")),
        AxisGroup("health_footprint:Inland", "health_footprint", "Inland", "Inland", ("W02", "W03", "W05", "W06")),
    ),
    overlapping=True,
    ways=(("ward", "Home ward"), ("council", "Council"), ("health_footprint", "Health footprint")),
)


def counted(table: str, indicator: str, period: str, axes: tuple[Axis, ...], children: np.ndarray, **more: str) -> CountedCube:
    """The true counts of children, given as a row of places on the axes for each child."""
    atoms = np.zeros(tuple(len(axis.leaves) for axis in axes), dtype=np.int64)
    np.add.at(atoms, tuple(children.T), 1)
    return CountedCube(table, indicator, period, axes, atoms, indicator, **more)


def children(seed: int, many: int) -> np.ndarray:
    """Places of invented children on the axes age, sex, ethnicity and ward."""
    rng = np.random.default_rng(seed)
    axes = (AGE, SEX, ETHNICITY, WARD)
    return np.stack([rng.choice(len(axis.leaves), many, p=rng.dirichlet(np.full(len(axis.leaves), 2.0))) for axis in axes], axis=1)


def both_tables(seed: int, many: int, indicator: str = INDICATORS[0], period: str = PERIODS[-1]) -> list[CountedCube]:
    """The same children by age, sex and ethnicity, and by age and place."""
    all_of = children(seed, many)
    return [
        counted("age_sex_ethnicity", indicator, period, (AGE, SEX, ETHNICITY), all_of[:, :3]),
        counted("places_age", indicator, period, (replace(AGE, groups=()), WARD), all_of[:, [0, 3]]),
    ]


@cache
def example_tables() -> tuple[ReleasedTable, ...]:
    """Two tables of two indicators, of which one has no numbers in the earlier quarter."""
    asked = [(indicator, period) for indicator in INDICATORS for period in PERIODS]
    given = [each for place, pair in enumerate(asked) if pair != SILENT for each in both_tables(place, 400 + 50 * place, *pair)]
    tables = CrossedTables.of(given)
    tables.round([], {}, key=KEY, earlier={})
    titles = {"age_sex_ethnicity": "Age, sex and ethnicity", "places_age": "Places and age"}
    found = []
    for id, title in titles.items():
        of = {(table.crossed.asked[1], table.crossed.asked[2]): table for key, table in tables.rounded.items() if key[0] == id}
        axes = next(each.axes for each in given if each.table == id)
        found.append(
            ReleasedTable(
                id,
                title,
                "Each child once in a quarter.",
                axes,
                5,
                (),
                {pair: table.atoms for pair, table in of.items()},
                {pair: table.within for pair, table in of.items()},
                {SILENT: "no return received"},
            )
        )
    return tuple(found)
