"""The ledger of a release: every number that it shows or withholds, with the interval that this implies, kept with it for ever.

A new release is attacked together with every earlier one before it is written, withdrawn ones too, because readers have them. Where the
pair would tell what neither does (the few children of a return that was withdrawn), the number is withheld in the new release; where that
does not help, the release is not written.

Method page: docs/methods/attacking-releases.md.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

import pyarrow as pa
import pyarrow.parquet as pq

from sightline.app.cubes import counted_in_children, tables_of_release, without
from sightline.app.held_release import Nested, hold_release
from sightline.app.releases import read_attachment, read_release
from sightline.app.workspace import Workspace
from sightline.disclosure.blackbox.held import COUNT, OUT_OF, SETS, Held
from sightline.disclosure.blackbox.implied import METHODS, implied_by
from sightline.disclosure.blackbox.on_answers import release_pairs
from sightline.disclosure.blackbox.on_sums import Worked
from sightline.disclosure.blackbox.outcome import Name, words_of
from sightline.errors import Refused
from sightline.ledger.bundles import bundles_before
from sightline.ledger.protection import tables_before
from sightline.ledger.releases import releases_before
from sightline.model.analyses import AnalysisRow, AnalysisTable
from sightline.model.cubes import ReleasedTable
from sightline.model.figures import Figure, Withheld
from sightline.model.releases import Release

LEDGER = "ledger.parquet"
Tables = Sequence[ReleasedTable]
ROUNDS = 3
"""So often more is withheld before a release is given up."""
LISTED = 10
_BETWEEN = " / "
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("counted", "what", "quarter", "breakdown", "category")),
        ("shown", pa.int64()),
        ("low", pa.int64()),
        ("high", pa.int64()),
    ]
)


class ReleaseTells(Refused):
    """Together with an earlier release, this one would tell a small number that neither tells alone."""

    code = "SL-APP-031"
    hint = "The releases made before stay as they are. Release again once later returns have come, or withdraw fewer returns at a time."


@dataclass(frozen=True, eq=False)
class Remembered(Worked):
    """An earlier release as its ledger kept it: its numbers, and what follows for them."""

    intervals: Mapping[Name, tuple[int, int]]

    @cached_property
    def placed(self) -> dict[Name, tuple[int, int]]:
        return dict(self.intervals)


def write_ledger(worked: Worked) -> bytes:
    """The ledger of a release: what is shown, and what follows from all that is shown; the same bytes for the same figures."""
    held = worked.held
    rows = [
        (*name, shown, *worked.placed.get(name, worked.implied.interval(shown)))
        for name, shown in sorted(held.numbers.items(), key=lambda each: each[0])
    ]
    told = {"method": held.method, "counted_from": held.generation}
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(SCHEMA)
    table = pa.table([pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)
    out = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({"sightline": json.dumps(told, sort_keys=True)}), out, compression="zstd")
    return out.getvalue()


def read_ledger(content: bytes, *, title: str) -> Remembered:
    """An earlier release as its ledger kept it."""
    table = pq.read_table(io.BytesIO(content))
    told: dict[str, str] = json.loads(table.schema.metadata[b"sightline"])
    names: list[Name] = list(zip(*(table[name].to_pylist() for name in SCHEMA.names[:5]), strict=True))
    shown, low, high = (table[name].to_pylist() for name in ("shown", "low", "high"))
    held = Held(title, told["method"], generation=told["counted_from"], numbers=dict(zip(names, shown, strict=True)))
    return Remembered(held, implied_by(held.method), dict(zip(names, zip(low, high, strict=True), strict=True)))


@dataclass(frozen=True, eq=False)
class Checked:
    """A release and its tables as they may be written beside every earlier one, with what was worked out of them, and those."""

    release: Release
    worked: Worked
    earlier: tuple[Worked, ...]
    tables: Tables = ()


def checked_with_earlier(
    workspace: Workspace, draft: Release, at: datetime, *, tables: Tables = (), nested: Nested | None = None
) -> Checked:
    """A release and its tables as they may be written beside every earlier one.

    Args:
        workspace: Where those are.
        draft: What is to be written.
        at: When; releases made before it are beside it.
        tables: What readers may cross and filter in it.
        nested: Which wards make up which areas, where readers can look that up.

    Raises:
        ReleaseTells: If it cannot.
    """
    earlier = tuple(_earlier(workspace, at))
    release, kept = both_beside(draft, tables, earlier)
    return Checked(release, _worked(release, kept, nested), earlier, kept)


def beside(draft: Release, earlier: Sequence[Worked]) -> Release:
    """The release alone, as `both_beside` leaves it."""
    return both_beside(draft, (), earlier)[0]


def both_beside(draft: Release, tables: Tables, earlier: Sequence[Worked]) -> tuple[Release, tuple[ReleasedTable, ...]]:
    """The release and its tables with everything withheld that would tell something together with an earlier one.

    Raises:
        ReleaseTells: If withholding does not help.
    """
    kept = tuple(tables)
    if not earlier:
        return draft, kept
    for _ in range(ROUNDS):
        worked = _worked(draft, kept)
        found = release_pairs(worked, earlier).seen
        if not found:
            return draft, kept
        gone = _with_wholes(worked.held, found)
        draft, kept = withhold(draft, gone), without(kept, gone, counted_in_children(draft))
    remaining = release_pairs(_worked(draft, kept), earlier).seen
    if remaining:
        raise ReleaseTells(_listing(remaining))
    return draft, kept


def _worked(release: Release, tables: Tables = (), nested: Nested | None = None) -> Worked:
    held = hold_release(release, nested=nested, tables=tables)
    return Worked(held, implied_by(held.method))


def _earlier(workspace: Workspace, at: datetime) -> Iterable[Worked]:
    """Every release made before, withdrawn or not, and every table under a profile: what was shown once is known."""
    for record in releases_before(at):
        release = read_release(workspace, record)
        if LEDGER in release.attachments:
            yield read_ledger(read_attachment(workspace, release, LEDGER), title=f"release {release.number}")
        elif release.methods["disclosure"] in METHODS:
            yield _worked(release, tables_of_release(workspace, release))
    for bundle in bundles_before(at):
        yield read_ledger(workspace.objects.get_bytes(bundle.released), title=f"bundle {bundle.number}")
    for table in tables_before(at):
        yield read_ledger(workspace.objects.get_bytes(table.released), title=f"table {table.number}")


def _with_wholes(held: Held, found: Iterable[Name]) -> frozenset[Name]:
    """Numbers to withhold: those found; where one is withheld already, the wholes that it is a part of."""
    chosen = {name for name in found if held.numbers.get(name) is not None}
    told = {name for name in found if held.numbers.get(name) is None}
    chosen |= {each.whole for each in held.sums if told.intersection(each.parts) and held.numbers.get(each.whole) is not None}
    return frozenset(chosen)


def _listing(names: Iterable[Name]) -> str:
    listed = sorted(words_of(name) for name in names)
    more = f"\n  {len(listed) - LISTED:,} more" if len(listed) > LISTED else ""
    lines = "".join(f"\n  {each}" for each in listed[:LISTED])
    return f"Together with an earlier release, this one would tell {len(listed):,} small changes exactly:{lines}{more}\n"


# Withholding


def withhold(release: Release, names: frozenset[Name]) -> Release:
    """The release with these numbers withheld, and with them everything that is made of them."""
    if not names:
        return release
    touched = {name[1].partition("/")[0] for name in names}
    combinations = [
        replace(each, children=Withheld.WITHHELD, range=None)
        if (COUNT, SETS, release.period, "agency", each.agencies[0]) in names
        else each
        for each in release.agency_sets
    ]
    exact = [each for each in release.combinations if (COUNT, SETS, release.period, "exactly", "+".join(each.agencies)) not in names]
    analyses = tuple(
        replace(
            analysis,
            found=() if analysis.id in touched else analysis.found,
            tables=tuple(_table(table, f"{analysis.id}/{table.id}", release.period, names) for table in analysis.tables),
        )
        for analysis in release.analyses
    )
    return replace(
        release,
        # Sentences were made with the numbers; without them there is nothing to say.
        changes=tuple(each for each in release.changes if each.indicator not in touched),
        figures=tuple(_figure(figure, names) for figure in release.figures),
        agency_sets=tuple(combinations),
        combinations=tuple(exact),
        analyses=analyses,
    )


def _figure(figure: Figure, names: frozenset[Name]) -> Figure:
    place = (figure.indicator, figure.period, figure.breakdown, figure.category)
    count, out_of = (COUNT, *place) in names, (OUT_OF, *place) in names
    if not (count or out_of):
        return figure
    return replace(
        figure,
        count=Withheld.WITHHELD if count else figure.count,
        out_of=Withheld.WITHHELD if out_of else figure.out_of,
        statistic=figure.statistic and Withheld.WITHHELD,
        range=None if count else figure.range,
    )


def _table(table: AnalysisTable, name: str, period: str, names: frozenset[Name]) -> AnalysisTable:
    if not any(each[1] == name for each in names):
        return table
    total = Withheld.WITHHELD if (COUNT, name, period, "all", "all") in names else table.total
    rows = tuple(_row(table, row, name, period, names) for row in table.rows)
    if table.only_shown or table.chart == "upset":
        rows = tuple(row for row in rows if row.count is not Withheld.WITHHELD)
    return replace(table, total=total, rows=rows, margins=tuple(_row(table, row, name, period, names) for row in table.margins))


def _row(table: AnalysisTable, row: AnalysisRow, name: str, period: str, names: frozenset[Name]) -> AnalysisRow:
    places: Sequence[tuple[str, str]] = [
        (_BETWEEN.join([each.id for each in table.dimensions][: len(row.categories)]), _BETWEEN.join(row.categories)),
        ("exactly", "+".join(row.categories)),
    ]
    if not any((kind, name, period, *place) in names for kind in (COUNT, OUT_OF) for place in places):
        return row
    hidden = Withheld.WITHHELD
    return replace(
        row,
        count=hidden,
        ratio=row.ratio and hidden,
        median=row.median and hidden,
        beside=row.beside and hidden,
        range=None,
    )
