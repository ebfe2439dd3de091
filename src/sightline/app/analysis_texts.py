"""Analyses as a release keeps them: tables that passed the gate, the words a reader needs, and what stands out in plain sentences.

A sentence is made from shown numbers only, so it gives away no more than the table does; it says that something differs, never why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from sightline.app.count import Counted
from sightline.app.definitions_in_use import definitions_in_use
from sightline.app.gaps_told import not_linked_behind
from sightline.app.workspace import Workspace
from sightline.definitions.analyses import AnalysisDefinition, TableDefinition
from sightline.definitions.breakdowns import ONE, SEVERAL
from sightline.definitions.mappings import SourceDefinition
from sightline.disclosure import ProtectedTable
from sightline.indicators.analyses import PERSONS
from sightline.model.analyses import Analysis, AnalysisRow, AnalysisTable, Dimension, FlagDefinition, RateRatio
from sightline.model.counted_tables import CountedAnalysis
from sightline.model.figures import NotAvailable, Released
from sightline.model.periods import Quarter
from sightline.stats.rebasing import RebaseReason, propose_rebase

MOST_SENTENCES = 5
ENOUGH_EXPECTED = 20
"""Where the common rate would give fewer, a small count is nothing to remark on."""
FLAGS = "flags_compared"
NO_CLEAR_DIFFERENCE = "no clear difference"
BY_QUARTER = "quarter_begun"
ENOUGH_SHOWN = 10
MOST_NAMED = 5


def analysis_texts(workspace: Workspace, counted: Counted, protected: Mapping[tuple[str, str], ProtectedTable]) -> tuple[Analysis, ...]:
    """Every analysis of the generation counted, in order; ``protected`` is what of its tables may be shown."""
    flags = flag_definitions(workspace)
    found = []
    for definition, numbers in zip(counted.analyses.analyses, counted.counted_analyses, strict=True):
        tables = tuple(_table(counted, definition, table, numbers, protected.get((definition.id, table.id))) for table in definition.tables)
        found.append(
            Analysis(
                id=definition.id,
                order=definition.order,
                page=definition.page,
                title=definition.title,
                question=definition.question,
                purpose=definition.purpose,
                interpretations=definition.interpretations,
                lines_of_inquiry=definition.lines_of_inquiry,
                caveat=definition.caveat,
                tables=tables,
                definitions=flags if definition.id == FLAGS else (),
                found=tuple(sentences(tables, flags))[:MOST_SENTENCES],
                version=counted.analyses.version_of(definition),
            )
        )
    return tuple(found)


def _table(
    counted: Counted, analysis: AnalysisDefinition, table: TableDefinition, numbers: CountedAnalysis, shown: ProtectedTable | None
) -> AnalysisTable:
    reason = numbers.reasons.get(table.id)
    dimensions = tuple(
        Dimension(id, counted.analyses.dimension(analysis, id).title, numbers.categories.get(f"{table.id}.{id}", ())) for id in table.by
    )
    return AnalysisTable(
        id=table.id,
        title=table.title,
        says=table.says,
        unit=table.unit,
        chart=table.chart,
        dimensions=_used(dimensions, table, shown),
        total=shown.total if shown is not None else NotAvailable(reason or ""),
        rows=shown.rows if shown is not None else (),
        margins=shown.margins if shown is not None else (),
        only_shown=table.rows == "shown",
        flows=table.flows,
        out_of=_out_of(table, dimensions),
        per=table.per or (100 if table.out_of != "none" else None),
        value=table.value,
        compared=table.compared,
        agreement=shown.agreement if shown is not None else (),
        agencies_missing=numbers.missing.get(table.id, ()),
        agencies_not_linked=_not_linked(counted, table),
        not_available=reason,
        sql=counted.analyses.sql_of(table),
        lineage=counted.analyses.lineage_of(table),
        in_one=_in_rows(counted, analysis, table, ONE),
        in_several=_in_rows(counted, analysis, table, SEVERAL),
    )


def _not_linked(counted: Counted, table: TableDefinition) -> tuple[str, ...]:
    entities = frozenset[str]().union(*(measure.entities for measure in counted.analyses.measures_of(table)))
    return tuple(not_linked_behind(counted.sources, entities, counted.left_out))


def _in_rows(counted: Counted, analysis: AnalysisDefinition, table: TableDefinition, rows: str) -> tuple[str, ...]:
    """The dimensions of a table in which one that it counts stands in so many rows. Of sets, exactly one."""
    if table.sets:
        return table.by if rows == ONE else ()
    measure, *_ = counted.analyses.measures_of(table)
    of_people = table.unit in PERSONS and measure.is_about_people
    of_one_day = "happened_on" not in measure.columns
    dimensions = ((id, counted.analyses.dimension(analysis, id)) for id in table.by)
    return tuple(id for id, each in dimensions if each.in_rows(table.unit, of_people=of_people, of_one_day=of_one_day) == rows)


def _used(dimensions: Sequence[Dimension], table: TableDefinition, shown: ProtectedTable | None) -> tuple[Dimension, ...]:
    """Where only shown rows are listed, a category that none of them is in must not be listed either: it would tell that it exists."""
    if table.rows != "shown" or shown is None:
        return tuple(dimensions)
    met = [{row.categories[place] for row in shown.rows} for place in range(len(dimensions))]
    return tuple(
        Dimension(each.id, each.title, tuple(pair for pair in each.categories if pair[0] in met[place]))
        for place, each in enumerate(dimensions)
    )


def _out_of(table: TableDefinition, dimensions: Sequence[Dimension]) -> str | None:
    if table.denominator is not None:
        return table.denominator.says
    if table.out_of == "total":
        return "all of the table"
    if table.out_of not in table.by:
        return None
    titles = [each.title[0].lower() + each.title[1:] for each in dimensions[: table.leading]]
    return f"all of the same {' and '.join(titles)}"


def sentences(tables: Sequence[AnalysisTable], flags: Sequence[FlagDefinition] = ()) -> Iterator[str]:
    """What stands out: series that moved to another level, categories of few though many would be expected, and those that
    clearly differ from the others."""
    for table in tables:
        yield from _moved(table, flags)
    for table in tables:
        yield from _fewer_than_expected(table)
    for table in tables:
        yield from _that_differ(table)


def _moved(table: AnalysisTable, flags: Sequence[FlagDefinition]) -> Iterator[str]:
    """Series by quarter that moved, of which every quarter is shown."""
    if table.dimensions[-1].id != BY_QUARTER:
        return
    quarters = [Quarter.parse(code) for code, _ in table.dimensions[-1].categories]
    for code, words in table.dimensions[0].categories:
        shown = [row.count for row in table.rows if row.categories[0] == code]
        if not all(isinstance(count, Released) for count in shown):
            continue
        counts = [count.value for count in shown if isinstance(count, Released)]
        begun = {Quarter.containing(date.fromisoformat(each.in_force_from)) for each in flags if each.agency == code and each.in_force_from}
        moved = propose_rebase(counts, known_changes=[place for place, quarter in enumerate(quarters) if quarter in begun])
        if moved is not None:
            known = moved.reason is RebaseReason.KNOWN_CHANGE
            why = "a definition changed then" if known else "no change of a definition is written down for then"
            levels = f"about {moved.centre_before:.0f} a quarter before, {moved.centre_since:.0f} since"
            yield f"{table.title}: {words} moved to another level from {quarters[moved.at].title} ({levels}); {why}."


def _fewer_than_expected(table: AnalysisTable) -> Iterator[str]:
    few = [
        (row.expected.value, table.words(row)[-1])
        for row in table.rows
        if isinstance(row.count, Released)
        and row.count.value < ENOUGH_SHOWN
        and isinstance(row.expected, Released)
        and row.expected.value >= ENOUGH_EXPECTED
    ]
    if few:
        named = _named([f"{words} (about {expected:,})" for expected, words in few], ", ")
        yield f"{table.title}: few or none where the rate of all together would give more: {named}."


def _that_differ(table: AnalysisTable) -> Iterator[str]:
    """One sentence for each group, naming its categories in the table's order."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for row in table.rows:
        if isinstance(row.beside, RateRatio) and row.beside.words != NO_CLEAR_DIFFERENCE:
            groups.setdefault(table.words(row)[:-1], []).append(_differs(table, row, row.beside))
    for group, named in groups.items():
        about = f"{table.title}, {', '.join(group)}" if group else table.title
        yield f"{about}: beside {table.compared}, {_named(named, '; ')}."


def _named(each: Sequence[str], joint: str) -> str:
    """The first few, in the table's own order, and how many more there are."""
    more = [f"and {len(each) - MOST_NAMED} more"] if len(each) > MOST_NAMED else []
    return joint.join([*each[:MOST_NAMED], *more])


def _differs(table: AnalysisTable, row: AnalysisRow, beside: RateRatio) -> str:
    return f"{table.words(row)[-1]} {beside.words} ({beside.value:.1f} times, {beside.low:.1f} to {beside.high:.1f})"


def flag_definitions(workspace: Workspace) -> tuple[FlagDefinition, ...]:
    """What each agency means by each of its flags, in the partnership's order."""
    return tuple(
        _flag(dataset.agency, dataset.agency_name, dataset.dataset, id, definition)
        for dataset in definitions_in_use(workspace)
        for id, definition in dataset.flags
    )


def _flag(agency: str, agency_name: str, dataset: str, id: str, definition: SourceDefinition) -> FlagDefinition:
    ages = [str(age) if age is not None else "" for age in (definition.ages_from, definition.ages_to)]
    return FlagDefinition(
        agency=agency,
        agency_name=agency_name,
        dataset=dataset,
        flag=id,
        title=definition.title,
        certainty=definition.certainty,
        exploitation_type=definition.exploitation_type,
        threshold=definition.threshold,
        applied_by=definition.applied_by,
        applied_when=definition.applied_when,
        review=definition.review,
        ends=definition.ends,
        ages=" to ".join(ages) if any(ages) else "",
        gaps=definition.gaps,
        in_force_from=definition.in_force_from.isoformat() if definition.in_force_from else "",
        in_force_to=definition.in_force_to.isoformat() if definition.in_force_to else "",
        caveat=definition.caveat,
    )
