"""Count an indicator for a table: rows by every breakdown asked for, as a cube with who is behind each of its cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import numpy as np
import pyarrow as pa

from sightline.app.agreed import gaps
from sightline.app.area_figures import AREA, AREA_TITLE, Areas
from sightline.app.count import NoSuchQuarter, covered_quarters, returns_left_out
from sightline.app.figure_coverage import figure_coverage
from sightline.app.gaps_told import gaps_told
from sightline.app.publish_generation import GenerationSummary
from sightline.app.tables import open_tables
from sightline.app.taken_out import by_dataset, taken_out_of
from sightline.app.workspace import Workspace
from sightline.definitions.breakdowns import AREAS_OF_A_WARD
from sightline.definitions.catalogue import load_catalogue
from sightline.definitions.indicators import Catalogue, Counted, Indicator
from sightline.disclosure.cubes import Cube, Dimension
from sightline.disclosure.primary import Behind
from sightline.disclosure.records import Records, behind_of, cube_of, every_table, families_of
from sightline.engine import Engine
from sightline.errors import NotFound, Refused
from sightline.indicators.availability import find_sources, reason_for_none
from sightline.indicators.categories import categories
from sightline.indicators.crossed import CrossedRows, crossed_rows
from sightline.ledger.linkages import latest_linkage
from sightline.model.codes import NOT_RECORDED
from sightline.model.periods import Quarter

Zeros = Literal["shown", "with_small"]
WARD = "ward"
PLACES = (AREA, WARD, *AREAS_OF_A_WARD)
"""Breakdowns by places, of which a table has one."""


class CannotBeCounted(Refused):
    """A table was asked for of a quarter in which nobody could count its indicator."""

    code = "SL-APP-043"
    hint = "A table of what nobody could count would look like a table of nothing. Choose another quarter."


@dataclass(frozen=True)
class ToCount:
    """What a table counts, in which quarter of which generation."""

    workspace: Workspace
    catalogue: Catalogue
    indicator: Indicator
    period: Quarter
    generation: GenerationSummary
    areas: Areas | None = None

    def title_of(self, breakdown: str) -> str:
        """A breakdown in words."""
        return AREA_TITLE if breakdown == AREA else self.catalogue.breakdowns[breakdown].title

    def tells(self, breakdown: str) -> bool:
        """Whether a breakdown tells what happened to a child, not who or where it is."""
        return breakdown != AREA and self.catalogue.breakdowns[breakdown].is_of_what_happened


def indicator_to_count(workspace: Workspace, id: str) -> tuple[Catalogue, Indicator]:
    """The catalogue of a workspace, and one counted indicator of it by its id or its number in the framework.

    Raises:
        NotFound: If there is none.
    """
    catalogue = load_catalogue(own=workspace.root / "partnership")
    found = next((each for each in catalogue.indicators if id in (each.id, each.framework)), None)
    if found is None:
        raise NotFound(f'There is no indicator "{id}" that is counted.', hint="`sightline indicators list` names them all.")
    return catalogue, found


def count_rows(engine: Engine, asked: ToCount, breakdowns: Sequence[str]) -> CrossedRows:
    """Count by all of some breakdowns at once.

    Raises:
        NoSuchQuarter, CannotBeCounted: If there is nothing to count, or nobody could.
        NotBrokenDown: If the indicator cannot be counted by one of them.
    """
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
    counted_by = [WARD if each == AREA else each for each in breakdowns]
    rows = crossed_rows(engine, asked.catalogue, indicator, counted_by, period=str(asked.period), known=known)
    return rows if asked.areas is None else _by_area(rows, asked.areas)


def lacking(engine: Engine, asked: ToCount, at: datetime) -> tuple[str, ...]:
    """Agencies that the numbers of a table lack, or have without links, each with the reason; after its rows were counted."""
    partnership, generation = asked.workspace.partnership, asked.generation
    modes = {agency.id: str(agency.mode) for agency in partnership.agencies}
    sources = find_sources(engine, covered_quarters(generation), modes, gaps(partnership, generation, at))
    linkage = latest_linkage(generation.number) if generation.number is not None else None
    left_out = returns_left_out(linkage) if linkage is not None else ()
    only = replace(asked.catalogue, indicators=(asked.indicator,))
    gone = by_dataset(taken_out_of(asked.workspace.objects, generation))
    (told,) = figure_coverage(only, partnership, sources, quarters=[asked.period], unsettled={}, left_out=left_out, taken_out=gone)
    names = {agency.id: agency.name for agency in partnership.agencies}
    unlinked = [each for each in gaps_told(partnership, {}, left_out) if each.agency in told.not_linked]
    reasons = (*told.missing, *((each.agency, each.reason) for each in unlinked))
    return tuple(f"{names.get(agency, agency)}: {reason}" for agency, reason in reasons)


def _by_area(rows: CrossedRows, areas: Areas) -> CrossedRows:
    """Wards as the areas that they are part of."""
    of_wards = areas.of_wards
    found = pa.array([of_wards.get(ward, NOT_RECORDED) for ward in rows.things.column(WARD).to_pylist()], pa.string())
    words = dict(rows.codes[WARD])
    codes = (*((code, name) for code, name, _ in areas.areas), (NOT_RECORDED, words[NOT_RECORDED]))
    return replace(rows, things=rows.things.append_column(AREA, found), codes={**rows.codes, AREA: codes})


def cube_of_rows(
    asked: ToCount, rows: CrossedRows, breakdowns: Sequence[str], *, served: Sequence[str], zeros: Zeros
) -> tuple[Cube, Behind]:
    """The cube of all breakdowns, of which those that are served are shown, and who is behind each cell."""
    dimensions = [
        Dimension(each, tuple(code for code, _ in rows.codes[each]), kind="geography" if each in PLACES else "breakdown")
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
    tables = every_table([each for each in dimensions if each.name in served])
    cube = cube_of(f"{asked.indicator.id}, {asked.period}", dimensions, records, served=tables, zeros=zeros)
    return cube, behind_of(cube, records)
