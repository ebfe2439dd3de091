"""Three invented years of the return about looked-after children, accepted: one history, with every inferred end marked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from tests.support.care import write_return
from tests.support.partnership import NOW, create_agreed, write_geography, write_partnership

from sightline.app.check_extract import check_extract
from sightline.app.publish_generation import publish_generation
from sightline.app.receipts import Receipt
from sightline.app.several_years import WHAT
from sightline.app.submit_return import submit_return
from sightline.app.tables import open_tables
from sightline.app.withdraw_return import withdraw_return
from sightline.app.workspace import Workspace
from sightline.engine.duckdb import DuckDBEngine
from sightline.errors import InputRefused
from sightline.model.periods import Quarter

PARTNERSHIP = """
id: years
name: Years Partnership
area: Years
authority_code: "999"
first_period: 2022-Q1
agencies:
  - id: csc
    name: Children's social care
    mode: record_level
    datasets:
      - {id: ssda903, title: Looked-after children return, format: ssda903, every: year, due_days: 60}
"""
YEARS = {
    2023: (
        "stays    | 2022-05-01 | S | | ",
        "moves    | 2022-06-01 | S | | ",
        "vanishes | 2022-07-01 | S | 2022-09-01 | X1",
        "vanishes | 2022-09-01 | P | | ",
        "goes     | 2022-08-01 | S | 2022-12-01 | E4A",
        "mended   | 2022-08-03 | S | | ",
    ),
    2024: (
        "stays    | 2022-05-01 | S | | ",
        "moves    | 2022-06-01 | S | 2023-10-01 | X1",
        "moves    | 2023-10-01 | P | | ",
        "mended   | 2022-08-01 | S | | ",
    ),
    2025: (
        "stays    | 2022-05-01 | S | | ",
        "moves    | 2023-10-01 | P | 2024-11-05 | E4A",
        "mended   | 2022-08-01 | S | 2024-08-08 | E4A",
    ),
}
SPELLS = [
    ("2022-05-01", None, None, None),
    ("2022-06-01", "2024-11-05", "day", False),
    ("2022-07-01", "2023-03-31", "year", True),
    ("2022-08-01", "2022-12-01", "day", None),
    ("2022-08-01", "2024-08-08", "day", None),
]
Send = Callable[..., Receipt]


@pytest.fixture
def real(tmp_path: Path, db: None) -> Workspace:
    return create_agreed(tmp_path / "w", write_partnership(tmp_path / "p", PARTNERSHIP), write_geography(tmp_path / "g"))


@pytest.fixture
def send(real: Workspace, tmp_path: Path) -> Send:
    sent = 0

    def do(year: int, *lines: str) -> Receipt:
        nonlocal sent
        sent += 1
        folder = write_return(tmp_path / f"sent{sent}", *(lines or YEARS[year]))
        at = NOW + timedelta(days=sent)
        return submit_return(real, agency="csc", dataset="ssda903", period=Quarter(year, 1), files=[folder], by="t", at=at)

    return do


def plans(workspace: Workspace) -> list[tuple[str, str | None, str | None, bool | None]]:
    with DuckDBEngine(threads=1) as engine:
        open_tables(workspace, publish_generation(workspace, by="t", at=NOW + timedelta(days=99)), engine)
        rows = engine.query(
            "select started_on, ended_on, ended_on_precision, end_inferred from plan order by started_on, ended_on nulls first"
        ).to_pylist()

    def text(day: date | None) -> str | None:
        return str(day) if day else None

    return [(str(row["started_on"]), text(row["ended_on"]), row["ended_on_precision"], row["end_inferred"]) for row in rows]


@pytest.mark.parametrize("order", list(permutations(YEARS))[::2], ids=str)
def test_the_years_make_one_history_in_whatever_order_they_come(real, send, order):
    for year in order:
        send(year)

    assert plans(real) == SPELLS


def test_the_finding_is_told_to_whoever_sends_the_second_of_two_years(send):
    first, second, third = (send(year) for year in YEARS)

    def told(receipt: Receipt) -> dict[str, int]:
        return {finding.code: finding.rows for finding in receipt.findings if finding.code in {"SL-INT-073", "SL-INT-074", "SL-INT-075"}}

    assert (told(first), told(second), told(third)) == ({}, {"SL-INT-073": 1, "SL-INT-074": 1}, {})
    assert WHAT in {unchecked.what for unchecked in first.not_checked}
    (found,) = (finding for finding in second.findings if finding.code == "SL-INT-073")
    assert (found.place.file, found.place.column, found.examples) == ("2023-Q1/episodes.csv", "DEC", (5,))


def test_a_year_sent_again_takes_the_place_of_what_it_said_before(real, send):
    for year in (2023, 2024, 2025):
        send(year)
    send(2023, *(line.replace("| P | | ", "| P | 2023-01-05 | E4A") for line in YEARS[2023]))

    assert plans(real)[2] == ("2022-07-01", "2023-01-05", "day", None)


def test_without_the_return_of_the_year_between_nothing_is_inferred(real, send):
    send(2023)
    between = send(2024)
    send(2025)
    withdraw_return(real, return_id=between.return_id, by="t", reason="a test", at=NOW + timedelta(days=50))

    assert ("2022-07-01", None, None, None) in plans(real)


def test_an_episode_is_one_row_however_many_years_tell_of_it(real, send):
    for year in YEARS:
        send(year)
    with DuckDBEngine(threads=1) as engine:
        open_tables(real, publish_generation(real, by="t", at=NOW + timedelta(days=99)), engine)
        counted = engine.query(
            "select count(*) as episodes, count(*) filter (where end_inferred) as inferred from care_episode"
        ).to_pylist()
        told = engine.query("select count(*) as episodes from care_episode_all").to_pylist()

    assert counted == [{"episodes": 7, "inferred": 1}]
    assert told == [{"episodes": 13}]


def test_checking_the_years_together_tells_it_before_anything_is_sent(tmp_path):
    folders = [write_return(tmp_path / str(year), *lines) for year, lines in YEARS.items()]

    checked = check_extract(folders, format="ssda903")

    found = {finding.code: finding for finding in checked.findings}
    assert (found["SL-INT-073"].rows, found["SL-INT-073"].rule) == (1, "502")
    assert (found["SL-INT-073"].place.file, found["SL-INT-073"].examples) == ("2023/episodes.csv", (5,))
    assert found["SL-INT-074"].rows == 1
    assert checked.period == Quarter(2025, 1)
    assert checked.rows["care_episode"] == 13
    assert not [finding for finding in checked.findings if finding.code in {"SL-INT-034", "SL-INT-035", "SL-INT-047"}]


def test_one_folder_whose_files_name_their_year_holds_several_years_too(tmp_path):
    for year, lines in YEARS.items():
        for path in write_return(tmp_path / str(year), *lines).iterdir():
            path.rename(tmp_path / f"{path.stem}_{year - 1}-{year - 2000}.csv")
        (tmp_path / str(year)).rmdir()

    checked = check_extract([tmp_path], format="ssda903")

    assert [(one.code, one.place.file) for one in checked.findings if one.code == "SL-INT-073"] == [("SL-INT-073", "episodes_2022-23.csv")]


def test_two_returns_for_one_year_are_refused_and_so_is_one_period_for_several_years(tmp_path):
    folders = [write_return(tmp_path / name, *YEARS[2024]) for name in ("first", "again")]

    with pytest.raises(InputRefused, match="both seem to be for the year to March 2024"):
        check_extract(folders, format="ssda903")
    with pytest.raises(InputRefused, match="several years"):
        check_extract(folders, format="ssda903", period=Quarter(2024, 1))


def test_a_cause_that_stands_in_every_year_is_one_finding(tmp_path):
    folders = [write_return(tmp_path / str(year), *lines, sex="?") for year, lines in YEARS.items()]

    checked = check_extract(folders, format="ssda903")

    (found,) = (finding for finding in checked.findings if finding.place.column == "SEX" and finding.code == "SL-INT-024")
    assert found.rows == 11
    assert [place.file for place in (found.place, *found.also)] == ["2023/header.csv", "2024/header.csv", "2025/header.csv"]


def test_files_that_bear_the_day_of_their_export_are_one_return(tmp_path):
    write_return(tmp_path, *YEARS[2024])
    (tmp_path / "header.csv").rename(tmp_path / "header_20241231.csv")
    (tmp_path / "episodes.csv").rename(tmp_path / "episodes_20250102.csv")

    checked = check_extract([tmp_path], format="ssda903")

    assert checked.period == Quarter(2024, 1)
    assert checked.rows["care_episode"] == 4
