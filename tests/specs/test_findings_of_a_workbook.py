"""An Annex A workbook of 3,300 rows with eight planted causes is told in at most ten findings, each of them complete."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pytest
import xlsxwriter

from sightline.definitions.formats import load_format
from sightline.intake import IntakeResult, read_return
from sightline.model.findings import Blocks, Finding, Severity
from sightline.model.periods import Quarter

FORMAT = load_format("annex_a")
PERIOD = Quarter(2026, 1)
LISTS = [name for name in FORMAT.tables if name not in {"list_10", "list_11"}]
ROWS_A_LIST = 371
MOST_FINDINGS = 10
GOOD_CODES = {"sex": "Female", "ethnicity": "WBRI", "primary_need": "N1"}


@dataclass
class Book:
    """Rows of each list by the format's own column names, and what was planted in them."""

    rows: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    shifted: str = ""

    def write(self, path: Path) -> Path:
        book = xlsxwriter.Workbook(str(path))
        for name, rows in self.rows.items():
            table = FORMAT.tables[name]
            columns = [column for column, declared in table.columns.items() if not declared.headers[0].startswith("/")]
            sheet = book.add_worksheet(name.replace("_", " ").title())
            sheet.write_row(0, 0, [table.columns[column].headers[0] for column in columns])
            for number, row in enumerate(rows, 1):
                cells = [row.get(column, "") for column in columns]
                sheet.write_row(number, 0, [cells[0], "", *cells[1:]] if name == self.shifted else cells)
        book.close()
        return path


def day(text: date) -> str:
    return text.strftime("%d/%m/%Y")


def good_book() -> Book:
    """Ten of the lists, each row of a child of its own, all of it as it should be."""
    rng, book, child = random.Random(3), Book(), 0
    for name in LISTS:
        table, rows = FORMAT.tables[name], []
        for _ in range(ROWS_A_LIST):
            child += 1
            event = date(2025, 10, 1) + timedelta(days=rng.randrange(170))
            row = {}
            for column, declared in table.columns.items():
                if declared.type in {"date", "datetime"}:
                    row[column] = day(date(2011, 1, 1) + timedelta(days=rng.randrange(1000)) if declared.span == "birth" else event)
                elif declared.type == "code" and declared.codes:
                    values = FORMAT.codes[declared.codes].values
                    row[column] = GOOD_CODES.get(declared.codes) or next(value.title or code for code, value in values.items())
                elif declared.type == "boolean":
                    row[column] = "Yes"
                elif declared.type == "integer":
                    row[column] = "0"
            row[table.person or ""] = f"C{child:05d}"
            rows.append(row)
        book.rows[name] = rows
    return book


def plant_wrong_date_order(book: Book) -> None:
    for row in book.rows["list_3"]:
        dd, mm, yyyy = row["received_on"].split("/")
        row["received_on"] = f"{mm}/{dd}/{yyyy}"


def plant_shifted_columns(book: Book) -> None:
    book.shifted = "list_4"


def plant_unknown_codes(book: Book) -> None:
    for name in ("list_1", "list_2", "list_5", "list_7", "list_8"):
        for row in book.rows[name][:40]:
            row["ethnicity"] = "ZZ9"


def plant_missing_numbers(book: Book) -> None:
    for row in book.rows["list_2"][100:130]:
        row["child"] = ""


def plant_ends_before_starts(book: Book) -> None:
    for row in book.rows["list_7"][50:75]:
        row["started_on"], row["ended_on"] = "04/12/2025", "05/11/2025"


def plant_far_future(book: Book) -> None:
    for name, column in (("list_1", "contacted_on"), ("list_8", "started_on"), ("list_1", "born_on"), ("list_9", "born_on")):
        for row in book.rows[name][200:206]:
            row[column] = row[column][:6] + "2062"
            row.pop("ended_on", None)


def plant_duplicates(book: Book) -> None:
    book.rows["list_1"] += [dict(row) for row in book.rows["list_1"][300:312]]


def plant_a_missing_list(book: Book) -> None:
    del book.rows["list_6"]


PLANTED = [
    plant_wrong_date_order,
    plant_shifted_columns,
    plant_unknown_codes,
    plant_missing_numbers,
    plant_ends_before_starts,
    plant_far_future,
    plant_duplicates,
    plant_a_missing_list,
]
TOLD_AS = ["SL-INT-014", "SL-INT-012", "SL-INT-024", "SL-INT-030", "SL-AXA-701", "SL-INT-036", "SL-INT-034"]


def read(book: Book, folder: Path) -> IntakeResult:
    return read_return([book.write(folder / "annex_a.xlsx")], mapping=FORMAT, period=PERIOD, agency="csc", dataset="annex_a")


@pytest.fixture(scope="module")
def result(tmp_path_factory) -> IntakeResult:
    book = good_book()
    for plant in PLANTED:
        plant(book)
    assert 2900 < sum(map(len, book.rows.values())) < 3400
    return read(book, tmp_path_factory.mktemp("book"))


def test_the_workbook_before_anything_is_planted_has_nothing_to_tell(tmp_path) -> None:
    assert [finding.text for finding in read(good_book(), tmp_path).findings] == []


def test_eight_causes_in_three_thousand_rows_are_at_most_ten_findings_and_all_are_told(result) -> None:
    told = [finding.code for finding in result.findings]

    assert len(told) <= MOST_FINDINGS, told
    assert set(TOLD_AS) <= set(told)
    assert any("List 6" in absent.what for absent in result.not_checked)


def of(result: IntakeResult, code: str) -> Finding:
    (finding,) = [finding for finding in result.findings if finding.code == code]
    return finding


@pytest.mark.parametrize("code", TOLD_AS)
def test_every_finding_is_complete(result, code) -> None:
    finding = of(result, code)

    assert finding.place.file == "annex_a.xlsx"
    assert finding.place.sheet
    assert finding.place.column
    assert finding.place.letter
    assert finding.rows > 0
    assert 1 <= len(finding.examples) <= 5
    assert finding.values
    assert finding.expected
    assert finding.severity in Severity
    assert (Blocks.RETURN in finding.blocks) == (finding.severity is Severity.BLOCK)


def test_no_finding_holds_a_number_of_a_person_or_a_date_of_birth(result) -> None:
    words = " ".join(str(finding.as_dict()) for finding in result.findings)

    assert "C00" not in words
    assert "/2062" not in words
    assert "/2011" not in words


def test_one_code_on_five_lists_is_one_finding_with_five_places(result) -> None:
    finding = of(result, "SL-INT-024")

    assert finding.rows == 200
    assert finding.values == ("ZZ9",)
    assert len({place.sheet for place in (finding.place, *finding.also)}) == 5


def test_far_off_dates_in_four_columns_are_one_finding_and_the_year_is_seen_to_be_mistyped(result) -> None:
    finding = of(result, "SL-INT-036")

    assert finding.rows == 24
    assert {place.sheet for place in (finding.place, *finding.also)} == {"List 1", "List 8", "List 9"}
    assert finding.fix is not None
    assert finding.fix.confidence is not None
    assert finding.fix.confidence > 0.5


def test_shifted_columns_are_one_finding_that_says_which_and_how_far(result) -> None:
    finding = of(result, "SL-INT-012")

    assert "one column to the right" in finding.text
    assert finding.fix is not None
    assert "one column" in finding.fix.text or "1 column to the left" in finding.fix.text
    assert len(finding.also) >= 2
    assert any("List 4" in absent.what for absent in result.not_checked)


def test_a_whole_column_in_the_other_order_is_seen_as_that(result) -> None:
    finding = of(result, "SL-INT-014")

    assert finding.fix is not None
    assert "month/day/year" in finding.fix.text
    assert finding.fix.confidence is not None
    assert finding.fix.confidence > 0.9


def test_dates_turned_round_are_suggested_where_day_and_month_may_have_changed_places(result) -> None:
    finding = of(result, "SL-AXA-701")

    assert finding.rows == 25
    assert finding.fix is not None
    assert "changed places" in finding.fix.text
