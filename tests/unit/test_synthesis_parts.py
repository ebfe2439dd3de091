"""The pieces of the invented partnership: numbers, places, days, slips of the keyboard and workbooks."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import python_calamine

from sightline.synthesis.errors_of_recording import slip
from sightline.synthesis.files import Workbook, append_csv, rows_xml
from sightline.synthesis.geography import Area, make_area
from sightline.synthesis.names import ETHNICITIES, NICKNAMES
from sightline.synthesis.national_grid import longitude_latitude
from sightline.synthesis.numbers import PRIME, ROOM, Scramble, nhs_numbers, pupil_numbers
from sightline.synthesis.returns import CORRECTED, PERIODS, all_returns


@pytest.fixture(scope="module")
def area() -> Area:
    return make_area(np.random.default_rng(4), 60_000)


def test_the_grid_agrees_with_the_ordnance_surveys_worked_example() -> None:
    # Caister water tower, OSGB36 to WGS84: the guide's own point, its latitude and longitude to about five metres.
    longitude, latitude = longitude_latitude(np.array([651409.903]), np.array([313177.270]))

    assert longitude[0] == pytest.approx(1.716074, abs=5e-5)
    assert latitude[0] == pytest.approx(52.657978, abs=5e-5)


def test_neighbouring_wards_trace_the_same_border(area: Area) -> None:
    owners: dict[tuple[tuple[float, float], tuple[float, float]], int] = {}
    for ring in area.rings:
        for start, end in zip(ring[:-1].tolist(), ring[1:].tolist(), strict=True):
            edge = tuple(sorted((tuple(start), tuple(end))))
            owners[edge] = owners.get(edge, 0) + 1  # type: ignore[index]

    assert set(owners.values()) == {1, 2}
    assert sum(count == 2 for count in owners.values()) > sum(count == 1 for count in owners.values())


def test_every_postcode_lies_in_its_own_ward(area: Area) -> None:
    assert (area.wards_at(area.points[: area.inside]) == area.ward_of[: area.inside]).all()


def test_postcodes_and_wards_are_distinct_and_belong_to_no_real_place(area: Area) -> None:
    assert len(set(area.postcodes)) == len(area.postcodes)
    assert all(postcode.startswith("Q") for postcode in area.postcodes)
    assert len(set(area.ward_names)) == area.wards
    longitude, latitude = longitude_latitude(area.points[: area.inside, 0], area.points[: area.inside, 1])
    assert longitude.min() > 1.0  # north of Norfolk, every bit of land lies west of 0.4 degrees east
    assert latitude.min() > 54.0


@pytest.mark.parametrize(("children", "wards"), [(1_000, 12), (60_000, 24), (12_000_000, 400)])
def test_an_area_has_as_many_wards_as_its_children_need(children: int, wards: int) -> None:
    made = make_area(np.random.default_rng(1), children)

    assert made.wards == wards
    assert len(set(made.ward_names)) == wards
    assert len(set(made.postcodes)) == len(made.postcodes)


def test_a_gathering_place_lies_on_the_border_of_two_wards(area: Area) -> None:
    for spot, (one, other) in zip(area.hotspots, area.hotspot_wards, strict=True):
        assert (area.rings[one] == spot).all(axis=1).any()
        assert (area.rings[other] == spot).all(axis=1).any()


def test_nhs_numbers_begin_with_nine_have_a_valid_check_digit_and_are_never_given_twice() -> None:
    numbers = [number for number in nhs_numbers(Scramble(np.random.default_rng(3)), np.arange(40_000)) if number]

    assert len(numbers) > 39_990
    assert len(set(numbers)) == len(numbers)
    for number in numbers[:500]:
        total = sum(int(digit) * weight for digit, weight in zip(number, range(10, 1, -1), strict=False))
        assert number[0] == "9"
        assert len(number) == 10
        assert (11 - total % 11) % 11 == int(number[9])


def test_pupil_numbers_have_a_valid_check_letter_and_are_never_given_twice() -> None:
    numbers = pupil_numbers(Scramble(np.random.default_rng(3)), np.arange(30_000), np.full(30_000, 2019))

    assert len(set(numbers)) == 30_000
    for number in numbers[:500]:
        total = sum(int(digit) * weight for digit, weight in zip(number[1:], range(2, 14), strict=True))
        assert number[0] == "ABCDEFGHJKLMNPQRTUVWXYZ"[total % 23]


def test_a_persons_second_number_is_nobody_elses_first() -> None:
    scramble = Scramble(np.random.default_rng(9))
    people = np.arange(20_000)

    assert len(np.union1d(scramble(people), scramble(people + 2 * ROOM))) == 40_000
    assert scramble(people).max() < PRIME


@pytest.mark.parametrize("kind", range(4))
def test_a_slip_of_the_keyboard_changes_a_name_and_keeps_its_first_letter(kind: int) -> None:
    for name in ("Harriet", "Okafor", "Al-Sayed", "Zoë", "Li"):
        written = slip(name, kind, 7)
        assert written[0] == name[0]
        assert abs(len(written) - len(name)) <= 1


def test_every_name_can_be_written_in_the_old_systems_encoding() -> None:
    for _, _, _, tradition, _ in ETHNICITIES:
        for name in (*tradition.girls, *tradition.boys, *tradition.families):
            assert name.encode("cp1252")
    assert sum(row[4] for row in ETHNICITIES) == pytest.approx(1.0)
    assert all(name != short for name, short in NICKNAMES.items())


def test_returns_are_listed_in_order_of_arrival_and_each_version_follows_the_one_before() -> None:
    returns = all_returns()
    latest: dict[tuple[str, str], int] = {}

    assert [sent.arrived for sent in returns] == sorted(sent.arrived for sent in returns)
    for sent in returns:
        key = (sent.dataset, sent.period.name)
        assert sent.version == latest.get(key, 0) + 1
        latest[key] = sent.version
        assert sent.arrived > sent.period.end
    assert {key for key, version in latest.items() if version == 2 and key[0] != "police"} == CORRECTED


def test_the_last_quarter_is_missing_one_agency_and_the_police_have_just_begun_it() -> None:
    last = [sent for sent in all_returns() if sent.period == PERIODS[-1]]

    assert "housing" not in {sent.agency for sent in last}
    assert len({sent.agency for sent in last}) == 7
    assert [sent.share for sent in last if sent.agency == "police"] == [0.70]


def test_a_workbook_that_is_full_goes_on_in_a_numbered_part(tmp_path: Path) -> None:
    book = Workbook(
        tmp_path / "cases.xlsx", tmp_path / "room", [("Cases", ("A title",), ("Name", "Day")), ("Empty", (), ("Only",))], row_limit=5
    )
    for first in (0, 4):
        rows = {"name": [f"{number} < & > O'Neill" for number in range(first, first + 4)], "day": [date(2025, 1, 2)] * 4}
        book.append("Cases", pl.DataFrame(rows))
    paths = book.finish()

    assert [path.name for path in paths] == ["cases.xlsx", "cases_part2.xlsx", "cases_part3.xlsx"]
    found = []
    for path in paths:
        opened = python_calamine.CalamineWorkbook.from_path(path)
        assert opened.sheet_names == ["Cases", "Empty"]
        table = opened.get_sheet_by_name("Cases").to_python()
        assert table[0][0] == "A title"
        assert table[1] == ["Name", "Day"]
        found += table[2:]
    assert found == [[f"{number} < & > O'Neill", date(2025, 1, 2)] for number in range(8)]


def test_an_empty_cell_keeps_the_cells_after_it_in_their_columns() -> None:
    xml = rows_xml(pl.DataFrame({"a": [None, "x"], "b": [1, None], "c": ["y", "z"]}, schema_overrides={"a": pl.String}), {})

    assert xml.count("<c/>") == 2
    assert xml.count("<row>") == 2


def test_rows_added_later_do_not_repeat_the_header(tmp_path: Path) -> None:
    for name in ("Zoë", "Siân"):
        append_csv(tmp_path / "a.csv", pl.DataFrame({"name": [name], "n": [1]}), separator=";", encoding="cp1252")

    assert (tmp_path / "a.csv").read_bytes().decode("cp1252") == "name;n\r\nZoë;1\r\nSiân;1\r\n"
