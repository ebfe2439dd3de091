"""Every example in the documentation and in the code does what it says."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

from tests.support.samples import ROOT

SOURCE = ROOT / "src"
PROMPT = ">>> "


def with_examples(folder: Path, pattern: str) -> list[Path]:
    return sorted(path for path in folder.rglob(pattern) if PROMPT in path.read_text(encoding="utf-8"))


PAGES = with_examples(ROOT / "docs", "*.md")
MODULES = [".".join(path.relative_to(SOURCE).with_suffix("").parts) for path in with_examples(SOURCE, "*.py")]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_the_examples_of_a_page_are_true(page: Path) -> None:
    found = doctest.testfile(str(page), module_relative=False)

    assert found.attempted > 0
    assert found.failed == 0


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_in_the_code_are_true(module: str) -> None:
    found = doctest.testmod(import_module(module))

    assert found.attempted > 0
    assert found.failed == 0


def test_the_methods_that_are_worked_through_are_still_on_their_pages() -> None:
    worked = {"auditing-releases", "clerical-review", "control-charts", "funnels", "many-comparisons", "medians", "proportions", "rates"}
    assert {path.stem for path in PAGES} >= worked | {"standardised-rates"}
