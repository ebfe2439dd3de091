"""Bad files of every connector: each is told exactly as its case says, and the page that shows them is up to date."""

from __future__ import annotations

import pytest
from tests.specs.bad_files.cases import Case, connectors, load_cases, run
from tests.specs.bad_files.write_messages import PAGE, page

from sightline.definitions.formats import format_ids

CASES = [case for connector in connectors() for case in load_cases(connector)]
FEWEST = 5


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.connector}-{case.id}")
def test_a_bad_file_is_told_word_for_word_as_written_down(case: Case, tmp_path) -> None:
    assert run(case, tmp_path) == case.findings


@pytest.mark.parametrize("connector", [*format_ids(), *sorted(set(connectors()) - set(format_ids()))])
def test_every_connector_has_five_bad_files_with_something_to_say(connector: str) -> None:
    assert connector in connectors(), f"write tests/specs/bad_files/{connector}.yml"
    cases = load_cases(connector)
    assert len(cases) >= FEWEST
    assert len({case.id for case in cases}) == len(cases)
    assert [case.id for case in cases if not case.findings] == []


def test_the_page_of_bad_files_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.specs.bad_files.write_messages"
