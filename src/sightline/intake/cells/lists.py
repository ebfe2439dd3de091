"""Cells that hold a JSON list, as case systems write several codes into one cell: flattened to the codes with ``;`` between them."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

_NO = {"", "no", "n", "false", "0", "none", "null"}


def flatten_lists(cells: pl.Series) -> pl.Series:
    """Each cell's codes in order; a cell that is no JSON stays as it is."""
    distinct = cells.drop_nulls().unique().to_list()
    return cells.replace_strict(distinct, [_flat(text) for text in distinct], default=None, return_dtype=pl.String)


def _flat(text: str) -> str | None:
    """The codes of one cell.

    >>> _flat('["2A", "24A"]'), _flat('{"2A": "Yes", "3B": "No"}'), _flat("2A"), _flat("[]")
    ('2A;24A', '2A', '2A', None)
    """
    try:
        return ";".join(_codes(json.loads(text))) or None
    except (ValueError, RecursionError):
        return text


def _codes(value: Any) -> list[str]:
    """A list's texts; of an object the keys whose value does not say no; a text or number itself."""
    if isinstance(value, list):
        return [code for item in value for code in _codes(item)]
    if isinstance(value, dict):
        return [str(key).strip() for key, said in value.items() if str(said).strip().lower() not in _NO]
    return [] if value is None or str(value).strip() == "" else [str(value).strip()]
