"""Whatever text stands in a cell or a file, intake answers: it never crashes, never loses a row, and says the same twice."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sightline.definitions.expressions import check_condition, parse
from sightline.definitions.formats import load_format
from sightline.definitions.mappings import Column
from sightline.intake.cells.codes import normalise
from sightline.intake.cells.columns import read_column
from sightline.intake.cells.dates import read_date, read_dates
from sightline.intake.reading.kinds import kind_of
from tests.support.intake import GOOD, HEADER, mapping, read, rows_set_aside

QUICK = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])

TRICKY = [
    "01/02/2024",
    "44197",
    "2024-13-45",
    "1e5",
    "９",
    "٣/٤/٢٠٢٤",
    "N/A",
    "'",
    '"',
    "a;b",
    "\u202e",
    "0" * 400,
    "-1",
    "1/1/1",
    "24:61",
    "é\u0301",
]
CELLS = st.one_of(
    st.text(min_size=1, max_size=30),
    st.sampled_from(TRICKY),
    st.from_regex(r"\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}( \d{2}:\d{2})?", fullmatch=True),
)
TYPES = ["text", "code", "date", "datetime", "integer", "number", "boolean", "postcode", "nhs_number", "upn"]
FORM = load_format("annex_a")


@pytest.mark.parametrize("type", TYPES)
@QUICK
@given(cells=st.lists(st.one_of(st.none(), CELLS), max_size=12))
def test_any_text_is_read_or_marked_and_never_crashes(type, cells):
    column = Column(headers="x", type=type, codes="sex" if type == "code" else None)
    series = pl.Series(cells, dtype=pl.String)

    reading = read_column(series, "x", column, FORM, in_workbook=True)

    value = reading.columns[0]
    assert len(value) == len(reading.bad) == len(cells)
    for cell, read_value, bad in zip(cells, value, reading.bad, strict=True):
        if cell is None:
            assert not bad
        elif type not in {"text", "code"}:
            assert bad == (read_value is None)


@QUICK
@given(cells=st.lists(CELLS, min_size=1, max_size=8, unique=True), order=st.sampled_from(["day_first", "month_first", "iso"]))
def test_a_column_of_dates_says_what_each_cell_says_alone(cells, order):
    together = read_dates(pl.Series(cells), order=order, serials=True)

    assert list(zip(together["value"], together["precision"], strict=True)) == [
        read_date(cell, order, True) or (None, None) for cell in cells
    ]


@QUICK
@given(text=CELLS)
def test_normalising_a_spelling_twice_changes_nothing(text):
    assert normalise(normalise(text)) == normalise(text)


FIELD = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(rows=st.lists(st.lists(FIELD, min_size=1, max_size=9), max_size=6), separator=st.sampled_from([",", ";", "\t"]))
def test_no_row_of_any_csv_disappears(rows, separator):
    text = HEADER.replace(",", separator) + "\n" + "\n".join(separator.join(row) for row in rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "missing.csv"
        path.write_text(text, encoding="utf-8", newline="")
        result = read(mapping(Path(folder)), path)

    if not result.refused:
        assert result.rows_read - result.rows_kept == rows_set_aside(result)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    content=st.one_of(
        st.binary(max_size=200), st.binary(max_size=60).map(lambda tail: b"PK\x03\x04" + tail), st.text(max_size=80).map(str.encode)
    )
)
def test_any_bytes_get_an_answer(content):
    kind_of(content)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "missing.xlsx"
        path.write_bytes(content)
        result = read(mapping(Path(folder)), path)
        census = read(load_format("cin_census"), path)

    assert result.refused
    assert census.refused


@settings(max_examples=15, deadline=None, derandomize=True)
@given(at=st.integers(1, len(GOOD) - 2))
def test_a_file_cut_anywhere_is_read_to_the_cut_or_refused(at):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "missing.csv"
        path.write_text(GOOD[:at])
        result = read(mapping(Path(folder)), path)

    assert result.refused or result.rows_read - result.rows_kept == rows_set_aside(result)


@QUICK
@given(text=st.text(alphabet="abe<>=()'\"+-*/ 0129,andortis", max_size=40))
def test_any_condition_is_parsed_or_explained(text):
    explained = check_condition(text, {"a": "number", "b": "date"})

    if explained is None:
        parse(text)
    else:
        assert explained
