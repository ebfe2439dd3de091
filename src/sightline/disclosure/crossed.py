"""Crossed tables at the gate: what a release serves of several breakdowns at once, rounded so that it agrees with all else it shows.

Every declared table of one indicator and period is a cube. Its atoms, its margins and the margins that it shares with other tables are
rounded together (`crossed_programs`), below what they lie inside. Their single breakdowns are then handed to the gate as figures to keep,
so that the same count is the same number on every page; a table for which the gate could not keep them is not made.

Method page: docs/methods/tables-to-ask.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sightline.disclosure.crossed_programs import BASE, Cover, Part, round_parts
from sightline.disclosure.cubes import Cube, Dimension, Group, KnownTotal, aggregation, cells, check, equations, margins
from sightline.disclosure.linked import Family, Kind, Linked, Name, name_of
from sightline.model.cubes import AGE, YEAR_TO, Axis, CountedCube, ReleasedTable, quarters_of_year

Asked = tuple[str, str, str]
"""Table, indicator and period."""
DISAGREES = "no rounding was found that agrees with the other figures of this release"
TWICE = "a child stands in two of its categories in this period"
STRICT, WIDE = BASE - 1, 2 * BASE - 1


@dataclass(frozen=True, eq=False)
class Crossed:
    """One counted table with the names that its cells have at the gate."""

    counted: CountedCube

    @property
    def asked(self) -> Asked:
        return (self.counted.table, self.counted.indicator, self.counted.period)

    @cached_property
    def cube(self) -> Cube:
        """As a cube of which every combination of axes is served."""
        dimensions = dimensions_of(self.counted.axes)
        outside = tuple(KnownTotal((), each.value, each.name, each.within) for each in self.counted.outside)
        served = served_of(tuple(each.name for each in dimensions))
        return Cube(self.counted.table, dimensions, self.counted.atoms, None, served, outside=outside)

    @cached_property
    def names(self) -> list[Name]:
        """The name of every served cell, in the flat order."""
        period = self.counted.period
        told = ("year", period.removeprefix(YEAR_TO)) if period.startswith(YEAR_TO) else ("quarter", period)
        return [name_of(self.counted.source, told, *each) for each in told_of(self.counted.axes)]

    @cached_property
    def true(self) -> NDArray[np.int64]:
        """The true count of every served cell."""
        return margins(self.cube, self.counted.atoms)

    @cached_property
    def singles(self) -> NDArray[np.intp]:
        """The cells of the total and of single breakdowns, which the gate shows too."""
        return np.concatenate([np.arange(table.start, table.start + table.size) for table in cells(self.cube).tables if _is_single(table)])


def _is_single(table: object) -> bool:
    return len(getattr(table, "dimensions", ())) <= 1


@lru_cache(maxsize=64)
def dimensions_of(axes: tuple[Axis, ...]) -> tuple[Dimension, ...]:
    """The axes of a table as dimensions of a cube."""
    return tuple(
        Dimension(
            axis.id,
            tuple(code for code, _ in axis.leaves),
            tuple(Group(group.code, group.parts) for group in axis.groups),
            axis.kind,
            axis.overlapping,
            () if axis.serves_leaves else tuple(code for code, _ in axis.leaves),
        )
        for axis in axes
    )


def served_of(names: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Every combination of dimensions, the total first."""
    return tuple(each for size in range(len(names) + 1) for each in combinations(names, size))


@lru_cache(maxsize=64)
def told_of(axes: tuple[Axis, ...]) -> tuple[tuple[tuple[str, str], ...], ...]:
    """For every served cell, in the flat order, the breakdown and category of each of its codes."""
    told = [[axis.told(code) for code in axis.codes] for axis in axes]
    places = {axis.id: place for place, axis in enumerate(axes)}
    found: list[tuple[tuple[str, str], ...]] = []
    for names in served_of(tuple(axis.id for axis in axes)):
        found.extend(product(*(told[places[name]] for name in names)))
    return tuple(found)


@lru_cache(maxsize=64)
def sums_of(axes: tuple[Axis, ...]) -> tuple[sparse.csr_array, tuple[tuple[int, tuple[int, ...]], ...]]:
    """Cells by atoms, and every cell that is a sum of others with those: the same for all counts of a table."""
    dimensions = dimensions_of(axes)
    empty = np.zeros(tuple(len(each.leaves) for each in dimensions), dtype=np.int64)
    cube = Cube("", dimensions, empty, None, served_of(tuple(each.name for each in dimensions)))
    listed = equations(cube)
    rows = listed.matrix
    parts = [
        tuple(column for column in rows.indices[rows.indptr[row] : rows.indptr[row + 1]].tolist() if column != whole)
        for row, whole in enumerate(listed.wholes.tolist())
    ]
    return aggregation(cube), tuple(zip(listed.wholes.tolist(), parts, strict=True))


# What is made of them


@dataclass(frozen=True, eq=False)
class RoundedTable:
    """The protected atoms of one table, and what none of its served numbers errs by more than."""

    crossed: Crossed
    atoms: NDArray[np.int64]
    within: int

    @cached_property
    def shown(self) -> NDArray[np.int64]:
        """Every served cell, as the sum of protected atoms."""
        return margins(self.crossed.cube, self.atoms)

    @property
    def wide(self) -> list[Name]:
        """Cells that may err by more than the rest."""
        singles = set(self.crossed.singles.tolist())
        return [name for place, name in enumerate(self.crossed.names) if place not in singles] if self.within > STRICT else []


@dataclass
class CrossedTables:
    """All counted tables of a release on their way through the gate; ``reasons`` says why some are not made."""

    crossed: list[Crossed]
    reasons: dict[Asked, str] = field(default_factory=dict)
    rounded: dict[Asked, RoundedTable] = field(default_factory=dict)

    @classmethod
    def of(cls, counted: Iterable[CountedCube]) -> CrossedTables:
        """Take in what was counted; each cube is checked first.

        Raises:
            CubeProblems: If one contradicts itself or a rule.
        """
        every = list(counted)
        crossed = [Crossed(each) for each in every if not each.reason]
        for each in crossed:
            check(each.cube)
        return cls(crossed, {(each.table, each.indicator, each.period): each.reason for each in every if each.reason})

    def add_singles(self, linked: Linked) -> None:
        """Take the children behind events in as counts of their own: no more of them than events."""
        for each in self._possible(linked):
            if each.counted.events:
                for place in each.singles.tolist():
                    name = each.names[place]
                    event = name.replace(each.counted.source, each.counted.events, 1)
                    if event in linked.counts:
                        linked.inside(event, linked.add(name, int(each.true[place])))

    def _possible(self, linked: Linked) -> list[Crossed]:
        """Those of which the gate counts every single breakdown as they do."""
        kept = []
        for each in self.crossed:
            if all(linked.counts.get(each.names[place], each.true[place]) == each.true[place] for place in each.singles.tolist()):
                kept.append(each)
            else:
                self.reasons[each.asked] = TWICE
        self.crossed = kept
        return kept

    def shown_in(self, tables: Iterable[ReleasedTable]) -> dict[Name, int]:
        """What the release before showed of the same tables, by the names that their cells have now."""
        before = {table.id: table for table in tables}
        found: dict[Name, int] = {}
        for each in self.crossed:
            table, asked = before.get(each.counted.table), (each.counted.indicator, each.counted.period)
            if table is not None and asked in table.atoms and table.axes == each.counted.axes:
                found.update(zip(each.names, margins(each.cube, table.atoms[asked]).tolist(), strict=True))
        return found

    def round(self, families: Sequence[Family], shown: Mapping[Name, int], *, key: bytes, earlier: Mapping[Name, int]) -> dict[Name, int]:
        """Round all tables, those that share counts together; return the numbers of single breakdowns that the gate is to keep.

        Args:
            families: Of the gate: which counts lie inside which.
            shown: What the gate would show: no table goes above what its counts lie inside.
            earlier: What the release before showed, of tables too.
        """
        caps: dict[Name, int] = {}
        for family in families:
            if family.kind is Kind.INSIDE and family.whole in shown:
                for part in family.parts:
                    caps[part] = min(shown[family.whole], caps.get(part, shown[family.whole]))
        kept: dict[Name, int] = {}
        for group in _together(self.crossed):
            covers = [cover for year, quarters in years_of(group) for cover in covers_of(year, quarters)]
            parts = [Part(each.names, each.counted.atoms, sums_of(each.counted.axes)[0], each.singles, _atom_names(each)) for each in group]
            found = round_parts(parts, caps=caps, earlier=earlier, key=key, covers=covers)
            for place, each in enumerate(group):
                if found is None:
                    self.reasons[each.asked] = DISAGREES
                    continue
                table = RoundedTable(each, found.atoms[place], WIDE if found.is_wide else STRICT)
                self.rounded[each.asked] = table
                kept.update((each.names[cell], int(table.shown[cell])) for cell in each.singles.tolist())
        return kept

    def keep_agreeing(self, shown: Mapping[Name, int]) -> None:
        """Give up every table that the gate shows a number of which its atoms do not add up to, or withholds one of."""
        for asked, table in list(self.rounded.items()):
            names = table.crossed.names
            for place in table.crossed.singles.tolist():
                if shown.get(names[place], table.shown[place]) != table.shown[place]:
                    self.reasons[asked] = DISAGREES
                    del self.rounded[asked]
                    break

    @property
    def known(self) -> dict[Name, int]:
        """Totals that readers know exactly from elsewhere."""
        return {
            each.crossed.names[0]: total.value
            for each in self.rounded.values()
            for total in each.crossed.counted.outside
            if not total.within
        }

    def add_cells(self, linked: Linked) -> tuple[dict[Name, int], list[Name]]:
        """Take every cell of every table in, with all its sums, for the auditor; return what is shown, and which may err by more."""
        shown: dict[Name, int] = {}
        wide: list[Name] = []
        for table in self.rounded.values():
            names = table.crossed.names
            for name, count, number in zip(names, table.crossed.true.tolist(), table.shown.tolist(), strict=True):
                linked.add(name, count)
                shown[name] = number
            for whole, parts in sums_of(table.crossed.counted.axes)[1]:
                linked.family(names[whole], [names[part] for part in parts])
            wide += table.wide
        for year, quarters in years_of([table.crossed for table in self.rounded.values()]):
            for cover in covers_of(year, quarters):
                linked.cover(*cover)
        return shown, wide


def _together(crossed: Sequence[Crossed]) -> Iterator[list[Crossed]]:
    """Tables of the same count and period, which share margins, with the quarters of each rolling year that is told beside them."""
    groups: dict[tuple[str, str], list[Crossed]] = defaultdict(list)
    for each in crossed:
        groups[each.counted.source, each.counted.period].append(each)
    for year, quarters in years_of(crossed):
        into = groups[year.counted.source, year.counted.period]
        for quarter in quarters:
            other = groups[quarter.counted.source, quarter.counted.period]
            if other is not into:
                into.extend(other)
                groups.update({asked: into for asked, group in groups.items() if group is other})
    yield from {id(group): group for group in groups.values()}.values()


def years_of(crossed: Iterable[Crossed]) -> Iterator[tuple[Crossed, list[Crossed]]]:
    """Every rolling year of which the four quarters are told by the same table too, with those."""
    listed = {(each.counted.table, each.counted.source, each.counted.period): each for each in crossed}
    for (table, source, period), year in listed.items():
        for quarters in [quarters_of_year(period)] if period.startswith(YEAR_TO) else ():
            of = [listed.get((table, source, quarter)) for quarter in quarters]
            told = [each for each in of if each is not None]
            if len(told) == len(quarters):
                yield year, told


def covers_of(year: Crossed, quarters: Sequence[Crossed]) -> Iterator[Cover]:
    """A child of a year was counted in a quarter of it, and once in each: no quarter is more than the year, nor the year than all four.

    Not of cells by age: a child who grew out of a band stands in the younger one in the year, and in both in quarters. Nor where records
    say otherwise.
    """
    of_quarters = np.stack([each.true for each in quarters])
    holds = (of_quarters.max(axis=0) <= year.true) & (year.true <= of_quarters.sum(axis=0))
    for place, cell in enumerate(told_of(year.counted.axes)):
        if holds[place] and all(by != AGE for by, _ in cell):
            yield year.names[place], tuple(quarter.names[place] for quarter in quarters)


def _atom_names(crossed: Crossed) -> list[Name]:
    """The names of atoms, in the order of the atoms."""
    table = cells(crossed.cube).tables[-1]
    whole = np.arange(table.start, table.start + table.size).reshape(table.shape)
    leaves = whole[tuple(slice(len(each.leaves)) for each in crossed.cube.dimensions)]
    return [crossed.names[place] for place in leaves.ravel().tolist()]
