"""Count every indicator over the current generation. What comes out are true counts: they stay in the workspace, behind the gate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa

from sightline.app.agreed import gaps, refuse_unless_usable
from sightline.app.linkage_ranges import REPLICATES, count_with_ranges
from sightline.app.publish_generation import GenerationSummary, current_generation
from sightline.app.tables import open_tables
from sightline.app.taken_out import by_dataset, taken_out_of
from sightline.app.token_epochs import LeftOut
from sightline.app.workspace import Workspace
from sightline.definitions.analyses import Analyses, load_analyses
from sightline.definitions.breakdowns import AREAS_OF_A_WARD
from sightline.definitions.catalogue import load_catalogue
from sightline.definitions.cubes import Cubes, load_cubes
from sightline.definitions.indicators import Catalogue
from sightline.definitions.partnership import Mode
from sightline.engine import Engine
from sightline.engine.duckdb import DuckDBEngine
from sightline.errors import Refused
from sightline.indicators import AgencySets, Scope, categories, cells_from_table, count_agency_sets, count_indicators
from sightline.indicators.analyses import YearScope, count_analyses
from sightline.indicators.analysis_ranges import tables_with_ranges
from sightline.indicators.availability import Sources, find_sources
from sightline.indicators.cubes import CubeScope, count_cubes
from sightline.ledger.linkages import latest_linkage
from sightline.ledger.models import Linkage, ReturnVersion
from sightline.model.counted_tables import CountedAnalysis
from sightline.model.cubes import CountedCube
from sightline.model.figures import Absent, Cell
from sightline.model.periods import Quarter, quarters_between

Progress = Callable[[str, int, int], None]
# Beyond it DuckDB spills to the workspace instead of taking the machine's memory.
_MEMORY = "1500MB"


@dataclass(frozen=True, slots=True)
class SeparateCount:
    """A count from an agency that shares no records: shown beside people who were counted, never added to them."""

    agency: str
    measure: str
    count: int | None
    definition: str


@dataclass(frozen=True, slots=True)
class Counted:
    """The true counts of one generation up to a headline quarter. They are kept nowhere, and can be counted again at any time.

    ``linkage`` names the links and people that were counted by, ``flagging`` the agencies that mark concerns with flags, ``left_out`` the
    returns that the linkage could not link with the others, ``taken_out`` the fields of each dataset that are not agreed any more.
    """

    generation: GenerationSummary
    linkage: str
    quarters: tuple[Quarter, ...]
    catalogue: Catalogue
    table: pa.Table
    categories: dict[str, tuple[tuple[str, str], ...]]
    agency_sets: AgencySets
    separate: tuple[SeparateCount, ...]
    flagging: tuple[str, ...]
    people_without_ward: int
    sources: Sources
    analyses: Analyses
    counted_analyses: tuple[CountedAnalysis, ...]
    cubes: Cubes = field(default_factory=Cubes)
    counted_cubes: tuple[CountedCube, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    taken_out: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    @property
    def cells(self) -> int:
        return int(self.table.num_rows)

    @property
    def indicators(self) -> int:
        return len(self.catalogue.indicators)

    @property
    def periods(self) -> int:
        return len(self.quarters)

    def true_cells(self) -> list[Cell | Absent]:
        """The cells as objects, for the gate."""
        return cells_from_table(self.table)


class NotLinked(Refused):
    """Counting needs linked people: without them a child known to three agencies is three children."""

    code = "SL-APP-010"
    hint = "Run `sightline link` first."


class NoSuchQuarter(Refused):
    """A headline quarter lies before the partnership's first or after the last that any return tells about."""

    code = "SL-APP-011"
    hint = "Name a quarter for which returns were accepted."


def count(
    workspace: Workspace, *, period: Quarter, at: datetime, engine: Engine | None = None, progress: Progress | None = None
) -> Counted:
    """Count the current generation for every quarter up to ``period``.

    Args:
        workspace: Where.
        period: The headline quarter.
        at: The instant at which agreements must let every return be used.
        engine: Runs the SQL; DuckDB in memory when None. Given, it stays open.
        progress: Told the step, how many are done, and how many there are.

    Raises:
        NotFound: If no generation is published.
        NotAgreedToUse: If no agreement lets a return of it be used any more.
        NotLinked: If its people are not linked.
        NoSuchQuarter: If there are no returns to count for that quarter.
    """
    if engine is not None:
        return _count(workspace, period, at, engine, progress)
    with DuckDBEngine(spill=workspace.spill, memory_limit=workspace.memory(_MEMORY)) as own:
        return _count(workspace, period, at, own, progress)


def _count(workspace: Workspace, period: Quarter, at: datetime, engine: Engine, progress: Progress | None) -> Counted:
    generation = current_generation(workspace)
    refuse_unless_usable(workspace, generation, at)
    linkage = latest_linkage(generation.number) if generation.number is not None else None
    if linkage is None:
        raise NotLinked("The people of the current generation are not linked yet.")
    covered = covered_quarters(generation)
    told = {quarter for quarters in covered.values() for quarter in quarters}
    partnership = workspace.partnership
    if str(period) not in told or period < partnership.first_period:
        raise NoSuchQuarter(f"No return of {generation.name} tells about {period.title}.")
    open_tables(workspace, generation, engine)
    catalogue = load_catalogue(own=workspace.root / "partnership")
    modes = {agency.id: str(agency.mode) for agency in partnership.agencies}
    quarters = tuple(quarters_between(partnership.first_period, period))
    not_agreed = gaps(partnership, generation, at)
    sources = find_sources(engine, covered, modes, not_agreed)
    scope = Scope(quarters, covered, partnership.first_period, modes, not_agreed)
    table = count_indicators(engine, catalogue, scope, progress=progress)
    analyses = load_analyses(own=workspace.root / "partnership")
    year = YearScope(period, sources, partnership.first_period)
    counted_analyses = count_analyses(engine, analyses, year, progress=progress)
    known = categories(engine, catalogue.breakdowns)
    cubes = load_cubes(catalogue, own=workspace.root / "partnership")
    counted_cubes = count_cubes(engine, catalogue, cubes, CubeScope(quarters, known, areas_of_wards(engine), _reasons(table)))
    sharing = [agency.id for agency in partnership.agencies if agency.mode is not Mode.AGGREGATE_ONLY]
    agency_sets = count_agency_sets(engine, catalogue, period, sharing)
    flagging = tuple(engine.query("select distinct agency_id from flag order by agency_id").column("agency_id").to_pylist())
    people_without_ward = engine.query("select count(*) as people from person where ward is null").to_pylist()[0]["people"]
    table, agency_sets = count_with_ranges(
        workspace, generation, linkage, engine=engine, catalogue=catalogue, cells=table, sets=agency_sets, progress=progress
    )
    if linkage.pairs:  # the engine holds changed people only from here on
        counted_analyses = tables_with_ranges(engine, analyses, year, counted_analyses, replicates=REPLICATES)
    return Counted(
        generation=generation,
        linkage=f"{linkage.links[:12]}-{linkage.people[:12]}",
        quarters=quarters,
        catalogue=catalogue,
        table=table,
        categories=known,
        agency_sets=agency_sets,
        separate=_separate_counts(engine, period),
        flagging=flagging,
        people_without_ward=people_without_ward,
        sources=sources,
        analyses=analyses,
        counted_analyses=counted_analyses,
        cubes=cubes,
        counted_cubes=counted_cubes,
        left_out=returns_left_out(linkage),
        taken_out=by_dataset(taken_out_of(workspace.objects, generation)),
    )


def returns_left_out(linkage: Linkage) -> tuple[LeftOut, ...]:
    """The returns that a linkage could not link with the others."""
    return tuple(LeftOut(**each) for each in linkage.summary.get("left_out", ()))


def areas_of_wards(engine: Engine) -> dict[str, dict[str, str]]:
    """Of what each ward is a part, as far as the geography tells."""
    wards = engine.query(f"select ward, {', '.join(AREAS_OF_A_WARD)} from ward order by ward").to_pylist()
    return {area: {row["ward"]: str(row[area]) for row in wards if row[area]} for area in AREAS_OF_A_WARD}


def _reasons(table: pa.Table) -> Callable[[str, str], str | None]:
    """Why nobody could count an indicator in a quarter, as its cells say."""
    columns = (table.column(name).to_pylist() for name in ("indicator", "period", "breakdown", "reason"))
    found = {(indicator, period): reason for indicator, period, by, reason in zip(*columns, strict=True) if by == "all"}
    return lambda indicator, period: found.get((indicator, period))


def covered_quarters(generation: GenerationSummary) -> dict[tuple[str, str], set[str]]:
    """For each agency's dataset, the quarters that the generation's returns tell about."""
    covered: dict[tuple[str, str], set[str]] = defaultdict(set)
    for version in ReturnVersion.objects.filter(id__in=generation.return_ids):
        first, last = Quarter.containing(version.period_from), Quarter.containing(version.period_to)
        covered[version.agency, version.dataset].update(map(str, quarters_between(first, last)))
    return dict(covered)


def _separate_counts(engine: Engine, period: Quarter) -> tuple[SeparateCount, ...]:
    """Totals given by agencies that share counts only; their own breakdowns are left to their own reports."""
    rows = engine.query(
        "select agency_id, measure, count, withheld, definition_note from aggregate_count "
        f"where period_start >= date '{period.start}' and period_end <= date '{period.end}' "
        "and (breakdown is null or breakdown in ('', 'all', 'total')) order by agency_id, measure"
    ).to_pylist()
    return tuple(
        SeparateCount(
            agency=row["agency_id"],
            measure=row["measure"],
            count=None if row["withheld"] else row["count"],
            definition=row["definition_note"] or "",
        )
        for row in rows
    )
