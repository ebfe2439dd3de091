"""The chart that goes with a table of an analysis, drawn from the same shown figures; none where nothing could be seen on it."""

from __future__ import annotations

from itertools import product

from sightline.model.analyses import Analysis, AnalysisRow, AnalysisTable
from sightline.model.figures import FEWEST, Median, Ratio, Released, Shown
from sightline.model.releases import Combination
from sightline.publish.charts import bar_chart
from sightline.publish.dot_plot import Beside, dot_plot, point_of
from sightline.publish.heat_map import heat_map
from sightline.publish.intervals import value_words
from sightline.publish.sankey import Flow, Stage, sankey
from sightline.publish.series import NO_FIGURE, Headline, Mark, mark
from sightline.publish.upset import Sets, upset

MOST_ROWS = 40
"""A chart of more rows is longer than a screen and says less than its table."""


def table_chart(analysis: Analysis, table: AnalysisTable) -> bytes | None:
    """Draw a table as it asks to be drawn; None where it asks for none, or shows no number."""
    rows = (*table.rows, *table.margins) if table.chart == "upset" else table.rows
    if table.not_available or not any(_has_number(table, row) for row in rows):
        return None
    name = f"analysis-{analysis.id}-{table.id}"
    match table.chart:
        case "bars" if len(table.rows) <= MOST_ROWS:
            return bar_chart(name=name, title=table.title, heading=measured_words(table), marks=[_mark(table, row) for row in table.rows])
        case "dots" if len(table.rows) <= MOST_ROWS:
            return _dots(name, table)
        case "heatmap" if len(table.dimensions) > 1:
            return _heat(name, table)
        case "sankey" if len(table.dimensions) > 1:
            return _flows(name, table)
    return _sets(name, table) if table.chart == "upset" else None


def measured_words(table: AnalysisTable) -> str:
    """What the leading number of a table is: its median, else its ratio, else its count."""
    if table.value:
        return f"Median {table.value}"
    if table.per == 100:
        return f"Per cent of {table.out_of}"
    if table.per:
        return f"{table.unit.capitalize()} per {table.per:,}"
    return f"Number of {table.unit}"


def leading(table: AnalysisTable, row: AnalysisRow) -> Headline:
    """The number of a row that its chart shows."""
    if table.value:
        return row.median or NO_FIGURE
    if table.per:
        return row.ratio or NO_FIGURE
    return row.count


def _has_number(table: AnalysisTable, row: AnalysisRow) -> bool:
    shown = leading(table, row)
    return isinstance(shown, Ratio | Median) or (isinstance(shown, Released) and shown.value > 0)


def _words(table: AnalysisTable, row: AnalysisRow) -> str:
    return ", ".join(table.words(row))


def _mark(table: AnalysisTable, row: AnalysisRow) -> Mark:
    return mark(_words(table, row), leading(table, row))


def _dots(name: str, table: AnalysisTable) -> bytes:
    whole = _whole(table)
    points = []
    # Of a crossing most rows have no number: the chart has those that the table lists.
    for row in table.rows if len(table.dimensions) == 1 else [row for row in table.rows if _has_number(table, row)]:
        *groups, label = table.words(row)
        points.append(point_of(label, leading(table, row), ", ".join(groups)))
    return dot_plot(
        name=name,
        title=table.title,
        heading=measured_words(table),
        points=points,
        beside=whole,
        unit="%" if table.per == 100 and not table.value else "",
    )


def _whole(table: AnalysisTable) -> Beside | None:
    """All rows together, where every row is a part of one whole: a rate of all beside the rates of each."""
    counts, outs = [row.count for row in table.rows], [row.out_of for row in table.rows]
    if table.value or not table.per or len(table.dimensions) != 1:
        return None
    if (
        not all(isinstance(each, Released) for each in (*counts, *outs))
        or len({out.value for out in outs if isinstance(out, Released)}) == 1
    ):
        return None
    whole = sum(each.value for each in outs if isinstance(each, Released))
    if not whole:
        return None
    rate = sum(each.value for each in counts if isinstance(each, Released)) * table.per / whole
    return Beside(rate, f"all together: {value_words(Ratio(rate, table.per))}")


def crossed(table: AnalysisTable) -> tuple[list[tuple[tuple[str, ...], str]], list[tuple[str, str]]]:
    """The rows and columns of a crossing: its last dimension runs across, all before it stand at the rows. Only those that it holds."""
    *before, across = table.dimensions
    there = {row.categories for row in table.rows}
    downs, acrosses = {codes[:-1] for codes in there}, {codes[-1] for codes in there}
    rows: list[tuple[tuple[str, ...], str]] = []
    for pairs in product(*(dimension.categories for dimension in before)):
        codes = tuple(code for code, _ in pairs)
        if codes in downs:
            rows.append((codes, ", ".join(words for _, words in pairs)))
    return rows, [(code, words) for code, words in across.categories if code in acrosses]


def _heat(name: str, table: AnalysisTable) -> bytes:
    rows, columns = crossed(table)
    marks = {row.categories: _mark(table, row) for row in table.rows}
    hidden = Mark("", 0.0, FEWEST) if table.only_shown else None
    keys = {codes: " ".join(codes) for codes, _ in rows}
    cells = {
        (keys[codes], column): found
        for codes, _ in rows
        for column, _ in columns
        if (found := marks.get((*codes, column), hidden)) is not None
    }
    *before, across = table.dimensions
    return heat_map(
        name=name,
        title=table.title,
        heading=measured_words(table),
        rows=[(keys[codes], words) for codes, words in rows],
        columns=columns,
        cells=cells,
        rows_are=", ".join(dimension.title for dimension in before),
        columns_are=across.title,
    )


def _flows(name: str, table: AnalysisTable) -> bytes:
    """Each neighbouring pair of dimensions is a step; rows that share a step are one band."""
    bands: dict[tuple[int, str, str], int] = {}
    for row in table.rows:
        if isinstance(row.count, Released) and row.count.value:
            for stage, (source, target) in enumerate(zip(row.categories, row.categories[1:], strict=False)):
                bands[stage, source, target] = bands.get((stage, source, target), 0) + row.count.value
    stages = [Stage(each.title, each.categories) for each in table.dimensions]
    flows = [Flow(stage, source, target, children) for (stage, source, target), children in bands.items()]
    return sankey(
        name=name,
        title=table.title,
        heading=f"Number of {table.unit}. The thicker a band, the more.",
        stages=stages,
        flows=flows,
        unit=table.unit,
    )


def _sets(name: str, table: AnalysisTable) -> bytes:
    sets = Sets(
        table.dimensions[0].categories,
        [_combination(row.categories, row.count) for row in table.margins],
        [_combination(row.categories, row.count) for row in table.rows],
        f"{table.unit.capitalize()} in each, whatever else they are in",
        f"{table.unit.capitalize()} in exactly those marked, and in no other",
    )
    return upset(name=name, title=table.title, sets=sets)


def _combination(categories: tuple[str, ...], count: Shown) -> Combination:
    return Combination(categories, count)
