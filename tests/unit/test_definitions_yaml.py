from __future__ import annotations

import pytest

from sightline.definitions.loading import Definition, load
from sightline.definitions.yaml import read_yaml
from sightline.errors import CatalogueProblems, Problem


class Code(Definition):
    code: str
    label: str


class CodeList(Definition):
    name: str
    codes: tuple[Code, ...]


@pytest.mark.parametrize("scalar", ["Yes", "No", "On", "Off", "1e3", "007", "2026-01-01", "0x1F", "1_000", "12:30:00", "true", ".inf"])
def test_a_code_stays_what_the_agency_wrote(scalar: str) -> None:
    assert read_yaml(f"code: {scalar}", file="x.yml", problems=[]) == {"code": scalar}


def test_an_empty_value_is_nothing_and_a_quoted_one_is_text() -> None:
    assert read_yaml('a:\nb: ""\nc: "null"', file="x.yml", problems=[]) == {"a": None, "b": "", "c": "null"}


def test_every_mistake_is_collected_with_its_file_and_line() -> None:
    problems: list[Problem] = []
    text = "name: sex\ncodes:\n  - code: M\n  - code: F\n    label: Female\n    colour: red\nextra: 1\n"
    document = read_yaml(text, file="lists.yml", problems=problems)

    assert load(CodeList, document, file="lists.yml", problems=problems) is None
    assert sorted(problem.place.line or 0 for problem in problems) == [3, 6, 7]
    assert all(problem.place.file == "lists.yml" for problem in problems)
    message = str(CatalogueProblems(problems))
    assert "3 problems" in message
    assert "lists.yml, line 6" in message


def test_a_key_given_twice_and_broken_yaml_are_problems_with_a_line() -> None:
    problems: list[Problem] = []
    read_yaml("a: 1\nb: 2\na: 3\n", file="x.yml", problems=problems)
    assert read_yaml("a: [1, 2\nb: 3\n", file="y.yml", problems=problems) is None
    assert [(problem.place.file, problem.place.line is not None) for problem in problems] == [("x.yml", True), ("y.yml", True)]


def test_yaml_cannot_run_code() -> None:
    document = read_yaml("a: !!python/object/apply:os.system ['true']", file="x.yml", problems=[])
    assert document == {"a": ["true"]}
