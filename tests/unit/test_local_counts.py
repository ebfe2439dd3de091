"""Counts made at the agency: each with its definition, small ones withheld as withheld, never 0."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from sightline.app.local_counts import count_locally
from sightline.definitions.formats import load_mapping
from sightline.definitions.local_counts import load_local_counts
from sightline.definitions.mappings import Format
from sightline.intake.prepared import read_package_apart
from sightline.model.entities import ENTITIES
from sightline.model.periods import Quarter
from sightline.privacy.rules import RuleNotUnderstood
from tests.support.prepared import HEADER, MAPPING, PEOPLE, SECRETS, left_in, made, write_extract

Q1 = Quarter(2026, 1)


def mapping(folder: Path, privacy: str = "") -> Format:
    path = folder / "counts.yml"
    path.write_text(MAPPING + (f"privacy: {privacy}\n" if privacy else ""), encoding="utf-8")
    return load_mapping(path)


def tables(flags: list[tuple[str, str, str]], people: dict[str, tuple[str, date | None]] | None = None) -> dict[str, pa.Table]:
    rows = [{"local_id": local, "exploitation_type": kind, "started_on": date.fromisoformat(day)} for local, kind, day in flags]
    born = people or {}
    return {
        "flag": pa.Table.from_pylist(rows, pa.schema([("local_id", "string"), ("exploitation_type", "string"), ("started_on", "date32")])),
        "identity_record": pa.table(
            {
                "local_id": list(born),
                "sex": [sex for sex, _ in born.values()],
                "date_of_birth": pa.array([day for _, day in born.values()], pa.date32()),
                "date_of_birth_precision": pa.array(["day"] * len(born), pa.string()),
            }
        ),
    }


def counted(folder: Path, given: dict[str, pa.Table], privacy: str = "") -> dict[tuple[str, str, str], Any]:
    found = count_locally(given, mapping=mapping(folder, privacy), period=Q1, agency="police").to_pylist()
    return {(row["measure"], row["breakdown"], row["category"]): row["count"] if not row["withheld"] else "withheld" for row in found}


MANY = [(f"P{number}", "criminal" if number < 24 else "sexual", "2026-02-03") for number in range(42)]


def test_rows_and_children_are_counted_by_what_is_agreed_and_rounded(tmp_path):
    people = {f"P{number}": ("male" if number < 30 else "female", date(2011, 1, 1)) for number in range(42)}
    found = counted(tmp_path, tables([*MANY, ("P0", "criminal", "2026-03-01")], people))
    assert found["flags_rows", "all", "all"] == 45
    assert found["flags_children", "all", "all"] in (40, 45), "42: which of the two depends on a key"
    assert (found["flags_rows", "exploitation", "criminal"], found["flags_rows", "exploitation", "sexual"]) == (25, 20)
    assert found["flags_children", "sex", "male"] == 30
    assert found["flags_children", "sex", "female"] == found["flags_children", "all", "all"] - 30
    assert found["flags_children", "age_band", "13-15"] == found["flags_children", "all", "all"]


def test_a_quarter_of_which_no_row_changed_is_counted_as_before(tmp_path):
    half_a_year = mapping(tmp_path).model_copy(update={"covers_months": 6})
    autumn = [(f"P{number}", "criminal" if number < 24 else "sexual", "2025-11-03") for number in range(43)]
    people = {f"P{number}": ("male" if number < 31 else "female", date(2011, 1, 1)) for number in range(60)}

    def autumn_counts(winter):
        found = count_locally(tables([*autumn, *winter], people), mapping=half_a_year, period=Q1, agency="police").to_pylist()
        return [row["count"] for row in found if row["period_start"] == date(2025, 10, 1)]

    assert autumn_counts(MANY)[0] in (40, 45)
    assert all(autumn_counts(MANY[late:]) == autumn_counts(MANY) for late in range(1, 9))


def test_a_small_count_is_withheld_and_never_nought(tmp_path):
    found = counted(tmp_path, tables([(f"P{number}", "criminal", "2026-02-03") for number in range(9)]))
    assert set(found.values()) == {"withheld"}


def test_nothing_in_a_quarter_is_withheld_too_for_none_would_tell_as_much(tmp_path):
    assert counted(tmp_path, tables([]))["flags_rows", "all", "all"] == "withheld"


def test_many_rows_of_few_children_are_withheld(tmp_path):
    found = counted(tmp_path, tables([(f"P{number % 4}", "criminal", f"2026-02-{1 + number % 28:02}") for number in range(40)]))
    assert found["flags_rows", "all", "all"] == "withheld"


def test_a_withheld_part_is_not_told_by_the_total_and_the_rest(tmp_path):
    rows = [*MANY, ("Q1", "gangs", "2026-02-03")]
    found = counted(tmp_path, tables(rows))
    assert found["flags_rows", "exploitation", "gangs"] == "withheld"
    # What a reader can work out: each shown number lies within two of the truth, and the three parts make up the total.
    total, parts = found["flags_rows", "all", "all"], [found["flags_rows", "exploitation", kind] for kind in ("criminal", "sexual")]
    if total != "withheld" and "withheld" not in parts:
        least, most = max(total - 2 - sum(part + 2 for part in parts), 0), min(total + 2 - sum(part - 2 for part in parts), 9)
        assert most > least


def test_a_mapping_may_ask_for_more_protection_and_not_for_less(tmp_path):
    assert counted(tmp_path, tables(MANY), "{counts: {threshold: 50}}")["flags_rows", "all", "all"] == "withheld"
    with pytest.raises(Exception, match="threshold"):
        mapping(tmp_path, "{counts: {threshold: 3}}")


def test_only_the_breakdowns_agreed_are_made_and_an_unknown_one_stops_everything(tmp_path):
    found = counted(tmp_path, tables(MANY), "{counts: {breakdowns: [exploitation]}}")
    assert {breakdown for _, breakdown, _ in found} == {"all", "exploitation"}
    with pytest.raises(RuleNotUnderstood, match="school"):
        counted(tmp_path, tables(MANY), "{counts: {breakdowns: [school]}}")


def test_incidents_are_counted_as_rows_only_since_nobody_in_them_is_looked_at(tmp_path):
    rows = [{"ward": "Harbour", "started_at": datetime(2026, 1, 5)} for _ in range(12)]
    incident = pa.Table.from_pylist(rows, pa.schema([("ward", pa.string()), ("started_at", pa.timestamp("s"))]))
    found = counted(tmp_path, {"incident": incident})
    assert found["incidents_rows", "ward", "Harbour"] == 10
    assert not [measure for measure, *_ in found if measure.endswith("_children")]


def test_every_count_travels_with_its_definition(tmp_path):
    found = count_locally(tables(MANY), mapping=mapping(tmp_path), period=Q1, agency="police")
    assert all("withheld" in note and "first applied" in note for note in found["definition_note"].to_pylist())
    assert set(found["period_start"].to_pylist()) == {Q1.start}


def test_every_count_of_the_catalogue_names_a_date_that_exists():
    for count in load_local_counts().values():
        assert count.dated_by in {column.name for column in ENTITIES[count.entity].columns}
        assert count.says.endswith(".")


def test_the_same_command_makes_only_counts_and_the_package_holds_nothing_else(tmp_path):
    people = [PEOPLE[0].replace("NOM-70001", f"NOM-7{number:04}") for number in range(20)]
    extract = write_extract(tmp_path, people=tuple(people), header=HEADER)
    prepared = made(tmp_path, files=[extract], mode="aggregate_only", key_file=None)
    manifest, given = read_package_apart(tmp_path / "package.zip")
    assert set(given) == {"aggregate_count"}
    rows = {(row["measure"], row["breakdown"]): row["count"] for row in given["aggregate_count"].to_pylist()}
    assert rows["flags_rows", "all"] == 20
    assert {one.outcome for one in manifest.columns} == {"dropped"}
    assert manifest.k_anonymity is None
    content = (tmp_path / "package.zip").read_bytes().decode("utf-8", errors="replace")
    assert [secret for secret in SECRETS if secret in content] == []
    assert prepared.manifest == manifest
    assert left_in(tmp_path) == {"package.zip", "package.zip.sha256"}
