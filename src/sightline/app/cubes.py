"""The tables of a release that readers may cross and filter: kept with it as protected atoms, one Parquet file each, and read back.

No true count is in the files: a table is its axes, and what each atom is rounded to.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sightline.app.releases import read_attachment
from sightline.app.workspace import Workspace
from sightline.definitions.cubes import Cubes
from sightline.disclosure import Protected
from sightline.disclosure.blackbox.held_cubes import names_in
from sightline.disclosure.blackbox.outcome import Name
from sightline.disclosure.crossed import DISAGREES, served_of
from sightline.model.cubes import Asked, Axis, AxisGroup, CountedCube, ReleasedTable
from sightline.model.releases import Release

BASE = 5
PREFIX, SUFFIX = "cube-", ".parquet"
_METADATA = b"sightline"
Read = Callable[[str], bytes]
"""Reads an attachment by its name."""


def released_tables(cubes: Cubes, counted: Sequence[CountedCube], safe: Protected) -> tuple[ReleasedTable, ...]:
    """Every declared table as it may be shown."""
    found = []
    for definition in cubes.cubes:
        of = [each for each in counted if each.table == definition.id]
        made = {(each.indicator, each.period): safe.cubes.get((each.table, each.indicator, each.period)) for each in of}
        axes = of[0].axes if of else ()
        found.append(
            ReleasedTable(
                definition.id,
                definition.title,
                definition.says,
                axes,
                BASE,
                served_of(tuple(axis.id for axis in axes)),
                {asked: table.atoms for asked, table in made.items() if table is not None},
                {asked: table.within for asked, table in made.items() if table is not None},
                {asked: safe.not_made[definition.id, *asked] for asked, table in made.items() if table is None},
            )
        )
    return tuple(found)


def without(tables: Sequence[ReleasedTable], withheld: Collection[Name], counted_in_children: Collection[str]) -> tuple[ReleasedTable, ...]:
    """The tables less those of which a number is withheld elsewhere in the release: their atoms would add up to it."""
    gone = frozenset(withheld)
    found = []
    for table in tables:
        lost = [asked for asked in table.atoms if gone.intersection(names_in(table, asked, counted_in_children))] if gone else []
        kept = {asked: atoms for asked, atoms in table.atoms.items() if asked not in lost}
        found.append(replace(table, atoms=kept, reasons={**table.reasons, **dict.fromkeys(lost, DISAGREES)}))
    return tuple(found)


def counted_in_children(release: Release) -> frozenset[str]:
    """The indicators of a release whose figures count children."""
    return frozenset(each.id for each in release.indicators if each.unit == "children")


def files_of(tables: Sequence[ReleasedTable]) -> dict[str, bytes]:
    """The files of some tables by their names; the same tables always give the same bytes."""
    return {file_of(table.id): write_table(table) for table in tables if table.axes}


def file_of(table: str) -> str:
    """The name of the file that a release keeps a table under."""
    return f"{PREFIX}{table}{SUFFIX}"


def tables_in(release: Release, read: Read) -> tuple[ReleasedTable, ...]:
    """The tables of a release, in their order; none where it was made before there were any."""
    return tuple(read_table(read(name)) for name in sorted(tables_named(release)))


def tables_of_release(workspace: Workspace, release: Release) -> tuple[ReleasedTable, ...]:
    """The tables of a release of a workspace."""
    return tables_in(release, partial(read_attachment, workspace, release))


def tables_named(release: Release) -> dict[str, str]:
    """The files of its tables, with the hash of each."""
    return {name: digest for name, digest in release.attachments.items() if name.startswith(PREFIX) and name.endswith(SUFFIX)}


def write_table(table: ReleasedTable) -> bytes:
    """Protected atoms, those of 0 left out, with everything else in the file's own description."""
    columns: dict[str, list[object]] = {name: [] for name in ("indicator", "period", *(axis.id for axis in table.axes), "shown")}
    for (indicator, period), atoms in table.atoms.items():
        places = np.nonzero(atoms)
        size = len(places[0])
        columns["indicator"] += [indicator] * size
        columns["period"] += [period] * size
        for axis, each in zip(table.axes, places, strict=True):
            columns[axis.id] += [axis.leaves[place][0] for place in each.tolist()]
        columns["shown"] += atoms[places].tolist()
    told = {
        "id": table.id,
        "title": table.title,
        "says": table.says,
        "base": table.base,
        "axes": [asdict(axis) for axis in table.axes],
        "within": [[*asked, within] for asked, within in table.within.items() if asked in table.atoms],
        "reasons": [[*asked, reason] for asked, reason in table.reasons.items()],
    }
    arrays = {name: pa.array(values, pa.int64() if name == "shown" else pa.string()) for name, values in columns.items()}
    out = io.BytesIO()
    pq.write_table(pa.table(arrays).replace_schema_metadata({_METADATA: json.dumps(told, ensure_ascii=False)}), out, compression="zstd")
    return out.getvalue()


def read_table(content: bytes) -> ReleasedTable:
    """The inverse of `write_table`."""
    rows = pq.read_table(io.BytesIO(content))
    told: Mapping[str, Any] = json.loads(rows.schema.metadata[_METADATA])
    axes = tuple(_axis(each) for each in told["axes"])
    within: dict[Asked, int] = {(indicator, period): number for indicator, period, number in told["within"]}
    shape = tuple(len(axis.leaves) for axis in axes)
    atoms = {asked: np.zeros(shape, dtype=np.int64) for asked in within}
    places = [{code: place for place, (code, _) in enumerate(axis.leaves)} for axis in axes]
    columns = [rows[axis.id].to_pylist() for axis in axes]
    asked = zip(rows["indicator"].to_pylist(), rows["period"].to_pylist(), strict=True)
    for each, shown, *codes in zip(asked, rows["shown"].to_pylist(), *columns, strict=True):
        atoms[each][tuple(place[code] for place, code in zip(places, codes, strict=True))] = shown
    for each in atoms.values():
        each.setflags(write=False)
    reasons: dict[Asked, str] = {(indicator, period): reason for indicator, period, reason in told["reasons"]}
    served = served_of(tuple(axis.id for axis in axes))
    return ReleasedTable(str(told["id"]), str(told["title"]), str(told["says"]), axes, BASE, served, atoms, within, reasons)


def _axis(data: Mapping[str, Any]) -> Axis:
    groups = tuple(AxisGroup(**{**each, "parts": tuple(each["parts"])}) for each in data["groups"])
    pairs = {name: tuple((code, words) for code, words in data[name]) for name in ("leaves", "ways")}
    return Axis(**{**data, **pairs, "groups": groups})
