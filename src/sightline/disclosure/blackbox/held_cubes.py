"""What readers hold of the tables that they may cross and filter: every sum of protected atoms that is served, and how these add up."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

import numpy as np

from sightline.definitions.breakdowns import SEVERAL
from sightline.disclosure.blackbox.held import COUNT, TOTAL, Numbers, Sum
from sightline.disclosure.blackbox.outcome import Name
from sightline.disclosure.crossed import dimensions_of, served_of, sums_of, told_of
from sightline.disclosure.cubes import Cube, cells, margins
from sightline.model.cubes import AGE, YEAR_TO, Asked, Axis, ReleasedTable, quarters_of_year

CHILDREN = "children of"
_BETWEEN = " / "


def hold_cubes(into: Numbers, tables: Iterable[ReleasedTable], *, counted_in_children: Collection[str]) -> None:
    """Hold every served cell of every table, under the names that figures of the same counts have.

    Args:
        counted_in_children: Indicators whose figures count children; tables of the others count the children behind events.
    """
    for table in tables:
        dimensions = dimensions_of(table.axes)
        served = served_of(tuple(each.name for each in dimensions))
        for asked, atoms in table.atoms.items():
            names = names_in(table, asked, counted_in_children)
            numbers = margins(Cube(table.id, dimensions, np.asarray(atoms), None, served), np.asarray(atoms))
            into.numbers.update((name, number) for name, number in zip(names, numbers.tolist(), strict=True) if name not in into.numbers)
            into.sums.extend(
                Sum(names[whole], tuple(names[part] for part in parts))
                for whole, parts in (*sums_of(table.axes)[1], *_areas_in_areas(table.axes))
            )
        into.sums.extend(_years(table, counted_in_children))


def _years(table: ReleasedTable, counted_in_children: Collection[str]) -> Iterator[Sum]:
    """Rolling years beside their quarters, where a table tells both: a child counted in several stands once in the year."""
    told = told_of(table.axes)
    places = [place for place, cell in enumerate(told) if all(by != AGE for by, _ in cell)]
    for indicator, period in table.atoms:
        quarters = quarters_of_year(period) if period.startswith(YEAR_TO) else ()
        if quarters and all((indicator, quarter) in table.atoms for quarter in quarters):
            year = names_in(table, (indicator, period), counted_in_children)
            of = [names_in(table, (indicator, quarter), counted_in_children) for quarter in quarters]
            yield from (Sum(year[place], tuple(names[place] for names in of), rows=SEVERAL) for place in places)


@lru_cache(maxsize=16)
def _areas_in_areas(axes: tuple[Axis, ...]) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Areas as sums of those of each other kind inside them, and of the finest areas left over: by their places in the flat order."""
    dimensions = dimensions_of(axes)
    empty = np.zeros(tuple(len(each.leaves) for each in dimensions), dtype=np.int64)
    listed = cells(Cube("", dimensions, empty, None, served_of(tuple(each.name for each in dimensions))))
    found = []
    for place, axis in enumerate(axes):
        for whole, parts in _inside(axis) if axis.kind == "geography" else ():
            for table in listed.tables:
                if place in table.dimensions:
                    flat = np.moveaxis(
                        np.arange(table.start, table.start + table.size).reshape(table.shape), table.dimensions.index(place), 0
                    )
                    columns = flat.reshape(flat.shape[0], -1)
                    found += [(int(row[whole]), tuple(row[list(parts)].tolist())) for row in columns.T]
    return tuple(found)


def _inside(axis: Axis) -> Iterator[tuple[int, tuple[int, ...]]]:
    position = {code: place for place, code in enumerate(axis.codes)}
    for whole in axis.groups:
        if len(whole.parts) == 1 and whole.parts[0] in position:
            yield position[whole.parts[0]], (position[whole.code],)
        for kind in dict.fromkeys(group.way for group in axis.groups if group.way != whole.way):
            inside = [group for group in axis.groups if group.way == kind and set(group.parts) <= set(whole.parts)]
            rest = set(whole.parts).difference(*(group.parts for group in inside))
            if inside:
                yield position[whole.code], tuple(sorted(position[code] for code in (*(group.code for group in inside), *rest)))


def names_in(table: ReleasedTable, asked: Asked, counted_in_children: Collection[str]) -> list[Name]:
    """The name of every served cell of a table, in the flat order."""
    indicator, period = asked
    what = indicator if indicator in counted_in_children else f"{CHILDREN} {indicator}"
    # Groups of a breakdown's codes are told by tables only: figures by that breakdown have no such category.
    groups = {(group.way, group.category) for axis in table.axes for group in axis.groups if group.way == axis.id}
    return [
        (
            COUNT,
            what,
            period,
            _BETWEEN.join(f"{by} in groups" if (by, code) in groups else by for by, code in told) or TOTAL,
            _BETWEEN.join(code for _, code in told) or TOTAL,
        )
        for told in told_of(table.axes)
    ]
