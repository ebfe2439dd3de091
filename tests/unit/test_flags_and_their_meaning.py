"""A flag is counted for what its definition says: without one it loads, is told, and keeps any release from being made."""

from __future__ import annotations

from pathlib import Path

import pytest

from sightline.app.publish_generation import publish_generation
from sightline.app.release import ReleaseBlocked, make_release
from sightline.app.submit_return import submit_return
from sightline.model.findings import Blocks, Severity
from tests.support.intake import codes, mapping, read, rows_set_aside
from tests.support.partnership import NOW, Q1, create_agreed, write_geography, write_partnership

DEFINED = """
definitions:
  ce:
    title: CE flag
    exploitation_type: [criminal]
    certainty: suspected
    threshold: The panel judged the concern to be moderate or higher.
    applied_by: Panel chair
    applied_when: At the panel
    review: P12W
    ends: when the panel closes the case
    ages_from: 10
    ages_to: 17
    gaps: Children placed here by other authorities.
    in_force_from: 2022-04-01
    in_force_to: 2026-02-28
"""
MAPPING = """
id: panel_log
title: Panel log
version: "3"
read: {kinds: [csv], dates: iso}
codes:
  marker:
    values:
      criminal: {title: CE - Amber, also: {exploitation: criminal}}
      not_recorded: {}
tables:
  flags:
    title: Flags
    find: {file: ["flags*"]}
    person: person
    columns:
      person: {from: [person], required: true}
      born: {from: [born], type: date, span: birth}
      marker: {from: [marker], type: code, codes: marker}
      start: {from: [start], type: date, required: true}
    rows:
      - {entity: identity_record, from: {date_of_birth: born}}
      - entity: flag
        needs: start
        set: {definition_id: ce, certainty: suspected, applied_by: Panel}
        from: {flag: marker, exploitation_type: marker@exploitation, started_on: start}
"""
PARTNERSHIP = """
id: testing
name: Testing Partnership
area: Testing
authority_code: "999"
first_period: 2025-Q1
agencies:
  - id: csc
    name: Children's social care
    mode: record_level
    datasets:
      - {id: panel, title: Panel log, mapping: panel.yml, every: quarter, due_days: 21}
"""
HEADER = "person,born,marker,start"


def flags(folder: Path, *rows: str) -> Path:
    path = folder / "flags.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


def test_a_flag_without_a_definition_loads_and_is_told_with_what_it_blocks(tmp_path):
    result = read(mapping(tmp_path, MAPPING), flags(tmp_path, "A,2011-02-01,CE - Amber,2026-01-05", "B,2012-02-01,CE - Amber,2026-01-06"))

    assert not result.refused
    assert result.tables["flag"].num_rows == 2
    assert rows_set_aside(result) == 0
    (finding,) = result.findings
    assert (finding.code, finding.severity, finding.blocks, finding.rows) == ("SL-INT-050", Severity.QUERY, (Blocks.RELEASE,), 2)
    assert "panel_log@3" in finding.text
    assert '"criminal"' in finding.text
    assert "definitions" in finding.hint


def test_a_flag_with_a_definition_says_nothing(tmp_path):
    result = read(mapping(tmp_path, MAPPING + DEFINED), flags(tmp_path, "A,2011-02-01,CE - Amber,2026-01-05"))

    assert not result.findings
    assert not [one for one in result.not_checked if "ages" in one.what]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("A,2011-02-01,CE - Amber,2022-03-31", "SL-INT-051"),
        ("A,2011-02-01,CE - Amber,2026-03-01", "SL-INT-051"),
        ("A,2016-01-06,CE - Amber,2026-01-05", "SL-INT-053"),
        ("A,2008-01-05,CE - Amber,2026-01-05", "SL-INT-053"),
    ],
)
def test_a_flag_outside_its_definitions_time_or_ages_is_told(tmp_path, row, code):
    good = "B,2011-02-01,CE - Amber,2026-01-05"
    result = read(mapping(tmp_path, MAPPING + DEFINED), flags(tmp_path, good, row))

    assert codes(result) == [code]
    assert (result.findings[0].rows, result.findings[0].examples, result.findings[0].blocks) == (1, (3,), ())


def test_the_first_and_last_day_and_age_are_inside(tmp_path):
    inside = ["A,2011-02-01,CE - Amber,2022-04-01", "B,2011-02-01,CE - Amber,2026-02-28"]
    inside += ["C,2016-01-05,CE - Amber,2026-01-05", "D,2008-01-06,CE - Amber,2026-01-05"]

    assert not read(mapping(tmp_path, MAPPING + DEFINED), flags(tmp_path, *inside)).findings


def test_ages_that_cannot_be_known_are_not_passed_over(tmp_path):
    result = read(mapping(tmp_path, MAPPING + DEFINED), flags(tmp_path, "A,,CE - Amber,2026-01-05", "B,2001,CE - Amber,2026-01-05"))

    assert "SL-INT-053" not in codes(result)
    assert [one.reason for one in result.not_checked if "ages" in one.what] == [
        "for 2 of its 2 flags the day of birth or the first day is not known"
    ]


def test_a_text_that_one_person_has_is_not_quoted(tmp_path):
    text = MAPPING.replace("marker: {from: [marker], type: code, codes: marker}", "marker: {from: [marker]}").replace(
        "exploitation_type: marker@exploitation, ", ""
    )
    result = read(mapping(tmp_path, text), flags(tmp_path, "A,2011-02-01,worried about Sam Example,2026-01-05"))

    assert "Sam" not in str(result.findings)
    assert codes(result) == ["SL-INT-050"]


@pytest.mark.django_db
def test_no_release_is_made_while_a_flag_of_a_current_return_means_nothing(tmp_path):
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "panel.yml").write_text(MAPPING, encoding="utf-8")
    workspace = create_agreed(tmp_path / "w", write_partnership(tmp_path / "p", PARTNERSHIP), write_geography(tmp_path / "g"))
    path = flags(tmp_path, "A,2011-02-01,CE - Amber,2026-01-05")

    def submit():
        submit_return(workspace, agency="csc", dataset="panel", period=Q1, files=[path], by="t", at=NOW)
        publish_generation(workspace, by="t", at=NOW)

    submit()
    with pytest.raises(ReleaseBlocked) as refused:
        make_release(workspace, period=Q1, by="t", at=NOW)
    for part in ("csc panel 2026-Q1", "SL-INT-050", '"criminal"', "definitions"):
        assert part in str(refused.value)
    assert "submit it again" in refused.value.hint

    mended = MAPPING.replace('version: "3"', 'version: "4"') + DEFINED
    (workspace.root / "partnership" / "panel.yml").write_text(mended, encoding="utf-8")
    submit()
    with pytest.raises(Exception) as still:  # noqa: PT011 - whatever else is missing, it is not the meaning of a flag
        make_release(workspace, period=Q1, by="t", at=NOW)
    assert not isinstance(still.value, ReleaseBlocked)
