"""Every value of every column, known to the mapping or not: what `prepare` searches for in what is about to leave."""

from __future__ import annotations

from pathlib import Path

import pytest

from sightline.definitions.formats import load_format
from sightline.intake.source_values import source_values
from tests.support.intake import GOOD_ROWS, HEADER, mapping, workbook


def seen(files: list[Path], form: object) -> dict[tuple[str | None, str], set[str | None]]:
    found: dict[tuple[str | None, str], set[str | None]] = {}
    for row in source_values(files, form).to_pylist():  # type: ignore[arg-type]
        found.setdefault((row["sheet"], row["column"]), set()).add(row["value"])
    return found


def test_columns_the_mapping_does_not_know_are_seen_too(tmp_path):
    path = tmp_path / "missing.csv"
    rows = [f"{row},note {at}" for at, row in enumerate(GOOD_ROWS.splitlines())]
    path.write_text("\n".join([f"{HEADER},Remarks", *rows]))
    found = seen([path], mapping(tmp_path))
    assert found[None, "Remarks"] == {f"note {at}" for at in range(8)}
    assert found[None, "Person ID"] == {f"P{number}" for number in range(1, 9)}
    assert len(found) == 8


def test_every_sheet_is_seen_the_ones_nobody_asked_for_too(tmp_path):
    sheets = {"Missing": [HEADER.split(","), *(row.split(",") for row in GOOD_ROWS.splitlines())], "Contacts": [["Name"], ["Ada Quill"]]}
    found = seen([workbook(tmp_path / "missing.xlsx", sheets)], mapping(tmp_path))
    assert found["Contacts", "column A of a table nobody asked for"] == {"Name", "Ada Quill"}
    assert found["Missing", "Sex"] == {"F"}


def test_a_column_without_a_value_is_still_a_column(tmp_path):
    path = tmp_path / "missing.csv"
    path.write_text(f"{HEADER},Remarks\n" + "".join(f"{row},\n" for row in GOOD_ROWS.splitlines()))
    assert seen([path], mapping(tmp_path))[None, "Remarks"] == {None}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "a.xml",
            "<Message><Children><Child code='7'><Name>Ada Quill</Name><Dates><Born>2011-05-17</Born></Dates></Child></Children></Message>",
        ),
        ("a.json", '[{"Name": "Ada Quill", "code": "7", "Dates": [{"Born": "2011-05-17"}]}]'),
    ],
)
def test_leaves_of_nested_files_are_seen_by_their_names(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    assert seen([path], load_format("cin_census")) == {(None, "Name"): {"Ada Quill"}, (None, "Born"): {"2011-05-17"}, (None, "code"): {"7"}}
