"""A cell of an agency's file never becomes a formula on the machine of whoever opens our export."""

from __future__ import annotations

import ast
import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.model.exported import harmless_text, may_be_calculated

SOURCE = Path(__file__).parents[2] / "src" / "sightline"

ATTACKS = [
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://127.0.0.1/?"&A1,"see")',
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\u00a0=1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    '"=1+1',
    '" =1+1',
    "\u201c=1+1",
    "\uff1d1+1",
    "\uff0b1+1",
    "\uff0dcmd",
    "\uff20SUM(A1)",
    "\u22122+3",
    "+44 7700 900123",
    "-",
]


@pytest.mark.parametrize("text", [text for text in ATTACKS if text != "-"])
def test_what_a_program_might_calculate_is_marked_as_text(text):
    assert harmless_text(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["", "Smith", "N6e1 - Child", "a=b", "-5", "+1.5", "-12,345.6%", "-", "0", "'=1+1", "O'Neil", "3/4/2024", "A@B"]
)
def test_ordinary_words_numbers_and_dashes_stay_as_they_are(text):
    assert harmless_text(text) == text


@given(st.text(max_size=20) | st.sampled_from(ATTACKS) | st.tuples(st.sampled_from(ATTACKS), st.text(max_size=5)).map("".join))
def test_once_made_harmless_a_text_is_harmless_for_good_and_nothing_of_it_is_lost(text):
    safe = harmless_text(text)

    assert not may_be_calculated(safe)
    assert harmless_text(safe) == safe
    assert safe.endswith(text)
    assert len(safe) - len(text) in {0, 1}


@given(st.lists(st.text(max_size=12) | st.sampled_from(ATTACKS), min_size=1, max_size=5))
def test_no_cell_of_a_written_csv_begins_a_formula(cells):
    out = io.StringIO()
    csv.writer(out).writerow([harmless_text(cell) for cell in cells])
    for row in csv.reader(io.StringIO(out.getvalue(), newline="")):
        assert not any(cell.lstrip(' \t\r\n"')[:1] in {"=", "@"} and cell.lstrip(' \t\r\n"') for cell in row)


def test_every_writer_of_tables_makes_its_texts_harmless():
    """A module that writes CSV or a workbook has to know `harmless_text`. The invented partnership writes extracts, which are input."""
    careless = []
    for path in SOURCE.rglob("*.py"):
        if "synthesis" in path.parts:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        names |= {alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        known = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
        writes_rows = names & {"write_csv", "writer", "DictWriter", "write_excel"} and {"csv", "write_csv", "write_excel"} & names
        if ("xlsxwriter" in names or writes_rows) and "harmless_text" not in known:
            careless.append(str(path.relative_to(SOURCE)))
    assert careless == []
