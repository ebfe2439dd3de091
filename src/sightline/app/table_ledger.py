"""The ledger of tables published under a profile: what each told, so that whatever comes later is attacked together with it.

A table keeps every number with the interval that it implies (``released``), in the form in which releases keep theirs, and the true atoms
it was made of (``truth``), with which later tables are audited.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sightline.app.area_figures import AREA
from sightline.app.release_ledger import SCHEMA
from sightline.app.releases import read_release
from sightline.app.workspace import Workspace
from sightline.disclosure.blackbox.held import COUNT, TOTAL
from sightline.disclosure.blackbox.implied import METHODS, TABLES, implied_by
from sightline.disclosure.cubes import CellName, Cube, cells, margins
from sightline.disclosure.knowledge import UNBOUNDED, Earlier, Told
from sightline.disclosure.published import PublishedTable
from sightline.disclosure.records import every_table
from sightline.ledger.models import ProtectedTableRecord, ReleaseRecord
from sightline.model.figures import Released
from sightline.model.releases import Release

BETWEEN = " / "
WARD = "ward"
SMALL_CHANGE = 10
"""Changes of fewer than so many must not be read exactly, as between releases."""
Place = tuple[str, str]
"""Breakdown and category, as the ledger names them."""


def place_of(cell: CellName) -> Place:
    """How the ledger names a cell of a cube.

    >>> place_of((("ward", "W01"), ("sex", "female"))), place_of(())
    (('ward / sex', 'W01 / female'), ('all', 'all'))
    """
    if not cell:
        return TOTAL, TOTAL
    return BETWEEN.join(name for name, _ in cell), BETWEEN.join(code for _, code in cell)


@dataclass(frozen=True)
class Kept:
    """What a table told, as it was kept: for each place the number shown (None: withheld), the least and the most.

    ``band`` is how far its smallest band reaches, None where it has none; ``small`` under what its counts were protected.
    """

    title: str
    numbers: Mapping[Place, tuple[int | None, int, int]]
    band: int | None
    small: int


def write_released(made: PublishedTable, *, indicator: str, period: str, counted_from: str) -> bytes:
    """What a table tells, with its intervals; the same bytes for the same table."""
    listed, rows = cells(made.cube), []
    for place in range(len(listed)):
        shown = None if made.withheld[place] else int(made.shown[place])
        low, high = int(made.told.low[place]), min(int(made.told.high[place]), UNBOUNDED)
        rows.append((COUNT, indicator, period, *place_of(listed.name(place)), shown, low, high))
    rows.sort(key=lambda row: row[:5])
    columns = list(zip(*rows, strict=True))
    table = pa.table([pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)
    told = {"method": TABLES, "counted_from": counted_from, "band": made.told.band, "small": made.told.small}
    out = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({"sightline": json.dumps(told, sort_keys=True)}), out, compression="zstd")
    return out.getvalue()


def read_kept(content: bytes, *, title: str) -> Kept:
    """What a table told, from its object."""
    table = pq.read_table(io.BytesIO(content))
    told = json.loads(table.schema.metadata[b"sightline"])
    columns = (table[name].to_pylist() for name in ("breakdown", "category", "shown", "low", "high"))
    numbers = {(breakdown, category): (shown, low, high) for breakdown, category, shown, low, high in zip(*columns, strict=True)}
    return Kept(title, numbers, told["band"], told["small"])


def write_truth(cube: Cube) -> bytes:
    """The true atoms that are not none, by their codes. They never leave the workspace."""
    places = np.nonzero(cube.atoms)
    columns = {
        dimension.name: pa.array([dimension.leaves[each] for each in places[axis]], pa.string())
        for axis, dimension in enumerate(cube.dimensions)
    }
    out = io.BytesIO()
    pq.write_table(pa.table({**columns, "atoms": pa.array(cube.atoms[places], pa.int64())}), out, compression="zstd")
    return out.getvalue()


def atoms_then(content: bytes, cube: Cube) -> NDArray[np.int64] | None:
    """The atoms of an earlier table on the dimensions of this cube; None where it had other dimensions or codes."""
    table = pq.read_table(io.BytesIO(content))
    atoms = np.zeros(cube.atoms.shape, dtype=np.int64)
    if any(dimension.name not in table.column_names for dimension in cube.dimensions):
        return None
    for *codes, count in zip(*(table[each.name].to_pylist() for each in cube.dimensions), table["atoms"].to_pylist(), strict=True):
        if any(code not in dimension.leaves for code, dimension in zip(codes, cube.dimensions, strict=True)):
            return None
        atoms[tuple(dimension.leaves.index(code) for code, dimension in zip(codes, cube.dimensions, strict=True))] += count
    return atoms


def told_by_kept(kept: Kept, cube: Cube, breakdowns: Sequence[str]) -> Told:
    """What an earlier table tells of this cube, whose atoms are those that it was made of."""
    theirs = [dimension for dimension in cube.dimensions if dimension.name in breakdowns]
    on = replace(cube, served=every_table(theirs), outside=())
    listed, truth = cells(on), margins(on, on.atoms)
    found = [kept.numbers.get(place_of(listed.name(place)), (None, 0, UNBOUNDED)) for place in range(len(listed))]
    low, high = (np.array([each[end] for each in found], dtype=np.int64) for end in (1, 2))
    is_open = np.array([each[0] is None for each in found], dtype=bool)
    small = (truth < kept.small) & (truth > 0)
    protected = small & is_open if kept.band is None else (truth < kept.small)
    return Told(on, low, high, protected, kept.band, kept.small)


def told_by_release(
    release: Release, cube: Cube, indicator: str, period: str, *, blurred: Sequence[str], parts: Mapping[str, Sequence[str]]
) -> Told | None:
    """What a release tells of this cube: its total, and what it shows by single breakdowns. None where it tells nothing.

    Args:
        blurred: Dimensions in which some are counted under `several`, so that codes are not what the release counts.
        parts: The wards of each area, where the cube is by areas: what the release shows of wards adds up to what it tells of those.
    """
    method = release.methods.get("disclosure", "")
    if method not in METHODS or METHODS[method].least:
        return None
    implied, listed = implied_by(method), cells(cube)
    low, high = np.zeros(len(listed), dtype=np.int64), np.full(len(listed), UNBOUNDED, dtype=np.int64)
    truth = margins(cube, cube.atoms)
    for figure in release.figures:
        known = (figure.indicator, figure.period) == (indicator, period) and figure.breakdown not in blurred
        if not known or not isinstance(figure.count, Released):
            continue
        cell = () if figure.breakdown == TOTAL else ((figure.breakdown, figure.category),)
        try:
            place = listed.index(cell)
        except KeyError:
            continue
        # A release may err by up to twice the base where sums leave no other way; only the truth tells which, and readers are told.
        wide = max(implied.off, abs(figure.count.value - int(truth[place])))
        low[place], high[place] = max(figure.count.value - wide, 0), figure.count.value + wide
    for area, least, most in _by_areas(release, (indicator, period), parts, implied.off):
        place = listed.index(((AREA, area),))
        low[place], high[place] = min(least, truth[place]), max(most, truth[place])
    if (high == UNBOUNDED).all():
        return None
    return Told(replace(cube, outside=()), low, high, np.zeros(len(listed), dtype=bool), implied.base - 1, SMALL_CHANGE)


def _by_areas(release: Release, place: Place, parts: Mapping[str, Sequence[str]], off: int) -> Iterator[tuple[str, int, int]]:
    """What a release tells of areas by their wards: as many at the least, and at the most."""
    shown = {each.category: each.count for each in release.figures if (each.indicator, each.period, each.breakdown) == (*place, WARD)}
    for area, wards in parts.items():
        values = [count.value for count in map(shown.get, wards) if isinstance(count, Released)]
        if len(values) == len(wards):
            yield area, sum(max(value - off, 0) for value in values), sum(value + off for value in values)


def told_by_releases(
    workspace: Workspace,
    cube: Cube,
    *,
    indicator: str,
    period: str,
    counted_from: str,
    blurred: Sequence[str],
    parts: Mapping[str, Sequence[str]],
) -> list[Told]:
    """What every release of the same counts tells, withdrawn ones too: readers have them."""
    found = []
    for record in ReleaseRecord.objects.order_by("number"):
        release = read_release(workspace, record)
        same = "/".join((release.generation, *(release.methods.get(name, "") for name in ("linkage", "measures", "analyses"))))
        told = told_by_release(release, cube, indicator, period, blurred=blurred, parts=parts) if same == counted_from else None
        if told is not None:
            found.append(told)
    return found


def small_changes(
    workspace: Workspace, records: Sequence[ProtectedTableRecord], cube: Cube
) -> tuple[NDArray[np.bool_], tuple[Earlier, ...]]:
    """Tables of the same cells from other records: cells whose few that came or went could be read exactly, and what is audited beside.

    Such a cell is not shown again: what changed by one to nine would be read off two exact numbers.
    """
    listed, truth = cells(cube), margins(cube, cube.atoms)
    marked, beside = np.zeros(len(listed), dtype=bool), []
    for record in records:
        kept = read_kept(workspace.objects.get_bytes(record.released), title=f"table {record.number}")
        for place in range(len(listed)):
            shown, low, high = kept.numbers.get(place_of(listed.name(place)), (None, 0, UNBOUNDED))
            if shown is not None and low == high:
                marked[place] |= 0 < abs(int(truth[place]) - low) < SMALL_CHANGE
        then = atoms_then(workspace.objects.get_bytes(record.truth), cube)
        if then is not None and set(record.breakdowns) == {dimension.name for dimension in cube.dimensions}:
            beside.append(Earlier(told_by_kept(kept, replace(cube, atoms=then, contributors=None), record.breakdowns), "any"))
    return marked, tuple(beside)
