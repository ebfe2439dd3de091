"""Turn a table with a column for every measure into a row for every measure, as public tables need."""

from __future__ import annotations

import polars as pl

from sightline.definitions.mappings import Melt
from sightline.intake.sheets import ROW


def melt(frame: pl.DataFrame, measures: dict[str, str], how: Melt) -> pl.DataFrame:
    """One row for each measure and row, in the order of the file.

    Args:
        frame: Text columns; those to be melted are named as the keys of ``measures``.
        measures: The header of each.
        how: The columns that take the header and the cell.
    """
    frame = frame.drop(how.name, how.value, strict=False)
    kept = [name for name in frame.columns if name not in measures]
    long = frame.unpivot(list(measures), index=kept, variable_name=how.name, value_name=how.value)
    headers = pl.col(how.name).replace_strict(list(measures), list(measures.values()), return_dtype=pl.String)
    return long.with_columns(headers).sort(ROW, maintain_order=True)
