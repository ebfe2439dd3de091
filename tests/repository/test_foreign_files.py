"""Foreign files are parsed in one place, and that place runs in a process of its own."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "sightline"
PARSERS = {"python_calamine", "lxml", "openpyxl", "xlrd", "pickle", "marshal", "shelve"}
READS_APART = ("intake/reading/", "intake/source_values.py")
"""What parses, all of it in the reading process."""
OWN_FILES = ("synthesis/",)
"""Reads back what it wrote itself."""


@cache
def modules() -> list[tuple[str, ast.Module]]:
    return [(str(path.relative_to(SOURCE)), ast.parse(path.read_text(encoding="utf-8"))) for path in sorted(SOURCE.rglob("*.py"))]


def imported(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module.split(".")[0], *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def called(tree: ast.Module) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            names.add(node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", ""))
    return names


def test_the_libraries_that_parse_files_are_used_where_files_are_read_only():
    stray = [name for name, tree in modules() if imported(tree) & PARSERS and not name.startswith(READS_APART)]
    assert stray == []


def test_csv_is_parsed_by_polars_where_files_are_read_only():
    readers = {"read_csv", "scan_csv", "read_excel", "read_ods", "read_json", "read_ndjson"}
    stray = [
        name
        for name, tree in modules()
        if called(tree) & readers
        and "polars" in imported(tree)
        and not name.startswith((*READS_APART, *OWN_FILES))
        and not _calls_our_own(tree)
    ]
    assert stray == []


def _calls_our_own(tree: ast.Module) -> bool:
    """`read_csv` of `intake.reading.text`, called by what runs in the reading process."""
    return any(name.startswith("sightline.intake.reading") for name in imported(tree))


def test_a_return_is_read_by_the_reading_process_only():
    direct = {"read_return", "recognise", "survey", "read_workbook", "read_xml", "read_csv", "content_of", "open_sheets"}
    callers = sorted(
        name
        for name, tree in modules()
        if any(item.startswith("sightline.intake") and item.rpartition(".")[2] in direct for item in imported(tree))
        and not name.startswith("intake/")
    )
    assert callers == []


def test_nothing_above_intake_reaches_into_it_past_the_reading_process():
    inner = {f"sightline.intake.{name}" for name in ("reading", "read", "open", "recognise", "tasks", "worker")}
    callers = sorted(
        name
        for name, tree in modules()
        if not name.startswith("intake/") and any(".".join(item.split(".")[:3]) in inner for item in imported(tree))
    )
    assert callers == []


def test_nothing_is_ever_unpickled_or_evaluated():
    careless = [name for name, tree in modules() if called(tree) & {"eval", "exec", "loads_pickle", "literal_eval"}]
    assert careless == []
