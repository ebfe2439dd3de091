"""A table of an analysis as a page shows it: its chart, its columns, its rows, and what has to be said beside it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from sightline.model.analyses import Analysis, AnalysisRow, AnalysisTable
from sightline.model.figures import FEWEST, Median, NotAvailable, Range, Ratio, Released, Shown, Withheld
from sightline.model.releases import Release
from sightline.model.units import in_several_rows
from sightline.publish.analysis_charts import crossed, leading, table_chart
from sightline.publish.gaps import why_missing, why_not_linked
from sightline.publish.intervals import INTERVAL, interval_words, value_words
from sightline.publish.series import LINKING, range_words
from sightline.publish.words import sentence
from sightline.web import words
from sightline.web.drawings import inline

FLOWS = (
    "Ways that few went are not told, nor whether any did: a number on the way from one to another is shown only where it is 10 at least."
)
WIDE = ("heatmap", "sankey", "upset")
"""Charts that need the whole width, with their numbers under them."""
_MOST_BESIDE = 3
"""A table of more columns stands under its chart, where neither makes the other small."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: its caption, the words over its columns, its rows, and from which column on it holds numbers."""

    caption: str
    head: list[str]
    rows: list[list[object]]
    numeric_from: int = 1


@dataclass(frozen=True, slots=True)
class TableView:
    """What the page needs of one table. ``crossed`` is the same numbers laid out as the heat map is; then ``whole`` is kept folded."""

    id: str
    title: str
    says: str
    chart: Markup | None
    is_beside: bool
    whole: Grid
    crossed: Grid | None
    agreement: Grid | None
    left_out: str
    missing: list[str]
    not_linked: list[str]
    not_available: str | None
    total: Shown
    total_of: Released | None
    unit: str
    sql: str
    lineage: tuple[str, ...]


def missing_everywhere(analysis: Analysis) -> tuple[str, ...]:
    """The agencies that every table of an analysis lacks: said once, above all of them."""
    return _in_each([table.agencies_missing for table in analysis.tables])


def not_linked_everywhere(analysis: Analysis) -> tuple[str, ...]:
    """The agencies whose records every table of an analysis has without links: said once, too."""
    return _in_each([table.agencies_not_linked for table in analysis.tables])


def _in_each(agencies: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(agency for agency in agencies[0] if all(agency in others for others in agencies)) if agencies else ()


def view_of(
    release: Release, analysis: Analysis, table: AnalysisTable, *, said_above: Collection[str] = (), not_linked_above: Collection[str] = ()
) -> TableView:
    """Prepare one table; that an agency is missing from it, or is not linked, is not said again where it stands above."""
    listed = _listed(table)
    whole = _grid(table, listed)
    return TableView(
        id=f"{analysis.id}-{table.id}",
        title=table.title,
        says=sentence(table.says),
        chart=inline(table_chart(analysis, table)),
        is_beside=table.chart not in WIDE and len(whole.head) <= _MOST_BESIDE,
        whole=whole,
        crossed=_crossed(table) if table.chart == "heatmap" and len(table.dimensions) > 1 and listed else None,
        agreement=_agreement(table),
        left_out=" ".join(filter(None, (_left_out(table, len(listed)), _overlap(table) if listed else ""))),
        missing=[why_missing(release, agency) for agency in table.agencies_missing if agency not in said_above],
        not_linked=why_not_linked(release, [agency for agency in table.agencies_not_linked if agency not in not_linked_above]),
        not_available=table.not_available,
        total=table.total,
        total_of=_total_of(table),
        unit=table.unit,
        sql=table.sql,
        lineage=table.lineage,
    )


def _total_of(table: AnalysisTable) -> Released | None:
    """Out of how many all rows of a table are, where it counts fewer: without them its total would look like everybody it speaks of."""
    parts = {row.out_of for row in table.rows}
    whole = parts.pop() if len(parts) == 1 else None
    counts_fewer = isinstance(whole, Released) and isinstance(table.total, Released) and table.total.value < whole.value
    return whole if counts_fewer and isinstance(whole, Released) else None


def _listed(table: AnalysisTable) -> list[AnalysisRow]:
    """Every row of a table by one thing; of a crossing only those with more than a few, because most of its combinations have none."""
    if not any(map(_is_more_than_few, table.rows)):
        return []
    return list(table.rows) if len(table.dimensions) == 1 else list(filter(_is_more_than_few, table.rows))


def _is_more_than_few(row: AnalysisRow) -> bool:
    return isinstance(row.count, Released) and row.count.value > 0


def _left_out(table: AnalysisTable, listed: int) -> str:
    if table.flows:
        return "" if listed == len(table.rows) and not table.only_shown else FLOWS
    if not listed and not table.only_shown and table.rows:
        return f"Each of its {len(table.rows)} numbers is {FEWEST}, or withheld."
    if table.only_shown:
        return "A combination that is not listed has few or none: which of the two is not told."
    hidden = len(table.rows) - listed
    if hidden < 1:
        return ""
    return f"For {hidden} further combination{'' if hidden == 1 else 's'} the number is {FEWEST}, or withheld."


def _overlap(table: AnalysisTable) -> str:
    """That one may be in several rows. Of sets nobody is; of a crossing it is said for the rows of one leading category."""
    leading = len(table.margins[0].categories) if table.margins else 0
    within = table.in_rows(*(dimension.id for dimension in table.dimensions[leading:]))
    return in_several_rows(table.unit) if within == "several" else ""


def _grid(table: AnalysisTable, rows: list[AnalysisRow]) -> Grid:
    names = [each.title for each in table.dimensions]
    columns = _columns(table)
    if table.chart == "upset":
        cells = [[words.listed(list(table.words(row))), *columns_of(table, row, columns)] for row in rows]
        return Grid(table.title, [f"Exactly these: {names[0].lower()}", *columns], cells)
    cells = [[*table.words(row), *columns_of(table, row, columns)] for row in rows]
    return Grid(table.title, [*names, *columns], cells, numeric_from=len(names))


def _columns(table: AnalysisTable) -> list[str]:
    columns: list[str] = []
    if table.per:
        columns += [_per(table.per), INTERVAL]
    columns.append(table.unit.capitalize())
    if table.per:
        columns.append("Out of")
    if any(row.expected is not None for row in table.rows):
        columns.append("At the common rate")
    if table.value:
        columns += [f"Median {table.value}", INTERVAL]
    if table.compared:
        columns.append(f"Beside {table.compared}")
    if any(row.range is not None for row in table.rows):
        columns.append(LINKING)
    return columns


def _per(per: int) -> str:
    return "Per cent" if per == 100 else f"Per {per:,}" if per > 1 else "For each"


def columns_of(table: AnalysisTable, row: AnalysisRow, columns: list[str]) -> list[object]:
    """The cells of a row after its names, in the order of the columns."""
    cells: list[object] = []
    if table.per:
        cells += _with_interval(row.ratio)
    cells.append(row.count)
    if table.per:
        cells.append(words.or_no_figure(row.out_of))
    if "At the common rate" in columns:
        cells.append(words.or_no_figure(row.expected))
    if table.value:
        cells += _with_interval(row.median)
    if table.compared:
        cells.append(
            words.or_no_figure(None)
            if row.beside is None
            else row.beside
            if isinstance(row.beside, Withheld)
            else words.Bare(str(row.beside))
        )
    if LINKING in columns:
        cells.append(_linking(row.count, row.range))
    return cells


def _linking(count: Shown, between: Range | None) -> object:
    return words.Bare(range_words(count, between)) if isinstance(count, Released) else count


def _with_interval(shown: Ratio | Median | Withheld | NotAvailable | None) -> list[object]:
    """A number and its interval; what stands in the place of the number stands in both."""
    if isinstance(shown, Ratio | Median):
        between = interval_words(shown)
        return [words.Bare(value_words(shown)), words.Bare(between) if between else words.or_no_figure(None)]
    return [words.or_no_figure(shown)] * 2


def _crossed(table: AnalysisTable) -> Grid:
    """The leading numbers with the last dimension across, as on the heat map."""
    found = {row.categories: row for row in table.rows}
    down, across = crossed(table)
    *before, last = table.dimensions
    rows: list[list[object]] = []
    for codes, label in down:
        cells: list[object] = [label]
        for other, _ in across:
            row = found.get((*codes, other))
            shown = leading(table, row) if row is not None else Released(0)
            cells.append(words.Bare(value_words(shown)) if isinstance(shown, Ratio | Median) else shown)
        rows.append(cells)
    return Grid(table.title, [f"{', '.join(each.title for each in before)} / {last.title.lower()}", *(label for _, label in across)], rows)


def _agreement(table: AnalysisTable) -> Grid | None:
    """Pairs of agencies: how far their marks fall on the same children, and how far beyond chance."""
    if not table.agreement:
        return None
    rows: list[list[object]] = []
    names = {code: label for dimension in table.dimensions for code, label in dimension.categories}
    told = [pair for pair in table.agreement if pair.jaccard is not None or pair.kappa is not None]
    for pair in told:
        both = words.Bare(f"{pair.jaccard * 100:.0f}%") if pair.jaccard is not None else Withheld.WITHHELD
        beyond = words.Bare(f"{pair.kappa:.2f}") if pair.kappa is not None else Withheld.WITHHELD
        between = words.Bare(f"{pair.low:.2f} to {pair.high:.2f}") if pair.low is not None and pair.high is not None else Withheld.WITHHELD
        rows.append([names.get(pair.first, pair.first), names.get(pair.second, pair.second), both, beyond, between])
    if len(told) < len(table.agreement):
        hidden = len(table.agreement) - len(told)
        rows.append([f"{hidden} further pair{'' if hidden == 1 else 's'}", "", *[Withheld.WITHHELD] * 3])
    return Grid(
        f"{table.title}: how far their marks fall on the same children",
        ["One agency", "The other", "Marked by both, of those marked by either", "Agreement beyond chance (kappa)", INTERVAL],
        rows,
        numeric_from=2,
    )
