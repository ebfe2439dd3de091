"""Which rows may share their key with another: told by hashes, so that the many that cannot are spared a comparison."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def shared(frame: pl.DataFrame, key: Sequence[str]) -> pl.Series | None:
    """Marks rows whose key another row may have too; None where every key is a row's own.

    Equal keys have equal hashes, so no row that shares its key goes unmarked; one that is marked may still be alone.
    """
    hashed = frame.select(pl.struct(key).hash()).to_series()
    return None if hashed.n_unique() == frame.height else hashed.is_duplicated()
