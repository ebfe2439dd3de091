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

import numpy as np

from sightline.app.count import NoSuchQuarter, NotLinked, covered_quarters
from sightline.app.known_outside import known_totals, of_a_table, single_homes
from sightline.app.protection_profiles import insist_on_sign_off
from sightline.app.publish_generation import GenerationSummary, current_generation
from sightline.app.report_files import check_formats, write_files
from sightline.app.table_ledger import read_kept, small_changes, told_by_kept, told_by_releases, write_released, write_truth
from sightline.app.tables import open_tables
from sightline.app.workspace import Workspace
from sightline.definitions.analyses import load_analyses
from sightline.definitions.breakdowns import AREAS_OF_A_WARD, Breakdown
from sightline.definitions.catalogue import load_catalogue
from sightline.definitions.indicators import Catalogue, Counted, Indicator
from sightline.definitions.protection import ProtectionProfile, profile_by_id
from sightline.disclosure.cubes import Cube, Dimension, cells
from sightline.disclosure.primary import Behind
from sightline.disclosure.published import Around, PublishedTable, publish_under
from sightline.disclosure.records import Records, behind_of, cube_of, every_table, families_of
from sightline.engine import Engine
from sightline.engine.duckdb import DuckDBEngine
from sightline.errors import InputRefused, NotFound, Refused
from sightline.indicators.availability import find_sources, reason_for_none
from sightline.indicators.categories import Category, categories
from sightline.indicators.crossed import SEVERAL, CrossedRows, crossed_rows
from sightline.ledger.linkages import latest_linkage
from sightline.ledger.models import ProtectedTableRecord
from sightline.ledger.protection import next_table_number, record_table, tables_before
from sightline.model.periods import Quarter
from sightline.publish.protected_table import FORMATS, ProtectedTable, Row, RuleText

_MEMORY = "1500MB"
_AREAS = ("ward", *AREAS_OF_A_WARD)
_FINER = {
    "ward": frozenset(_AREAS),
    "council": frozenset({"council", "police_force", "health_footprint", "region"}),
    "region": frozenset({"region"}),
}
"""What a profile allows whose finest area is this: each breakdown by area that is not finer."""


class NotInProfile(InputRefused):
    """A table was asked for that its protection profile does not allow."""

    code = "SL-APP-042"
    hint = "`sightline profiles show` says what a profile allows; choose another profile, or coarser breakdowns."


class CannotBeCounted(Refused):
    """A table was asked for of a quarter in which nobody could count its indicator."""

    code = "SL-APP-043"
    hint = "A table of what nobody could count would look like a table of nothing. Choose another quarter."


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

    workspace: Workspace
    by: str
    at: datetime
    profile: ProtectionProfile
    catalogue: Catalogue
    indicator: Indicator
    breakdowns: tuple[str, ...]
    period: Quarter
    generation: GenerationSummary
    counted_from: str


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
    with DuckDBEngine(spill=workspace.root / "tmp", memory_limit=_MEMORY) as engine:
        rows = _count(engine, asked, named)
    cube, behind = _cube(asked, rows, named)
    around, many = _around(asked, cube, rows, same, [each for each in earlier if each not in same])
    made = publish_under(asked.profile, cube, behind, key=workspace.rounding_key, around=around, unit=asked.indicator.unit)
    number = next_table_number() if publish_to is not None else None
    table = _as_told(asked, made, rows.codes, number)
    shown = int((~made.withheld).sum())
    done = Exported(table, shown, len(made.withheld) - shown, made.primaries, many)
    if publish_to is None or number is None:
        return done
    return _published(asked, made, done, publish_to, chosen)


def _asked(workspace: Workspace, id: str, breakdowns: Sequence[str], profile_id: str, period: Quarter, *, by: str, at: datetime) -> _Asked:
    own = workspace.root / "partnership"
    profile, catalogue = profile_by_id(profile_id, own), load_catalogue(own=own)
    found = next((each for each in catalogue.indicators if id in (each.id, each.framework)), None)
    if found is None:
        raise NotFound(f'There is no indicator "{id}" that is counted.', hint="`sightline indicators list` names them all.")
    listed = tuple(dict.fromkeys(breakdowns))
    _refuse_outside(profile, found, listed)
    generation = current_generation(workspace)
    linkage = latest_linkage(generation.number) if generation.number is not None else None
    if linkage is None:
        raise NotLinked("The people of the current generation are not linked yet.")
    people = f"{linkage.links[:12]}-{linkage.people[:12]}"
    counted_from = "/".join((generation.name, people, catalogue.version, load_analyses(own=own).version))
    return _Asked(workspace, by, at, profile, catalogue, found, listed, period, generation, counted_from)


def _refuse_outside(profile: ProtectionProfile, indicator: Indicator, breakdowns: Sequence[str]) -> None:
    if not profile.may_tell(indicator.id):
        raise NotInProfile(f'The profile "{profile.id}" tells nothing of people who cause harm, and "{indicator.id}" does.')
    finest = profile.rules.finest_area.value
    finer = [each for each in breakdowns if each in _AREAS and each not in _FINER[finest]]
    if finer:
        raise NotInProfile(f'The profile "{profile.id}" has no area finer than {finest}; {", ".join(finer)} is.')


def _count(engine: Engine, asked: _Asked, breakdowns: Sequence[str]) -> CrossedRows:
    covered = covered_quarters(asked.generation)
    if not any(str(asked.period) in quarters for quarters in covered.values()):
        raise NoSuchQuarter(f"No return of {asked.generation.name} tells about {asked.period.title}.")
    open_tables(asked.workspace, asked.generation, engine)
    known = categories(engine, asked.catalogue.breakdowns)
    partnership, indicator = asked.workspace.partnership, asked.indicator
    sources = find_sources(engine, covered, {agency.id: str(agency.mode) for agency in partnership.agencies})
    entities = asked.catalogue.measures[indicator.numerator.measure].entities
    whole = indicator.denominator
    out_of = asked.catalogue.measures[whole.measure].entities if isinstance(whole, Counted) else frozenset[str]()
    reason = reason_for_none(indicator, entities, asked.period, partnership.first_period, sources, out_of=out_of)
    if reason is not None:
        raise CannotBeCounted(f'"{indicator.id}" cannot be counted for {asked.period.title}: {reason}.')
    return crossed_rows(engine, asked.catalogue, indicator, breakdowns, period=str(asked.period), known=known)


def _cube(asked: _Asked, rows: CrossedRows, breakdowns: Sequence[str]) -> tuple[Cube, Behind]:
    dimensions = [
        Dimension(each, tuple(code for code, _ in rows.codes[each]), kind="geography" if each in _AREAS else "breakdown")
        for each in breakdowns
    ]
    leaves = []
    for dimension in dimensions:
        places = {code: place for place, code in enumerate(dimension.leaves)}
        leaves.append(np.array([places[code] for code in rows.things.column(dimension.name).to_pylist()], dtype=np.intp))
    things = {thing: place for place, thing in enumerate(rows.things.column("thing").to_pylist())}
    people = {person: place for place, person in enumerate(dict.fromkeys(rows.who.column("person_id").to_pylist()))}
    who = (rows.who.column("thing").to_pylist(), rows.who.column("person_id").to_pylist())
    ties = list(zip(rows.families.column("person_id").to_pylist(), rows.families.column("other_person_id").to_pylist(), strict=True))
    records = Records(
        leaves=tuple(leaves) or (np.zeros(len(things), dtype=np.intp),),
        things=np.array([things[thing] for thing in who[0]], dtype=np.intp),
        children=np.array([people[person] for person in who[1]], dtype=np.intp),
        families=families_of(people, ties),
    )
    served = every_table([each for each in dimensions if each.name in asked.breakdowns])
    zeros = asked.profile.rules.zeros.value
    cube = cube_of(f"{asked.indicator.id}, {asked.period}", dimensions, records, served=served, zeros=zeros)
    return cube, behind_of(cube, records)


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
    released = told_by_releases(workspace, cube, **place, counted_from=asked.counted_from, blurred=blurred)
    tables = []
    for record in same:
        kept = read_kept(workspace.objects.get_bytes(record.released), title=f"table {record.number}")
        tables.append(told_by_kept(kept, cube, record.breakdowns))
    withhold, changed = small_changes(workspace, others, cube)
    breakdowns = asked.catalogue.breakdowns
    names = [dimension.name for dimension in cube.dimensions]
    homes = {name: codes for name, codes in single_homes(workspace).items() if name in asked.breakdowns}
    around = Around(
        same=(*released, *tables),
        earlier=changed,
        known=of_a_table(known_totals(workspace), **place, breakdowns=asked.breakdowns),
        withhold=withhold,
        tells=tuple(name for name in names if name in asked.breakdowns and _tells(breakdowns[name])),
        single_homes=homes,
    )
    return around, len(around.same) + len(others)


def _tells(breakdown: Breakdown) -> bool:
    return breakdown.is_of_what_happened


def _as_told(asked: _Asked, made: PublishedTable, codes: Mapping[str, Sequence[Category]], number: int | None) -> ProtectedTable:
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
        breakdowns=tuple(asked.catalogue.breakdowns[name].title for name in asked.breakdowns),
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
    )


def _published(asked: _Asked, made: PublishedTable, done: Exported, folder: Path, formats: Sequence[str]) -> Exported:
    table, objects = done.table, asked.workspace.objects
    contents = table.files(formats)
    released = write_released(made, indicator=asked.indicator.id, period=str(asked.period), counted_from=asked.counted_from)
    digest, told, truth = (objects.put_bytes(content) for content in (table.as_json(), released, write_truth(made.cube)))
    if asked.generation.number is None or table.number is None:
        raise NotFound("Only a published generation can be given out.", hint="Run `sightline publish` first.")
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
