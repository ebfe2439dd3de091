"""The rows an agency counts on its own, each with what it can be broken down by: nothing here leaves, only counts of it do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa

from sightline.model.codes import AGE_BAND_STARTS, NOT_RECORDED, age_in_years

_COARSE = frozenset({"year", "month"})


@dataclass(frozen=True, slots=True)
class LocalRow:
    """One row to count: its day, whom it is about (None for rows about nobody) and its categories."""

    day: date
    person: str | None
    categories: Mapping[str, str]


def local_rows(tables: Mapping[str, pa.Table], *, entity: str, dated_by: str) -> list[LocalRow]:
    """The rows of one entity that say when they happened, with sex, age band, form of exploitation and ward as far as they say.

    What the agency has taken back is not counted.
    """
    table = tables.get(entity)
    if table is None or dated_by not in table.column_names:
        return []
    people = _people(tables.get("identity_record"))
    names = [name for name in (dated_by, "local_id", "exploitation_type", "ward", "retracted") if name in table.column_names]
    rows = []
    for row in table.select(names).to_pylist():
        moment = row[dated_by]
        if moment is None or row.get("retracted") or people.get(row.get("local_id"), {}).get("retracted"):
            continue
        day = moment.date() if isinstance(moment, datetime) else moment
        rows.append(LocalRow(day, row.get("local_id"), _categories(row, day, people.get(row.get("local_id")), names)))
    return rows


def _categories(row: Mapping[str, str | None], day: date, person: Mapping[str, object] | None, names: list[str]) -> dict[str, str]:
    categories = {}
    if "local_id" in names:
        known = person or {}
        categories["sex"] = str(known.get("sex") or NOT_RECORDED)
        categories["age_band"] = _age_band(known.get("born"), day)
    if "exploitation_type" in names:
        categories["exploitation"] = row["exploitation_type"] or "none"
    if "ward" in names:
        categories["ward"] = row["ward"] or NOT_RECORDED
    return categories


def _age_band(born: object, day: date) -> str:
    if not isinstance(born, date):
        return NOT_RECORDED
    age = age_in_years(born, day)
    if age < 0:
        return NOT_RECORDED
    return "18 or over" if age >= 18 else next(band for start, band in reversed(AGE_BAND_STARTS) if age >= start)


def _people(identity: pa.Table | None) -> dict[str | None, dict[str, object]]:
    """The latest sex and exact date of birth said of each person."""
    people: dict[str | None, dict[str, object]] = {}
    if identity is None:
        return people
    wanted = ("local_id", "sex", "date_of_birth", "date_of_birth_precision", "valid_from", "retracted")
    names = [name for name in wanted if name in identity.column_names]
    rows = sorted(identity.select(names).to_pylist(), key=lambda row: str(row.get("valid_from") or ""))
    for row in rows:
        person = people.setdefault(row["local_id"], {})
        if row.get("retracted"):
            person["retracted"] = True
        if row.get("sex") not in (None, NOT_RECORDED):
            person["sex"] = row["sex"]
        if row.get("date_of_birth") is not None and row.get("date_of_birth_precision") not in _COARSE:
            person["born"] = row["date_of_birth"]
    return people
