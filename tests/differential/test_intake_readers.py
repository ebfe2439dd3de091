"""One file, one answer: the quick reader and the careful one, one thread and several, a workbook and its CSV."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.support.intake import GOOD, mapping, read, read_text, workbook

from sightline.intake.reading.text import _quickly, _row_by_row

FIELD = st.text(alphabet=st.sampled_from("ab1 é\u00a0\t;,\"'\n\r"), max_size=6)


def as_csv(rows: list[list[str]], separator: str, ending: str) -> str:
    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if any(letter in text for letter in f'{separator}"\n\r') else text

    return "".join(separator.join(map(cell, row)) + ending for row in rows)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    rows=st.lists(st.lists(FIELD, min_size=1, max_size=5), min_size=1, max_size=8),
    separator=st.sampled_from([",", ";", "\t"]),
    ending=st.sampled_from(["\n", "\r\n"]),
)
@example(rows=[["a", "b", "c"], ["1", "2"], ["3", "4", "5"]], separator=",", ending="\n")
@example(rows=[["a", "b"], [""], ["3", "4"]], separator=",", ending="\n")
def test_the_quick_reader_says_what_the_careful_one_says_or_leaves_it_to_it(rows, separator, ending):
    text = as_csv(rows, separator, ending)

    quick = _quickly(text, separator, "x.csv")

    if quick is not None:
        careful = _row_by_row(text, separator, "x.csv")
        assert quick.cells.rows() == careful.cells.rows()
        assert (quick.too_long, quick.too_short) == (careful.too_long, careful.too_short)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(text=st.text(alphabet=st.sampled_from('ab1 ,"\n\r\ufeff\x00'), min_size=1, max_size=40))
@example('a,b\n1,"x"y\n')
@example('a,b\n1,x"y"\n')
@example('a,b\n"1,x\n')
def test_however_broken_a_text_is_the_quick_reader_agrees_or_leaves_it(text):
    quick = _quickly(text, ",", "x.csv")

    if quick is not None:
        careful = _row_by_row(text, ",", "x.csv")
        assert quick.cells.rows() == careful.cells.rows()
        assert (quick.too_long, quick.too_short) == (careful.too_long, careful.too_short)


BAD = (
    GOOD
    + """\
P9,03/03/2012,X,19/01/2026 10:00,18/01/2026 10:00,Lost,Low
,,,,,,
P1,01/03/2012,F,11/01/2026 22:15,11/01/2026 23:40,MFH,Low
"""
)


def said(result):
    """What a result says, without where the rows came from."""
    rows = {name: table.drop_columns(["source_file"]).to_pylist() for name, table in result.tables.items()}
    return rows, [(finding.code, finding.rows, finding.examples) for finding in result.findings]


def test_a_workbook_and_its_csv_say_the_same(tmp_path):
    form = mapping(tmp_path)
    as_workbook = workbook(tmp_path / "missing.xlsx", {"Missing": [line.split(",") for line in BAD.splitlines()]})

    assert said(read(form, as_workbook)) == said(read_text(tmp_path, BAD, form=form))


READ_AND_TELL = """
import json, sys
from pathlib import Path
from tests.support.intake import mapping, read
folder = Path(sys.argv[1])
result = read(mapping(folder), folder / "missing.csv")
rows = {name: table.to_pylist() for name, table in result.tables.items()}
print(json.dumps([rows, [(finding.code, finding.rows, finding.examples) for finding in result.findings]], default=str))
"""


@pytest.mark.parametrize("rows", [2_500])
def test_one_thread_and_several_say_the_same(tmp_path, rows):
    lines = [
        f"P{n % 700},0{n % 9 + 1}/03/2012,F,{n % 28 + 1:02}/01/2026 {n % 24:02}:15,,MFH,{'Low' if n % 5 else 'Odd'}" for n in range(rows)
    ]
    (tmp_path / "missing.csv").write_text("\n".join([GOOD.splitlines()[0], *lines]) + "\n", encoding="utf-8")

    answers = [
        subprocess.run(
            [sys.executable, "-c", READ_AND_TELL, str(tmp_path)],
            env=os.environ | {"POLARS_MAX_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for threads in ("1", "4")
    ]

    assert answers[0] == answers[1]
    assert len(json.loads(answers[0])[0]["missing_episode"]) > 600
