"""Indicators and analyses as files: CSV for people with a spreadsheet, JSON for programs. Released figures only, one row for each.

Withheld is the word ``withheld`` in the place of the number, what does not exist is its reason; neither is ever blank or 0. None and a few,
which are shown alike, are ``0-4``. ``in_rows`` says whether one that is counted may stand in several rows, ``gaps`` whose records a number
lacks or has without links, and why. No text begins a formula (`sightline.model.exported`).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

from sightline.model.analyses import Analysis, AnalysisRow, AnalysisTable, PairAgreement, RateRatio
from sightline.model.exported import harmless_text
from sightline.model.figures import FEWEST_CODE, WITHHELD_WORD, Figure, Median, NotAvailable, Range, Ratio, Released, Shown, Withheld
from sightline.model.releases import IndicatorText, Release
from sightline.publish.gaps import gaps_of_figure, gaps_of_table

Row = Mapping[str, object]

CONTENT_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}

_NUMBERS = ("count", "out_of", "value", "per", "low", "high")
INDICATOR_COLUMNS = (
    "release",
    "indicator",
    "title",
    "quarter",
    "breakdown",
    "category",
    "category_words",
    "in_rows",
    "unit",
    *_NUMBERS,
    "linkage_low",
    "linkage_high",
    "gaps",
)


def indicator_file(release: Release, indicator: IndicatorText, kind: str) -> bytes:
    """Every figure of one indicator: all quarters, all breakdowns. ``kind`` is a key of `CONTENT_TYPES`."""
    rows = [_figure_row(release, indicator, figure) for figure in release.figures if figure.indicator == indicator.id]
    if kind == "csv":
        return _csv(INDICATOR_COLUMNS, rows)
    return _json(release, {"indicator": _words_of(indicator), "figures": rows})


def all_figures_file(release: Release, kind: str) -> bytes:
    """Every figure of a release."""
    texts = {indicator.id: indicator for indicator in release.indicators}
    rows = [_figure_row(release, texts[figure.indicator], figure) for figure in release.figures if figure.indicator in texts]
    if kind == "csv":
        return _csv(INDICATOR_COLUMNS, rows)
    return _json(release, {"indicators": [_words_of(each) for each in release.indicators], "figures": rows})


def analysis_file(release: Release, analysis: Analysis, kind: str) -> bytes:
    """Every table of one analysis. In CSV they stand one under another, with columns for the dimensions of the widest."""
    if kind == "csv":
        deepest = max((len(row.categories) for table in analysis.tables for row in (*table.rows, *table.margins)), default=1)
        return _csv(_analysis_columns(deepest), [row for table in analysis.tables for row in _table_rows(release, analysis, table)])
    return _json(
        release,
        {
            "analysis": _words_of(analysis),
            "tables": [_table_words(table) | {"rows": list(_table_rows(release, analysis, table))} for table in analysis.tables],
        },
    )


def _analysis_columns(deepest: int) -> tuple[str, ...]:
    dimensions = [f"{part}_{place}" for place in range(1, deepest + 1) for part in ("dimension", "category", "category_words")]
    compared = ("ratio_beside", "ratio_beside_low", "ratio_beside_high", "ratio_beside_words")
    medians = ("median", "median_unit", "median_low", "median_high")
    return (
        "release",
        "analysis",
        "table",
        "title",
        "row",
        *dimensions,
        "in_rows",
        "unit",
        *_NUMBERS,
        *medians,
        "expected",
        *compared,
        "linkage_low",
        "linkage_high",
        "gaps",
    )


def _figure_row(release: Release, indicator: IndicatorText, figure: Figure) -> dict[str, object]:
    return {
        "release": release.number,
        "indicator": indicator.id,
        "title": indicator.title,
        "quarter": figure.period,
        "breakdown": figure.breakdown,
        "category": figure.category,
        "category_words": "all" if figure.breakdown == "all" else release.label(figure.breakdown, figure.category),
        "in_rows": indicator.in_rows(figure.breakdown) or None,
        "unit": indicator.unit,
        "count": _shown(figure.count),
        "out_of": _shown(figure.out_of),
        **_statistic(figure.statistic),
        **_linkage(figure.range),
        "gaps": "; ".join(gaps_of_figure(release, indicator.id, figure.period)) or None,
    }


def _table_rows(release: Release, analysis: Analysis, table: AnalysisTable) -> Iterable[dict[str, object]]:
    names = [dimension.id for dimension in table.dimensions]
    leading = len(table.margins[0].categories) if table.margins else 0
    if table.chart == "upset":
        # Whoever several know is of each of them, and of exactly one set.
        kinds = ((table.margins, "of the leading dimensions alone", "several"), (table.rows, "exactly", "one"))
    else:
        within = table.in_rows(*names[:leading]), table.in_rows(*names[leading:])
        kinds = ((table.margins, "of the leading dimensions alone", within[0]), (table.rows, "part", within[1]))
    head: dict[str, object] = {"release": release.number, "analysis": analysis.id, "table": table.id, "title": table.title}
    head["gaps"] = "; ".join(gaps_of_table(release, table)) or None
    yield head | {"row": "total", "unit": table.unit, "count": table.not_available or _shown(table.total)}
    for rows, kind, in_rows in kinds:
        for row in rows:
            told = {"row": kind, **_dimensions(table, row), "in_rows": in_rows or None, "unit": table.unit}
            yield head | told | _row_numbers(table, row)
    for pair in table.agreement:
        yield head | {"row": "agreement of a pair", **_pair(table, pair)}


def _dimensions(table: AnalysisTable, row: AnalysisRow) -> dict[str, object]:
    found: dict[str, object] = {}
    for place, (code, words) in enumerate(zip(row.categories, table.words(row), strict=True), 1):
        found[f"dimension_{place}"] = table.dimensions[min(place, len(table.dimensions)) - 1].id
        found[f"category_{place}"], found[f"category_words_{place}"] = code, words
    return found


def _row_numbers(table: AnalysisTable, row: AnalysisRow) -> dict[str, object]:
    found: dict[str, object] = {"count": _shown(row.count), "out_of": _shown(row.out_of)}
    found |= _statistic(row.ratio)
    if table.value:
        found |= {"median": _shown(row.median), "median_unit": table.value}
        if isinstance(row.median, Median):
            found |= {"median_low": row.median.low, "median_high": row.median.high}
    if row.expected is not None:
        found["expected"] = _shown(row.expected)
    if isinstance(row.beside, RateRatio):
        found |= {"ratio_beside": row.beside.value, "ratio_beside_low": row.beside.low, "ratio_beside_high": row.beside.high}
        found["ratio_beside_words"] = row.beside.words
    elif row.beside is not None:
        found["ratio_beside"] = WITHHELD_WORD
    return found | _linkage(row.range)


def _pair(table: AnalysisTable, pair: PairAgreement) -> dict[str, object]:
    told = {"value": pair.kappa, "low": pair.low, "high": pair.high}
    return {
        "category_1": pair.first,
        "category_words_1": _names(table).get(pair.first, pair.first),
        "category_2": pair.second,
        "category_words_2": _names(table).get(pair.second, pair.second),
        "unit": "kappa",
        **{name: WITHHELD_WORD if number is None else number for name, number in told.items()},
        "count": WITHHELD_WORD if pair.jaccard is None else pair.jaccard,
    }


def _names(table: AnalysisTable) -> dict[str, str]:
    return {code: words for dimension in table.dimensions for code, words in dimension.categories}


def _shown(shown: Shown | Ratio | Median | None) -> object:
    match shown:
        case Released(value):
            return value or FEWEST_CODE
        case NotAvailable(reason):
            return reason
        case Withheld():
            return WITHHELD_WORD
        case Ratio() | Median():
            return shown.value
    return None


def _statistic(shown: Ratio | Median | Withheld | NotAvailable | None) -> dict[str, object]:
    found: dict[str, object] = {"value": _shown(shown)}
    if isinstance(shown, Ratio | Median):
        found |= {"low": shown.low, "high": shown.high}
    if isinstance(shown, Ratio):
        found["per"] = shown.per
    return found


def _linkage(between: Range | None) -> dict[str, object]:
    return {"linkage_low": between.low, "linkage_high": between.high} if between else {}


def _words_of(described: IndicatorText | Analysis) -> dict[str, Any]:
    names = ("id", "title", "question", "purpose", "interpretations", "lines_of_inquiry", "caveat", "version")
    more = ("unit", "numerator", "denominator", "lineage", "in_one", "in_several") if isinstance(described, IndicatorText) else ("found",)
    return {name: getattr(described, name) for name in (*names, *more)}


def _table_words(table: AnalysisTable) -> dict[str, Any]:
    names = ("id", "title", "says", "unit", "out_of", "per", "value", "compared", "agencies_missing", "not_available", "lineage", "in_one")
    return {name: getattr(table, name) for name in (*names, "in_several", "agencies_not_linked")}


def _csv(columns: tuple[str, ...], rows: Iterable[Row]) -> bytes:
    """With a byte order mark, because a spreadsheet program otherwise takes a name such as "Zoë" for something else."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(column)) for column in columns])
    return out.getvalue().encode("utf-8-sig")


def _cell(value: object) -> object:
    if value is None:
        return ""
    return harmless_text(value) if isinstance(value, str) else value


def _json(release: Release, content: Mapping[str, Any]) -> bytes:
    """The content with the release it is of; the same release always gives the same bytes."""
    head = {
        "number": release.number,
        "partnership": release.partnership,
        "quarter": release.period,
        "created_at": release.created_at,
        "rounding": release.rounding,
        "method": release.methods.get("disclosure"),
    }
    return json.dumps({"release": head, **content}, ensure_ascii=False, indent=1).encode()
