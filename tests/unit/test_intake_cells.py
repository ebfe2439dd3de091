"""Cells of text become dates, numbers, codes and identifiers, or are marked as not understood."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from sightline.definitions.formats import load_format
from sightline.definitions.mappings import CodeList, Column
from sightline.intake.cells.codes import build_code_book, normalise
from sightline.intake.cells.columns import read_column
from sightline.intake.cells.dates import WORTH_VECTORISING, read_date, read_dates
from sightline.intake.cells.plain import is_nhs_number, read_numbers, read_postcodes, read_truths, valid_identifiers


@pytest.mark.parametrize(
    ("text", "value", "precision"),
    [
        ("2025-06-02", datetime(2025, 6, 2), "day"),
        ("2025-Jun-02 00:00:00", datetime(2025, 6, 2), "minute"),
        ("02/06/2025", datetime(2025, 6, 2), "day"),
        ("2/6/25", datetime(2025, 6, 2), "day"),
        ("02-06-99", datetime(1999, 6, 2), "day"),
        ("02.06.2025 14:05", datetime(2025, 6, 2, 14, 5), "minute"),
        ("2025-06-02T14:05:09", datetime(2025, 6, 2, 14, 5, 9), "minute"),
        ("2022-07-21T10:12:28Z", datetime(2022, 7, 21, 10, 12, 28), "minute"),
        ("2 June 2025", datetime(2025, 6, 2), "day"),
        ("2nd Jun 2025", datetime(2025, 6, 2), "day"),
        ("20250602", datetime(2025, 6, 2), "day"),
        ("06/2025", datetime(2025, 6, 1), "month"),
        ("2025-06", datetime(2025, 6, 1), "month"),
        ("June 2025", datetime(2025, 6, 1), "month"),
        ("2025", datetime(2025, 1, 1), "year"),
    ],
)
def test_a_date_is_read_with_how_exact_it_is(text, value, precision):
    assert read_date(text, "day_first", False) == (value, precision)


@pytest.mark.parametrize(
    "text", ["31/02/2025", "12/25/2025", "1066-04-13", "soon", "11 months", "45 Juin 2025", "99999", "3/4", "2025-13-01"]
)
def test_what_is_not_a_date_is_not_guessed(text):
    assert read_date(text, "day_first", False) is None


def test_the_declared_order_decides_ambiguous_dates():
    cells = pl.Series(["03/04/2025"])

    days = [read_dates(cells, order=order)["value"][0] for order in ("day_first", "month_first", "iso")]

    assert days == [datetime(2025, 4, 3), datetime(2025, 3, 4), None]


def test_serial_day_numbers_are_dates_only_where_they_are_expected():
    cells = pl.Series(["45810", "45810.75"])

    assert read_dates(cells, order="day_first", serials=True)["value"].to_list() == [datetime(2025, 6, 2), datetime(2025, 6, 2, 18)]
    assert read_dates(cells, order="day_first")["value"].to_list() == [None, None]
    assert read_dates(cells, order="day_first", formats=["excel_serial"])["value"][0] == datetime(2025, 6, 2)


def test_declared_formats_admit_no_other():
    read = read_dates(pl.Series(["06/2025", "02/06/2025"]), order="day_first", formats=["%m/%Y"])

    assert read["value"].to_list() == [datetime(2025, 6, 1), None]
    assert read["precision"].to_list() == ["month", None]


def test_a_long_column_reads_as_a_short_one():
    texts = [f"{1 + n % 28:02d}/{1 + n % 12:02d}/{1990 + n % 35} {n % 24:02d}:{n % 60:02d}" for n in range(WORTH_VECTORISING + 200)]
    texts += ["2025-06-02", "nonsense", "2025", "02/06/0025"]
    together = read_dates(pl.Series(texts), order="day_first")

    one_by_one = [read_date(text, "day_first", False) or (None, None) for text in texts]
    assert list(zip(together["value"], together["precision"], strict=True)) == one_by_one


def test_a_column_whose_every_time_is_midnight_holds_days():
    form = load_format("ssda903")
    column = Column(headers="Start", type="datetime")

    midnight = read_column(pl.Series(["2025-06-02 00:00:00", "2025-06-03 00:00:00"]), "start", column, form, in_workbook=False)
    timed = read_column(pl.Series(["2025-06-02 00:00:00", "2025-06-03 10:00:00"]), "start", column, form, in_workbook=False)

    assert midnight.columns[1].to_list() == ["day", "day"]
    assert timed.columns[1].to_list() == ["minute", "minute"]


def test_numbers_truths_and_postcodes():
    assert (
        read_numbers(pl.Series(["1", "2.0", "1,204", "1.5", "<1", "nan", "inf", "1e400"]), whole=True).to_list()
        == [1, 2, 1204] + [None] * 5
    )
    assert read_numbers(pl.Series(["1.5"]), whole=False).to_list() == [1.5]
    assert read_truths(pl.Series(["a) Yes", "N", "TRUE", "0", "maybe"])).to_list() == [True, False, True, False, None]
    assert read_postcodes(pl.Series(["qs42ab", " QS4  2AB ", "nope", "QS4"])).to_list() == ["QS4 2AB", "QS4 2AB", None, None]


@pytest.mark.parametrize(("number", "valid"), [("9434765919", True), ("9434765918", False), ("943476591", False), ("94347659１9", False)])
def test_an_nhs_number_has_its_check_digit(number, valid):
    assert is_nhs_number(number) is valid
    assert valid_identifiers(pl.Series([number]), "nhs_number").to_list() == [valid]


def test_a_doubtful_number_is_kept_and_told():
    column = Column(headers="NHS", type="nhs_number")

    reading = read_column(pl.Series(["943 476 5918", None]), "nhs", column, load_format("ssda903"), in_workbook=False)

    assert reading.columns[0].to_list() == ["9434765918", None]
    assert reading.doubtful is not None
    assert reading.doubtful.to_list() == [True, False]


def book(**column):
    codes = CodeList.model_validate(
        {
            "common": "referral_source",
            "values": {
                "individual": ["1A", "Individual"],
                "health": ["3A", "Health services"],
                "police": ["6", "Police"],
                "other": ["8", "Other"],
                "not_recorded": [],
            },
        }
    )
    return build_code_book(codes, Column(headers="x", type="code", codes="x", **column))


@pytest.mark.parametrize(
    ("text", "common"),
    [
        ("q) 6: Police", "police"),
        ("6 - Police", "police"),
        ("POLICE", "police"),
        ("g) Police", "police"),
        ("6", "police"),
        ("3A: our own words for it", "health"),
        ("a) Individual", "individual"),
    ],
)
def test_the_spellings_seen_in_real_extracts_mean_one_code(text, common):
    assert book().common(text) == (common, False)


def test_a_text_that_says_two_things_is_not_mapped():
    assert book().common("6: Individual") == (None, True)


def test_a_list_letter_alone_is_not_a_code():
    assert book().common("q)") == (None, False)


def test_a_mappings_own_spelling_goes_before_the_lists():
    assert book(map={"6: Individual": "individual"}).common("6: Individual") == ("individual", False)


def test_a_spelling_under_two_codes_belongs_to_neither():
    codes = CodeList.model_validate({"values": {"a1": ["Ambulance"], "b1": ["ambulance "]}})

    assert build_code_book(codes, Column(headers="x")).common("Ambulance") == (None, True)


def test_spellings_differ_by_more_than_case_and_quotes():
    assert normalise("‘Missing’ – from  CARE") == normalise("'missing' from care")


def test_event_dates_keep_their_own_day():
    reading = read_column(pl.Series(["05/01/2026"]), "day", Column(headers="d", type="date"), load_format("annex_a"), in_workbook=True)

    assert reading.columns[0].to_list() == [date(2026, 1, 5)]
