"""Ask a table: a form that works without a script, answers that agree with each other, mistakes told at the form, and files of the same."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from html import unescape

import pytest
from django.test import Client
from lxml import html

from sightline.app.roles import Role
from sightline.web.release_source import using
from tests.web.example import ExampleSource, full_source

PAGE = "/indicators/children_with_known_concern/table"

pytestmark = pytest.mark.usefixtures("pages")


@pytest.fixture
def analyst(sign_in: Callable[..., Client]) -> Client:
    return sign_in(Role.ANALYST)


def table_of(content: bytes) -> list[list[str]]:
    page = html.fromstring(content.decode())
    return [[cell.text_content().strip() for cell in row.xpath("th|td")] for row in page.xpath("//main//table//tr")]


def numbers(cells: list[str]) -> list[int]:
    return [0 if cell.startswith("0 to") else int(cell.replace(",", "")) for cell in cells]


def test_the_first_look_needs_no_choice_and_says_how_to_read_it(analyst: Client) -> None:
    response = analyst.get(PAGE)
    words = unescape(response.content.decode())

    assert response.status_code == 200
    assert "Children with a known concern by age, January to March 2026" in words
    assert "Rounded to 5; sums agree." in words
    assert "<svg" in words, "the chart stands beside the numbers"
    assert table_of(response.content)[1][0] == "All"


def test_rows_and_columns_add_up_to_their_totals_however_they_are_asked(analyst: Client) -> None:
    one = table_of(analyst.get(PAGE, {"rows": "sex", "columns": "ethnicity"}).content)
    other = table_of(analyst.get(PAGE, {"rows": "ethnicity", "columns": "sex"}).content)

    for table in (one, other):
        total, *rows = [numbers(row[1:]) for row in table[1:]]
        assert [sum(column) for column in zip(*rows, strict=True)] == total
        assert all(row[0] == sum(row[1:]) for row in rows)
    assert [row[1] for row in one[1:2]] == [row[1] for row in other[1:2]], "one total"


def test_ticked_boxes_are_added_together_and_kept_ticked(analyst: Client) -> None:
    whole = table_of(analyst.get(PAGE, {"rows": "sex"}).content)
    parts = [table_of(analyst.get(PAGE, {"rows": "sex", "where-age_band": [code]}).content) for code in ("13-15", "16-17")]
    response = analyst.get(PAGE, {"rows": "sex", "where-age_band": ["13-15", "16-17"]})
    both = table_of(response.content)

    assert numbers([row[1] for row in both[1:]]) == [
        sum(pair) for pair in zip(*(numbers([row[1] for row in part[1:]]) for part in parts), strict=True)
    ]
    assert numbers([both[1][1]])[0] < numbers([whole[1][1]])[0]
    page = html.fromstring(response.content.decode())
    assert page.xpath("//input[@name='where-age_band' and @checked]/@value") == ["13-15", "16-17"]
    assert page.xpath("//details[@id='where-age_band']/@open"), "a filter in force is not hidden"
    assert "only age: 13 to 15, 16 to 17" in unescape(response.content.decode())


def test_areas_of_the_place_table_are_sums_of_their_wards(analyst: Client) -> None:
    asked = {"table": "places_age", "rows": "council", "columns": "age_band"}
    councils = table_of(analyst.get(PAGE, asked).content)
    wards = table_of(analyst.get(PAGE, {**asked, "rows": "ward"}).content)

    north = [numbers(row[1:]) for row in wards if row[0] in ("Harbour", "Lighthouse", "Saltings")]
    assert numbers(councils[2][1:]) == [sum(column) for column in zip(*north, strict=True)]


@pytest.mark.parametrize(
    ("asked", "part", "told"),
    [
        ({"rows": "postcode"}, "rows", "Choose rows that this table has."),
        ({"columns": "shoe_size"}, "columns", "Choose columns that this table has."),
        (
            {"table": "places_age", "rows": "ward", "columns": "council"},
            "columns",
            "Choose columns that are not told by the same as",
        ),
        ({"period": "1999-Q1"}, "period", "Choose a period that this table has."),
        ({"where-sex": "everybody"}, "where-sex", "Tick what is listed under sex."),
        ({"show": "names"}, "show", "Choose numbers or percentages."),
    ],
)
def test_a_mistake_is_told_at_its_part_of_the_form_and_quotes_nothing(analyst: Client, asked: dict[str, str], part: str, told: str) -> None:
    response = analyst.get(PAGE, asked)
    page = html.fromstring(response.content.decode())

    assert response.status_code == 400
    assert page.xpath(f"//div[contains(@class,'govuk-error-summary')]//a[@href='#{part}']/text()")[0].startswith(told)
    assert page.xpath(f"//*[@id='{part}']"), "the summary leads there"
    assert not page.xpath("//main//table"), "no answer to a question that was not understood"
    written = " ".join(page.xpath("//main")[0].text_content().split())
    assert not any(value in written for value in ("postcode", "shoe_size", "everybody", "1999"))


def test_a_period_without_numbers_says_why_and_shows_no_empty_table(analyst: Client) -> None:
    response = analyst.get("/indicators/missing_episodes/table", {"period": "2025-Q4"})

    assert response.status_code == 200
    assert "no return received" in response.content.decode()
    assert table_of(response.content) == []


def test_an_indicator_without_tables_says_where_its_figures_are(analyst: Client) -> None:
    response = analyst.get("/indicators/children_newly_recognised/table")

    assert "no tables of this indicator" in response.content.decode()
    assert analyst.get("/indicators/no_such/table").status_code == 404


def test_percentages_are_of_shown_numbers_and_withheld_where_few_stand_behind_them(analyst: Client) -> None:
    table = table_of(analyst.get(PAGE, {"rows": "ethnicity", "columns": "age_band", "show": "of_row", "where-sex": "not_recorded"}).content)

    cells = [cell for row in table[1:] for cell in row[1:]]
    assert {cell[-1] for cell in cells if cell != "withheld"} == {"%"}
    assert "withheld" in cells
    assert {len(row) for row in table} == {len(table[0])}, "a withheld number says so in its own column"


def test_the_files_hold_the_same_numbers_with_how_far_off_each_may_be(analyst: Client) -> None:
    asked = {"rows": "sex", "columns": "age_band", "where-ethnicity": ["asian", "black"]}
    page = analyst.get(PAGE, asked)
    links = html.fromstring(page.content.decode()).xpath("//a[contains(@href,'table.csv')]/@href")
    response = analyst.get(links[0])
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))

    shown = [cell for row in table_of(page.content)[1:] for cell in row[1:]]
    assert [int(row["count"]) if not row["count"].startswith("0-") else 0 for row in rows] == numbers(shown)
    assert {row["may_err_by"] for row in rows} == {"8"}, "two served numbers make each of these up"
    assert analyst.get(links[0].replace("table.csv", "table.xlsx")).content[:2] == b"PK"
    assert analyst.get(links[0].replace("table.csv", "table.exe")).status_code == 404
    assert analyst.get(links[0].replace("rows=sex", "rows=nobody")).status_code == 404


def test_the_indicator_leads_to_its_tables_and_an_administrator_may_not_see_them(sign_in: Callable[..., Client], analyst: Client) -> None:
    assert PAGE in analyst.get("/indicators/children_with_known_concern").content.decode()
    administrator = sign_in(Role.ADMINISTRATOR)
    assert administrator.get(PAGE).status_code == 403
    assert administrator.get("/indicators/children_with_known_concern").status_code == 403


@pytest.fixture
def without_release() -> Iterator[None]:
    with using(ExampleSource()):
        yield


def test_before_the_first_release_the_page_says_what_to_do(without_release: None, analyst: Client) -> None:
    response = analyst.get(PAGE)

    assert response.status_code == 200
    assert full_source().asked, "there are tables once there is a release"
    assert not table_of(response.content)
