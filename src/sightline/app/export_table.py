"""Make a table of one indicator under a protection profile: try it, or publish it for good.

Everything is taken from the current generation. Trying tells how much would be withheld and writes nothing. Publishing needs a profile that
is signed off, passes the auditor together with every release and table made before, writes files, and keeps what they tell in the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sightline.app.agreed import refuse_if_stopped_meanwhile, refuse_unless_usable
from sightline.app.area_figures import AREA
from sightline.app.areas import areas_of
from sightline.app.count import NotLinked
from sightline.app.known_outside import known_totals, of_a_table, single_homes
from sightline.app.protection_profiles import insist_on_sign_off
from sightline.app.publish_generation import GenerationSummary, current_generation
from sightline.app.report_files import check_formats, write_files
from sightline.app.table_ledger import read_kept, small_changes, told_by_kept, told_by_releases, write_released, write_truth
from sightline.app.table_rows import PLACES, WARD, ToCount, count_rows, cube_of_rows, indicator_to_count, lacking
from sightline.app.workspace import Workspace
from sightline.definitions.analyses import load_analyses
from sightline.definitions.indicators import Indicator
from sightline.definitions.protection import ProtectionProfile, profile_by_id
from sightline.disclosure.cubes import Cube, cells
from sightline.disclosure.published import Around, PublishedTable, publish_under
from sightline.engine.duckdb import DuckDBEngine
from sightline.errors import InputRefused, NotFound
from sightline.indicators.categories import Category
from sightline.indicators.crossed import SEVERAL, CrossedRows
from sightline.ledger import audit
from sightline.ledger.linkages import latest_linkage
from sightline.ledger.models import ProtectedTableRecord
from sightline.ledger.protection import next_table_number, record_table, tables_before
from sightline.model.periods import Quarter
from sightline.publish.protected_table import FORMATS, ProtectedTable, Row, RuleText

_MEMORY = "1500MB"
_FINER = {
    "area": frozenset(PLACES) - {WARD},
    "ward": frozenset(PLACES),
    "council": frozenset({"council", "police_force", "health_footprint", "region"}),
    "region": frozenset({"region"}),
}
"""What a profile allows whose finest area is this: each breakdown by area that is not finer."""


class NotInProfile(InputRefused):
    """A table was asked for that its protection profile does not allow."""

    code = "SL-APP-042"
    hint = "`sightline profiles show` says what a profile allows; choose another profile, or coarser breakdowns."


@dataclass(frozen=True)
class Exported:
    """What came of it: the table as it may be given out, how it was audited, and the files if it was published."""

    table: ProtectedTable
    shown: int
    withheld: int
    primaries: int
    audited_with: int
    files: tuple[Path, ...] = ()

    @property
    def is_published(self) -> bool:
        return self.table.number is not None

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it; of a table that is only tried, no number."""
        return {
            "number": self.table.number,
            "profile": self.table.profile,
            "published": self.is_published,
            "cells": self.shown + self.withheld,
            "withheld": self.withheld,
            "audited_with": self.audited_with,
            "files": [str(file) for file in self.files],
        }


@dataclass(frozen=True)
class _Asked:
    """What is asked for, checked against the profile; who asks, and when."""

    by: str
    at: datetime
    profile: ProtectionProfile
    count: ToCount
    breakdowns: tuple[str, ...]
    counted_from: str

    @property
    def workspace(self) -> Workspace:
        return self.count.workspace

    @property
    def indicator(self) -> Indicator:
        return self.count.indicator

    @property
    def period(self) -> Quarter:
        return self.count.period

    @property
    def generation(self) -> GenerationSummary:
        return self.count.generation


def export_table(
    workspace: Workspace,
    indicator: str,
    *,
    breakdowns: Sequence[str],
    profile: str,
    period: Quarter,
    publish_to: Path | None = None,
    formats: Sequence[str] = FORMATS,
    by: str,
    at: datetime,
) -> Exported:
    """Make a table under a profile.

    Args:
        publish_to: Folder to write to; None tries only.

    Raises:
        NotFound: If there is no such indicator or profile, or no generation.
        NotInProfile, NotSignedOff: If the profile does not allow it, or may not publish.
        CubeProblems, TableUnsafe: If it cannot be made safe; nothing is written then.
    """
    chosen = check_formats(formats, FORMATS)
    asked = _asked(workspace, indicator, breakdowns, profile, period, by=by, at=at)
    if publish_to is not None:
        insist_on_sign_off(asked.profile)
    earlier = [each for each in tables_before(at) if (each.indicator, each.period) == (asked.indicator.id, str(period))]
    same = [each for each in earlier if each.counted_from == asked.counted_from]
    named = tuple(dict.fromkeys((*asked.breakdowns, *(breakdown for each in same for breakdown in each.breakdowns))))
    with DuckDBEngine(spill=workspace.spill, memory_limit=workspace.memory(_MEMORY)) as engine:
        rows = count_rows(engine, asked.count, named)
        gaps = lacking(engine, asked.count, at)
    cube, behind = cube_of_rows(asked.count, rows, named, served=asked.breakdowns, zeros=asked.profile.rules.zeros.value)
    around, many = _around(asked, cube, rows, same, [each for each in earlier if each not in same])
    made = publish_under(asked.profile, cube, behind, key=workspace.rounding_key, around=around, unit=asked.indicator.unit)
    number = next_table_number() if publish_to is not None else None
    table = _as_told(asked, made, rows.codes, number, gaps)
    shown = int((~made.withheld).sum())
    done = Exported(table, shown, len(made.withheld) - shown, made.primaries, many)
    if publish_to is None or number is None:
        return done
    return _published(asked, made, done, publish_to, chosen)


def _asked(workspace: Workspace, id: str, breakdowns: Sequence[str], profile_id: str, period: Quarter, *, by: str, at: datetime) -> _Asked:
    own = workspace.root / "partnership"
    profile, (catalogue, found) = profile_by_id(profile_id, own), indicator_to_count(workspace, id)
    listed = tuple(dict.fromkeys(breakdowns))
    _refuse_outside(profile, found, listed)
    generation = current_generation(workspace)
    refuse_unless_usable(workspace, generation, at)
    linkage = latest_linkage(generation.number) if generation.number is not None else None
    if linkage is None:
        raise NotLinked("The people of the current generation are not linked yet.")
    people = f"{linkage.links[:12]}-{linkage.people[:12]}"
    counted_from = "/".join((generation.name, people, catalogue.version, load_analyses(own=own).version))
    areas = areas_of(workspace, found, by=by, at=at) if AREA in listed else None
    return _Asked(by, at, profile, ToCount(workspace, catalogue, found, period, generation, areas), listed, counted_from)


def _refuse_outside(profile: ProtectionProfile, indicator: Indicator, breakdowns: Sequence[str]) -> None:
    if not profile.may_tell(indicator.id):
        raise NotInProfile(f'The profile "{profile.id}" tells nothing of people who cause harm, and "{indicator.id}" does.')
    finest = profile.rules.finest_area.value
    finer = [each for each in breakdowns if each in PLACES and each not in _FINER[finest]]
    if finer:
        raise NotInProfile(f'The profile "{profile.id}" has no area finer than {finest}; {", ".join(finer)} is.')


def _around(
    asked: _Asked,
    cube: Cube,
    rows: CrossedRows,
    same: Sequence[ProtectedTableRecord],
    others: Sequence[ProtectedTableRecord],
) -> tuple[Around, int]:
    """What readers already have of these counts, and how many releases and tables that is."""
    workspace = asked.workspace
    blurred = [name for name, codes in rows.codes.items() if any(code == SEVERAL for code, _ in codes)]
    place = {"indicator": asked.indicator.id, "period": str(asked.period)}
    parts = {code: wards for code, _, wards in asked.count.areas.areas} if asked.count.areas else {}
    released = told_by_releases(workspace, cube, **place, counted_from=asked.counted_from, blurred=blurred, parts=parts)
    tables = []
    for record in same:
        kept = read_kept(workspace.objects.get_bytes(record.released), title=f"table {record.number}")
        tables.append(told_by_kept(kept, cube, record.breakdowns))
    withhold, changed = small_changes(workspace, others, cube)
    names = [dimension.name for dimension in cube.dimensions]
    homes = {name: codes for name, codes in single_homes(workspace).items() if name in asked.breakdowns}
    around = Around(
        same=(*released, *tables),
        earlier=changed,
        known=of_a_table(known_totals(workspace), **place, breakdowns=asked.breakdowns),
        withhold=withhold,
        tells=tuple(name for name in names if name in asked.breakdowns and asked.count.tells(name)),
        single_homes=homes,
    )
    return around, len(around.same) + len(others)


def _as_told(
    asked: _Asked, made: PublishedTable, codes: Mapping[str, Sequence[Category]], number: int | None, gaps: tuple[str, ...]
) -> ProtectedTable:
    listed, words = cells(made.cube), {name: dict(pairs) for name, pairs in codes.items()}
    rows = []
    for place in range(len(listed)):
        cell = dict(listed.name(place))
        labels = tuple(
            (cell.get(name, "all"), words[name].get(cell[name], cell[name]) if name in cell else "All") for name in asked.breakdowns
        )
        rows.append(Row(labels, None if made.withheld[place] else int(made.shown[place])))
    rules, partnership = asked.profile.rules, asked.workspace.partnership
    return ProtectedTable(
        number=number,
        title=asked.indicator.title,
        says=asked.indicator.numerator.says,
        unit=asked.indicator.unit,
        partnership=partnership.name,
        area=partnership.area,
        period=asked.period.title,
        breakdowns=tuple(asked.count.title_of(name) for name in asked.breakdowns),
        columns=asked.breakdowns,
        rows=tuple(rows),
        profile=asked.profile.title,
        profile_version=asked.profile.version,
        tier=asked.profile.tier,
        sign=rules.withheld_as.value if rules.withheld_as else None,
        fewest=made.base,
        within=made.within,
        rules=tuple(
            RuleText(name, str(rule.value), rule.source, rule.in_force_from.isoformat()) for name, rule in asked.profile.all_rules()
        ),
        caveat=asked.indicator.caveat,
        generation=asked.generation.name,
        made_at=asked.at.isoformat(),
        gaps=gaps,
    )


def _published(asked: _Asked, made: PublishedTable, done: Exported, folder: Path, formats: Sequence[str]) -> Exported:
    table, objects = done.table, asked.workspace.objects
    contents = table.files(formats)
    released = write_released(made, indicator=asked.indicator.id, period=str(asked.period), counted_from=asked.counted_from)
    digest, told, truth = (objects.put_bytes(content) for content in (table.as_json(), released, write_truth(made.cube)))
    if asked.generation.number is None or table.number is None:
        raise NotFound("Only a published generation can be given out.", hint="Run `sightline publish` first.")
    with audit.writing():
        refuse_if_stopped_meanwhile(asked.workspace, asked.generation, asked.at)
        record_table(
            table.number,
            profile=(asked.profile.id, asked.profile.version),
            indicator=asked.indicator.id,
            period=str(asked.period),
            breakdowns=[dimension.name for dimension in made.cube.dimensions if dimension.name in asked.breakdowns],
            objects=(digest, told, truth),
            counted_from=asked.counted_from,
            generation=asked.generation.number,
            by=asked.by,
            at=asked.at,
        )
    # Only now: what readers hold is in the ledger before it is in anybody's hands.
    return Exported(table, done.shown, done.withheld, done.primaries, done.audited_with, tuple(write_files(folder, contents)))
