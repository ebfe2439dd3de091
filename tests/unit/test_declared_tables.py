"""Tables declared as data: what the shipped ones are, and every mistake told with its file, its line and the rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from sightline.definitions.catalogue import load_catalogue
from sightline.definitions.cubes import load_cubes
from sightline.errors import CatalogueProblems

GOOD = """id: mine
order: 9
title: Mine
says: Each child once.
indicators: [children_with_known_concern]
breakdowns: [age_band, sex]
geography: {areas: [council, deprivation]}
quarters: 4
profile: strategic
"""


def problems_of(folder: Path, text: str) -> list[str]:
    (folder / "cubes").mkdir()
    (folder / "cubes" / "mine.yml").write_text(text)
    with pytest.raises(CatalogueProblems) as refused:
        load_cubes(load_catalogue(), own=folder)
    return [line for line in str(refused.value).splitlines() if "mine.yml" in line]


def test_the_five_key_indicators_can_be_asked_by_two_tables_each() -> None:
    catalogue = load_catalogue()
    cubes = load_cubes(catalogue)

    for indicator in catalogue.indicators:
        assert not indicator.key or {cube.id for cube in cubes.of(indicator.id)} >= {"age_sex_ethnicity", "places_age"}


def test_a_partnership_adds_its_own_and_the_version_tells(tmp_path: Path) -> None:
    catalogue = load_catalogue()
    (tmp_path / "cubes").mkdir()
    (tmp_path / "cubes" / "mine.yml").write_text(GOOD)
    own = load_cubes(catalogue, own=tmp_path)

    assert [cube.id for cube in own.cubes][-1] == "mine"
    assert own.cubes[-1].axes == ("age_band", "sex", "ward"), "wards are the common pieces of areas"
    assert own.version != load_cubes(catalogue).version


@pytest.mark.parametrize(
    ("wrong", "right", "line", "told"),
    [
        (
            "[age_band, sex]",
            "[age_band, sex, ethnicity, agency]",
            6,
            "the rule is at most three breakdowns, one geography family and a period",
        ),
        ("{areas: [council, deprivation]}", "[{areas: [ward]}, {areas: [council]}]", 7, "has 2 geography families; the rule is"),
        ("[age_band, sex]", "[age_band, agency]", 6, "would be counted twice"),
        ("[age_band, sex]", "[age_band, ward]", 6, '"ward" is an area, not a breakdown'),
        ("[age_band, sex]", "[age_band, shoe_size]", 6, '"shoe_size" is no breakdown'),
        ("[age_band, sex]", "[sex, sex]", 6, 'names "sex" 2 times'),
        ("[council, deprivation]", "[council, parish]", 7, '"parish" is no area'),
        ("[children_with_known_concern]", "[children_with_blue_shoes]", 5, '"children_with_blue_shoes" is no indicator'),
        ("[children_with_known_concern]", "[wards_without_a_concern]", 5, "counts no children"),
        ("quarters: 4", "quarters: 0", 8, "is of no period"),
        ("quarters: 4", "rolling_years: 2", 8, "has no rolling year"),
        ("strategic", "secret", 9, "no release is made by the profile secret"),
        ("id: mine", "id: other", 1, 'id is "other" and the file is mine.yml'),
        ("profile: strategic", "profile: strategic\ncontributor: family", 5, "cannot count families"),
        ("profile: strategic", "profile: strategic\nzeros: shown", 10, '"zeros"'),
        ("profile: strategic", "profile: strategic\ncolour: red", 10, "is not a key Sightline knows here"),
        (
            "profile: strategic",
            "profile: strategic\ngroups:\n  age_band:\n"
            "    - {code: a, title: A, parts: [10-12]}\n    - {code: b, title: B, parts: [10-12]}",
            11,
            'age_band has "10-12" in two places of its tree, "a" and "b"',
        ),
        (
            "profile: strategic",
            "profile: strategic\noutside_totals:\n"
            "  - {name: DfE, indicator: children_with_known_concern, quarter: 2026-Q1, value: 40}\n"
            "  - {name: police.uk, indicator: children_with_known_concern, quarter: 2026-Q1, value: 50, within: 5}",
            12,
            "DfE and police.uk contradict each other in children_with_known_concern, 2026-Q1",
        ),
    ],
)
def test_every_mistake_has_its_line_and_its_rule(tmp_path: Path, wrong: str, right: str, line: int, told: str) -> None:
    assert wrong in GOOD

    (problem, *_) = [each for each in problems_of(tmp_path, GOOD.replace(wrong, right)) if told in each]

    assert f"mine.yml, line {line}:" in problem
