"""Each claim of docs/security/asvs.csv is tied to tests that there are."""

from __future__ import annotations

import ast
import csv
import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECURITY = ROOT / "docs" / "security"
ANSWERS = {"met", "partly", "not met", "does not apply"}


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


ROWS = table(SECURITY / "asvs.csv")


@cache
def collected_from(name: str) -> frozenset[str]:
    """The tests that pytest would collect from a file: functions of the module called test_…; none for a file that it would not."""
    path = ROOT / name
    if not path.name.startswith("test_") or not path.is_file():
        return frozenset()
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return frozenset(each.name for each in body if isinstance(each, ast.FunctionDef) and each.name.startswith("test_"))


def test_every_requirement_of_levels_one_and_two_has_one_row_in_the_standards_order():
    wanted = [(each["id"], each["level"]) for each in table(Path(__file__).with_name("asvs_requirements.csv"))]

    assert [(row["id"], row["level"]) for row in ROWS] == wanted
    # As many as version 5.0.0 of the standard has, of level 1 and of level 2.
    assert [sum(level == which for _, level in wanted) for which in "12"] == [70, 183]


def test_every_test_that_a_claim_names_is_there():
    gone = [
        f"{row['id']}: {test}"
        for row in ROWS
        for test in row["tests"].split()
        if test.partition("::")[2] not in collected_from(test.partition("::")[0])
    ]

    assert gone == []


def test_what_is_met_or_partly_met_is_shown_and_what_is_not_says_what_is_left():
    for row in ROWS:
        assert row["answer"] in ANSWERS, row["id"]
        assert all((row["subject"], row["claim"])), row["id"]
        assert bool(row["tests"]) == (row["answer"] in ("met", "partly")), row["id"]
        assert bool(row["left"]) == (row["answer"] in ("partly", "not met")), row["id"]


def test_the_counts_of_the_page_are_those_of_the_table():
    checked = subprocess.run([sys.executable, SECURITY / "write_readme.py", "--check"], capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stderr
