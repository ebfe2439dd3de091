"""Formats and mappings load, fit the common model, and tell every mistake with its line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sightline.definitions.expressions import check_condition
from sightline.definitions.formats import FORMATS, format_ids, load_format, load_mapping
from sightline.definitions.mapping_checks import COMMON_LISTS, IDENTITY_FIELDS
from sightline.definitions.mappings import (
    CodeValue,
    Column,
    ExploitationFromCodes,
    Find,
    Format,
    Joined,
    Read,
    RowRule,
    SourceDefinition,
    Table,
)
from sightline.errors import CatalogueProblems, NotFound
from sightline.model.codes import CODE_LISTS
from sightline.model.identified import IDENTITY_RECORD
from tests.support.intake import MAPPING, mapping
from tests.support.samples import ROOT

SALTMERE = sorted((FORMATS.parent / "partnerships" / "saltmere" / "mappings").glob("*.yml"))


@pytest.mark.parametrize("id", format_ids())
def test_every_format_of_the_catalogue_loads(id):
    loaded = load_format(id)

    assert loaded.id == id
    assert loaded.mapping_version == f"{id}@{loaded.version}"


@pytest.mark.parametrize("path", SALTMERE, ids=lambda path: path.stem)
def test_every_mapping_of_the_invented_partnership_loads(path):
    loaded = load_mapping(path)

    assert loaded.retention is not None
    assert loaded.sign_off is not None


def test_every_flag_has_a_definition_a_reader_can_judge():
    for path in SALTMERE:
        for name, definition in load_mapping(path).definitions.items():
            assert definition.threshold, name
            assert definition.applied_by, name
            assert definition.in_force_from is not None, name


def test_police_and_youth_justice_mean_different_things_by_the_same_word():
    police = load_mapping(SALTMERE[0].parent / "police.yml").definitions["police_cce"]
    youth = load_mapping(SALTMERE[0].parent / "youth_justice.yml").definitions["youth_justice_cce"]

    assert police.exploitation_type == youth.exploitation_type == ("criminal",)
    assert police.threshold != youth.threshold


def test_the_factors_that_signal_exploitation_keep_their_form():
    factors = load_format("cin_census").codes["assessment_factor"].values

    said = {code: value.also["exploitation"] for code, value in factors.items() if "exploitation" in value.also}
    assert said == {"10A": "missing", "11A": "sexual", "12A": "trafficking", "13A": "gangs", "24A": "criminal"}


def test_an_unknown_format_is_not_found():
    with pytest.raises(NotFound, match="annex_a"):
        load_format("annex_z")


def test_the_fields_of_the_identity_record_are_those_of_the_entity():
    automatic = {"identity_record_id", "identity_id", "local_id", "link_tokens"}
    fields = [c.name for c in IDENTITY_RECORD.columns if c.name not in automatic and not c.name.endswith(("_local", "_precision"))]

    assert tuple(fields) == IDENTITY_FIELDS


def test_fields_with_a_common_list_name_one_that_exists():
    assert set(COMMON_LISTS.values()) <= set(CODE_LISTS)


def problems_of(folder: Path, text: str) -> list[str]:
    with pytest.raises(CatalogueProblems) as caught:
        mapping(folder, text)
    return [str(problem).replace(str(folder), "") for problem in caught.value.problems]


def test_every_mistake_is_told_with_its_line(tmp_path):
    wrong = (
        MAPPING.replace("common: episode_type", "common: episode_types")
        .replace("entity: missing_episode", "entity: missing_episodes")
        .replace('when: "end < start"', 'when: "end < begin"')
        .replace("codes: grade}", "codes: grades}")
    )

    problems = problems_of(tmp_path, wrong)

    lines = wrong.splitlines()
    for word in ("episode_types", "missing_episodes", "begin", "grades"):
        line = next(number for number, text in enumerate(lines, 1) if word in text)
        assert any(word in problem and f"line {line}" in problem for problem in problems), (word, problems)


def test_an_unknown_key_is_a_mistake(tmp_path):
    (problem,) = problems_of(tmp_path, MAPPING.replace("unused:", "unusd:"))

    assert "unusd" in problem
    assert "not a key" in problem


def test_a_flag_without_a_definition_loads(tmp_path):
    wrong = MAPPING.replace(
        "entity: missing_episode, needs: start, from: {episode_type: type, started_at: start, ended_at: end, grade: grade}",
        "entity: flag, from: {flag: type, started_on: start}",
    )

    assert mapping(tmp_path, wrong), "its rows are kept with a query that blocks any release"


def test_a_common_code_outside_its_list_is_a_mistake(tmp_path):
    assert any(
        '"lost" is not in the common list' in problem for problem in problems_of(tmp_path, MAPPING.replace("away: [AWOL]", "lost: [AWOL]"))
    )


def test_a_broken_pattern_is_a_mistake(tmp_path):
    assert any("not a pattern" in problem for problem in problems_of(tmp_path, MAPPING.replace("/^child.*id$/i", "/^child(/i")))


def test_a_mapping_may_extend_another_and_change_one_thing(tmp_path):
    mapping(tmp_path)
    local = tmp_path / "local.yml"
    local.write_text('extends: mapping.yml\nid: local\ntables:\n  missing:\n    columns:\n      type: {map: {"Ran off": missing}}\n')

    loaded = load_mapping(local)

    assert loaded.id == "local"
    assert loaded.tables["missing"].columns["type"].map == {"Ran off": "missing"}
    assert loaded.tables["missing"].columns["type"].headers == ("Type",)
    assert set(loaded.tables) == {"missing", "notes"}


def test_what_is_extended_must_exist(tmp_path):
    (problem,) = problems_of(tmp_path, "extends: nowhere.yml\n" + MAPPING)

    assert "nowhere.yml" in problem
    assert "line 1" in problem


def test_mappings_that_extend_each_other_end_in_a_message(tmp_path):
    assert "cannot be found" in problems_of(tmp_path, "extends: mapping.yml\n" + MAPPING)[0]


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "a: [\n"])
def test_a_file_that_is_no_mapping_is_told(tmp_path, text):
    assert problems_of(tmp_path, text)


TYPES = {"start": "date", "end": "date", "count": "number", "kind": "text", "held": "truth"}


@pytest.mark.parametrize(
    "condition",
    [
        "end < start",
        "days(end - start) > 60 and end is given",
        "not (held = true) or kind in ('a', \"b\")",
        "count * 2 + 1 >= 3 and start >= 2024-08-31",
        "end > period_end",
        "held",
        "hours(end - start) / 24 > 1",
    ],
)
def test_a_condition_that_makes_sense_is_accepted(condition):
    assert check_condition(condition, TYPES) is None


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("end <", "missing at the end"),
        ("end - start > 60", "days(end - start)"),
        ("begin < end", 'no column "begin"'),
        ("start < 5", "compares a date with a number"),
        ("count", "needs a truth"),
        ("__import__('os')", "no function"),
        ("kind.upper() = 'A'", "cannot read"),
        ("start is empty", "missing"),
        ("start = 2024-02-30", "not a day"),
        ("end < start end", "did not expect"),
        ("(" * 60 + "held" + ")" * 60, "nested"),
        (" and ".join(["held"] * 400), "more than"),
    ],
)
def test_a_condition_that_does_not_is_explained(condition, words):
    assert words in (check_condition(condition, TYPES) or "")


def test_the_mappings_in_the_documentation_load(tmp_path):
    page = (ROOT / "docs" / "how-to" / "map-an-extract.md").read_text(encoding="utf-8")
    drafted, answers, own, extended = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    kind = "codes: {kind: {common: episode_type, values: {missing: [MFH], away: [AWOL], not_recorded: []}}}\n"
    files = {
        "drafted.yml": drafted,
        "answered.yml": drafted + answers,
        "base.yml": f'id: base\ntitle: Base\nversion: "1"\nread: {{kinds: csv}}\n{kind}{own}',
        "local.yml": extended,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    loaded = {name: load_mapping(tmp_path / name) for name in files}

    assert loaded["drafted.yml"].id == "our_missing_team"
    assert loaded["answered.yml"].tables["missing"].columns["category"].map == {"Bolted": "away"}
    assert loaded["base.yml"].tables["episodes"].columns["kind"].codes == "kind"
    assert loaded["local.yml"].tables["episodes"].columns["kind"].map == {"Ran off": "missing"}


def test_the_reference_tells_every_key_of_the_language():
    page = (ROOT / "docs" / "reference" / "mapping-language.md").read_text(encoding="utf-8")

    for kind in (Format, Read, Table, Column, RowRule, Find, Joined, SourceDefinition, ExploitationFromCodes, CodeValue):
        for name, info in kind.model_fields.items():
            assert re.search(rf"\b{info.alias or name}\b", page), f"{kind.__name__}.{name} is not in docs/reference/mapping-language.md"
