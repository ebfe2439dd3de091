"""The order of rows, sheets and files says nothing, and saying a thing twice adds nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.intake import IntakeResult
from tests.support.intake import GOOD_ROWS, HEADER, mapping, read, workbook

SETTINGS = settings(max_examples=15, deadline=None, derandomize=True)

ROWS = st.lists(
    st.tuples(
        st.sampled_from([f"P{n}" for n in range(1, 7)]),
        st.sampled_from(["01/03/2012", "02/04/2013", "", "never"]),
        st.sampled_from(["F", "M", "U", "X"]),
        st.sampled_from([f"{n:02}/01/2026 22:15" for n in range(1, 25)]),
        st.sampled_from(["25/01/2026 23:40", "", "31/12/9999"]),
        st.sampled_from(["MFH", "AWOL", "??"]),
        st.sampled_from(["Low", "High", "Odd"]),
    ),
    min_size=1,
    max_size=12,
    # One row for a person and a start: of two that differ, the later one is meant to win.
    unique_by=lambda row: (row[0], row[3]),
)


def said(result: IntakeResult) -> list[tuple[str, int, str]]:
    """What was found, without the row numbers, which follow the order."""
    return sorted((finding.code, finding.rows, finding.text) for finding in result.findings)


def rows_of(result: IntakeResult, *, files: bool = True) -> dict[str, list[tuple[object, ...]]]:
    """The rows, without where they stood. What a person's identity was on a day is kept once, from the first row that says it."""
    dropped = {"source_row"} if files else {"source_row", "source_file"}
    found = {}
    for name, table in result.tables.items():
        frame = pl.DataFrame(pl.from_arrow(table))
        found[name] = sorted(map(repr, frame.select(sorted(set(frame.columns) - dropped)).rows()))
    return found


def read_files(files: dict[str, str], order: list[str] | None = None) -> IntakeResult:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        return read(mapping(Path(folder)), *(Path(folder) / name for name in order or files))


def text_of(rows: list[tuple[str, ...]]) -> str:
    return "\n".join([HEADER, *map(",".join, rows)]) + "\n"


@SETTINGS
@given(rows=ROWS, order=st.randoms(use_true_random=False))
def test_rows_in_another_order_are_the_same_return(rows, order):
    shuffled = list(rows)
    order.shuffle(shuffled)
    one, other = read_files({"missing.csv": text_of(rows)}), read_files({"missing.csv": text_of(shuffled)})

    assert said(one) == said(other)
    assert rows_of(one) == rows_of(other)


@SETTINGS
@given(rows=ROWS, at=st.integers(0, 12))
def test_files_in_another_order_are_the_same_return(rows, at):
    files = {"missing_a.csv": text_of(rows[:at]), "missing_b.csv": text_of(rows[at:]), "notes.csv": "Topic,Note\nx,y\n"}
    one, other = read_files(files), read_files(files, sorted(files, reverse=True))

    assert said(one) == said(other)
    assert rows_of(one) == rows_of(other)


@SETTINGS
@given(rows=ROWS)
def test_reading_a_file_again_says_the_same(rows):
    files = {"missing.csv": text_of(rows)}
    one, other = read_files(files), read_files(files)

    assert one.findings == other.findings
    assert one.not_checked == other.not_checked
    assert all(table.equals(other.tables[name]) for name, table in one.tables.items())


@SETTINGS
@given(rows=ROWS)
def test_the_same_file_twice_adds_no_row(rows):
    once = read_files({"missing_a.csv": text_of(rows)})
    twice = read_files({"missing_a.csv": text_of(rows), "missing_b.csv": text_of(rows)})

    assert twice.refused == once.refused
    if not once.refused:
        assert rows_of(twice, files=False).keys() == rows_of(once, files=False).keys()
        assert rows_of(twice, files=False)["missing_episode"] == rows_of(once, files=False)["missing_episode"]


def test_sheets_in_another_order_are_the_same_return(tmp_path):
    rows = [HEADER.split(","), *(line.split(",") for line in GOOD_ROWS.splitlines())]
    notes = [["Topic", "Note"], ["a", "b"]]
    one = read(mapping(tmp_path), workbook(tmp_path / "missing.xlsx", {"Missing": rows, "Notes": notes}))
    other = read(mapping(tmp_path), workbook(tmp_path / "missing.xlsx", {"Notes": notes, "Missing": rows}))

    assert said(one) == said(other)
    assert rows_of(one) == rows_of(other)
