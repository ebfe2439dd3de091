"""A public profile as JSON: every figure with its range, every missing one with its reason."""

from __future__ import annotations

import json
import math
from typing import Any

from sightline.model.figures import NotAvailable, Released, Shown
from sightline.publish.profile import Comparison, MeasureProfile, Profile, Rate, YearFigure, population_year


def profile_json(profile: Profile) -> bytes:
    """The profile as JSON on one line; the same profile gives the same bytes."""
    data = {
        "area": profile.area.name,
        "code": profile.area.code,
        "region": profile.area.region,
        "latest_year": profile.latest_year,
        "measures": [_measure(each) for each in profile.measures],
        "tables": [
            {"title": t.title, "publication": t.publication, "file": t.file, "years": [t.years[0], t.years[-1]]} for t in profile.tables
        ],
        "symbols": dict(profile.symbols),
    }
    return (json.dumps(data, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _measure(each: MeasureProfile) -> dict[str, Any]:
    measure = each.measure
    return {
        "id": measure.id,
        "group": measure.group,
        "title": measure.title,
        "table": measure.table,
        "column": measure.column,
        "out_of": measure.out_of,
        "per": measure.per,
        "area": [_year(figure, measure.per) for figure in each.here],
        "region": [_year(figure, measure.per) for figure in each.region],
        "england": [_year(figure, measure.per) for figure in each.england],
        "beside_england": _comparison(each.beside_england),
        "since_last_year": _comparison(each.since_last_year),
    }


def _year(figure: YearFigure, per: int) -> dict[str, Any]:
    data: dict[str, Any] = {"year": figure.year, "count": _shown(figure.count), "out_of": _shown(figure.out_of), "rate": _rate(figure.rate)}
    return data | {"population_year": population_year(figure.year)} if per != 100 else data


def _shown(value: Shown) -> Any:
    return value.value if isinstance(value, Released) else {"not_available": str(value)}


def _rate(rate: Rate | NotAvailable) -> dict[str, Any]:
    if isinstance(rate, NotAvailable):
        return {"not_available": rate.reason}
    return {
        "value": round(rate.value, 4),
        "lower": round(rate.lower, 4),
        "upper": round(rate.upper, 4),
        "per": rate.per,
        "method": rate.method,
    }


def _comparison(comparison: Comparison) -> dict[str, Any]:
    data: dict[str, Any] = {"words": comparison.words}
    if comparison.ratio is not None:
        data |= {name: _finite(value) for name, value in zip(("ratio", "lower", "upper"), comparison.ratio, strict=True)}
    return data


def _finite(value: float) -> float | str:
    """JSON has no infinity: a ratio to none is said in words."""
    return round(value, 4) if math.isfinite(value) else "no upper limit"
