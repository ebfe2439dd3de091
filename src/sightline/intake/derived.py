"""Work out the columns that a mapping derives from others of the same row. What hangs on a missing value is missing, never zero."""

from __future__ import annotations

import polars as pl

from sightline.definitions.derived import inputs_of
from sightline.intake.causes import Report
from sightline.intake.checks import absent_columns, headers_of
from sightline.intake.combine import Combined
from sightline.intake.conditions import Exactness, too_coarse, worked_out
from sightline.model.findings import NotChecked
from sightline.model.periods import Quarter


def derive_columns(combined: Combined, period: Quarter, report: Report) -> None:
    """Add a table's derived columns to its rows, and say which rows have none although their cells are filled."""
    table = combined.table
    for name, expression in table.derive.items():
        exactness = Exactness(combined.frame)
        what = f"“{name}” ({expression}) of {table.title or combined.table_id}"
        missing = inputs_of(table.derive, [name]) & combined.absent
        if missing:
            report.not_checked.append(NotChecked(what, f"{absent_columns(combined, missing)} absent"))
        for column, vague in too_coarse(expression, exactness).items():
            number = combined.frame.select(vague.fill_null(value=False).sum()).item()
            why = f"{_rows(number)} {headers_of([column], combined)} not exactly enough to measure time by"
            report.not_checked.append(NotChecked(what, why))
        values = combined.frame.select(worked_out(expression, period, exactness).alias(name)).to_series()
        if values.dtype != pl.Boolean:
            values = values.cast(pl.Float64)
            endless = int((~values.is_finite()).sum())
            if endless:
                report.not_checked.append(NotChecked(what, f"in {endless} {'row' if endless == 1 else 'rows'} a number is divided by zero"))
            values = values.to_frame().select(pl.when(pl.col(name).is_finite()).then(name)).to_series()
        combined.frame = combined.frame.with_columns(values)


def _rows(number: int) -> str:
    return f"{number} row gives" if number == 1 else f"{number} rows give"
