"""Every hostile file of docs/security/hostile-files.csv is tried by a test that there is, and every one that is tried stands there."""

from __future__ import annotations

import ast
import csv
from pathlib import Path

from tests.repository.test_asvs import ROOT, collected_from

ANSWERS = {"refused", "refused or told", "read without harm"}
TRIED = {
    "tests/attacks/test_hostile_files.py": {
        "EVASIONS": "test_a_far_cell_is_found_however_it_is_written",
        "PACKED": "test_an_archive_built_to_harm_is_refused_for_what_it_is",
        "XML": "test_xml_built_to_harm_is_answered_quickly",
        "TEXT": "test_text_built_to_harm_is_answered_quickly",
    },
    "tests/attacks/test_prepared_package.py": {"FORGED": "test_a_forged_package_is_refused"},
    "tests/web/test_uploads.py": {"HOSTILE": "test_the_name_of_a_file_reaches_nothing"},
}
"""Modules of tests, their tables of files, and the test that goes through each."""

with (ROOT / "docs" / "security" / "hostile-files.csv").open(encoding="utf-8", newline="") as table:
    ROWS = list(csv.DictReader(table))


def keys_of(module: str, name: str) -> set[str]:
    """The keys of a dictionary that a module writes out."""
    for each in ast.parse(Path(ROOT / module).read_text(encoding="utf-8")).body:
        target = each.targets[0] if isinstance(each, ast.Assign) else each.target if isinstance(each, ast.AnnAssign) else None
        if isinstance(target, ast.Name) and target.id == name and isinstance(each.value, ast.Dict):
            return {str(ast.literal_eval(key)) for key in each.value.keys}
    raise AssertionError(f"{module} has no table {name}")


def test_at_least_forty_hostile_files_are_named_once_each_with_what_they_would_do_and_what_becomes_of_them():
    names = [row["file"] for row in ROWS]

    assert len(set(names)) == len(names) >= 40
    assert {row["answer"] for row in ROWS} == ANSWERS
    assert {row["comes_as"] for row in ROWS} == {"return", "package", "page"}
    assert [row["file"] for row in ROWS if not row["would"]] == []


def test_every_test_that_a_file_names_is_there():
    tests = [row["test"].partition("[")[0].split("::") for row in ROWS]

    assert [test for module, test in tests if test not in collected_from(module)] == []


def test_every_file_that_the_tests_build_stands_in_the_table_and_no_other():
    told = {row["test"] for row in ROWS}

    for module, tables in TRIED.items():
        for name, test in tables.items():
            tried = {f"{module}::{test}[{key}]".replace("\0", "\\x00") for key in keys_of(module, name)}
            assert {each for each in told if each.startswith(f"{module}::{test}[")} == tried
