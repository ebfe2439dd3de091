"""Count the atoms of declared tables: each child once in a period, by all axes of a table together.

What comes out are true counts: they go through the gate (`sightline.disclosure.crossed`) and nowhere else.

Method page: docs/methods/tables-to-ask.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sightline.definitions.cubes import FINEST_AREA, CubeDefinition, Cubes
from sightline.definitions.indicators import Catalogue, Indicator
from sightline.definitions.measures import PERSON
from sightline.engine import Engine
from sightline.errors import ExitCode, SightlineError
from sightline.indicators.categories import Categories
from sightline.indicators.people import Ways, counted_rows_sql
from sightline.indicators.tallies import Job, ways_of
from sightline.model.codes import NOT_RECORDED
from sightline.model.cubes import YEAR_TO, Axis, AxisGroup, CountedCube, OutsideNumber
from sightline.model.periods import Quarter

Areas = Mapping[str, Mapping[str, str]]
"""Column of the ward table → ward → area."""
Reason = Callable[[str, str], str | None]
"""Indicator and quarter → why nobody could count it; None where somebody could."""


class CubeCannotBeMade(SightlineError):
    """A declared table groups codes that the records do not have, or puts one in two places."""

    code = "SL-IND-002"
    hint = "Mend the table's YAML file; nothing was released."
    exit_code = ExitCode.INPUT_REFUSED


@dataclass(frozen=True, slots=True)
class CubeScope:
    """What to count: the headline quarter and those before it, the categories, which ward is part of what."""

    quarters: tuple[Quarter, ...]
    known: Categories
    areas: Areas
    reason: Reason


def count_cubes(engine: Engine, catalogue: Catalogue, cubes: Cubes, scope: CubeScope) -> tuple[CountedCube, ...]:
    """Count every declared table; derived tables must have been made (`sightline.indicators.prepare`).

    Raises:
        CubeCannotBeMade: If a table groups codes that there are not.
    """
    found: list[CountedCube] = []
    for cube in cubes.cubes:
        axes = axes_of(cube, catalogue, scope.known, scope.areas)
        for id in cube.indicators:
            found.extend(_Counting(engine, catalogue, scope, cube, axes, catalogue.indicator(id)).cubes())
    return tuple(found)


def axes_of(cube: CubeDefinition, catalogue: Catalogue, known: Categories, areas: Areas) -> tuple[Axis, ...]:
    """The axes of a declared table, with the codes that there are.

    Raises:
        CubeCannotBeMade: If it groups codes that there are not.
    """
    axes = [_breakdown(cube, name, catalogue, known) for name in cube.breakdowns]
    if cube.geography:
        axes.append(_geography(cube, catalogue, known, areas))
    return tuple(axes)


def _breakdown(cube: CubeDefinition, name: str, catalogue: Catalogue, known: Categories) -> Axis:
    title, leaves = catalogue.breakdowns[name].title, known[name]
    groups = tuple(AxisGroup(each.code, name, each.code, each.title, each.parts) for each in cube.groups.get(name, ()))
    codes = {code for code, _ in leaves} | {group.code for group in groups}
    for group in groups:
        for part in group.parts:
            if part not in codes:
                raise CubeCannotBeMade(f'{cube.id} has a group "{group.code}" with a part "{part}" that {name} does not have.')
    return Axis(name, title, "breakdown", tuple(leaves), groups, name in cube.overlapping, ways=((name, title),))


def _geography(cube: CubeDefinition, catalogue: Catalogue, known: Categories, areas: Areas) -> Axis:
    """Wards, the common pieces of all areas, and those areas that some ward names."""
    (family,) = cube.geography
    leaves = known[FINEST_AREA]
    wider = [area for area in family.wider if known.get(area)]
    groups = []
    for area in wider:
        of = areas.get(area, {})
        for category, words in known[area]:
            parts = tuple(ward for ward, _ in leaves if of.get(ward, NOT_RECORDED) == category)
            if parts:
                groups.append(AxisGroup(f"{area}:{category}", area, category, words, parts))
    own = ((FINEST_AREA, catalogue.breakdowns[FINEST_AREA].title),) if family.serves_finest else ()
    ways = (*own, *((area, catalogue.breakdowns[area].title) for area in wider))
    title = catalogue.breakdowns[FINEST_AREA].title
    return Axis(FINEST_AREA, title, "geography", tuple(leaves), tuple(groups), len(wider) > 1, family.serves_finest, ways)


@dataclass(frozen=True, slots=True)
class _Counting:
    """One indicator by one table."""

    engine: Engine
    catalogue: Catalogue
    scope: CubeScope
    cube: CubeDefinition
    axes: tuple[Axis, ...]
    indicator: Indicator

    @property
    def job(self) -> Job:
        return Job.of(self.catalogue, self.indicator, self.indicator.numerator)

    def cubes(self) -> Iterator[CountedCube]:
        quarters = [str(each) for each in self.scope.quarters]
        newest = quarters[max(len(quarters) - self.cube.quarters, 0) :] if self.cube.quarters else []
        if newest:
            rows = self._by_quarter(None)
            for quarter in newest:
                yield self._made(quarter, quarter, self._atoms(rows, quarter))
        for quarter in quarters[max(len(quarters) - self.cube.rolling_years, 3) :] if self.cube.rolling_years else ():
            yield self._made(f"{YEAR_TO}{quarter}", quarter, self._atoms(self._by_quarter(quarter), quarter))

    def _by_quarter(self, year_to: str | None) -> pa.Table:
        measure, job = self.catalogue.measures[self.job.measure], self.job
        ways: Ways = ways_of(self.catalogue, self.scope.known, measure.name, [axis.id for axis in self.axes])
        rows = counted_rows_sql(measure, dict(job.values), job.ages, ways, residents_only=job.residents_only, year_to=year_to)
        names = [axis.id for axis in self.axes]
        # A child stands once in a period: where it grew out of a band within it, in the younger one.
        once = ", ".join(f"min({name}) as {name}" for name in names)
        return self.engine.query(
            f"with rows_counted as ({rows}), once as (select period, {PERSON}, {once} from rows_counted "
            f"where {PERSON} is not null group by period, {PERSON}) "
            f"select period, {', '.join(names)}, count(*) as children from once group by period, {', '.join(names)}"
        )

    def _atoms(self, rows: pa.Table, quarter: str) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        atoms = np.zeros(tuple(len(axis.leaves) for axis in self.axes), dtype=np.int64)
        places = [{code: place for place, (code, _) in enumerate(axis.leaves)} for axis in self.axes]
        columns: Sequence[Collection[str]] = [rows[axis.id].to_pylist() for axis in self.axes]
        for period, children, *codes in zip(rows["period"].to_pylist(), rows["children"].to_pylist(), *columns, strict=True):
            if period == quarter:
                atoms[tuple(place[code] for place, code in zip(places, codes, strict=True))] += int(children)
        return atoms

    def _made(self, period: str, quarter: str, atoms: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> CountedCube:
        job = self.job
        what = f"{job.measure} {job.values} {job.ages.model_dump_json()} {job.residents_only} {job.value_of}"
        is_of_children = self.indicator.unit == "children"
        reason = self.scope.reason(self.indicator.id, quarter) or ""
        return CountedCube(
            self.cube.id,
            self.indicator.id,
            period,
            self.axes,
            atoms,
            f"{what} True",
            "" if is_of_children or period.startswith(YEAR_TO) else f"{what} False",
            reason,
            tuple(
                OutsideNumber(total.name, total.value, total.within)
                for total in self.cube.outside_totals
                if (total.indicator, total.quarter) == (self.indicator.id, period)
            ),
        )
