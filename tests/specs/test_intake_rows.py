"""What comes out of what goes in, in small files. No row disappears: read = kept + set aside, and every row set aside has a finding."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
import pytest
from tests.support.intake import GOOD, codes, mapping, read, read_text, rows_set_aside, workbook

from sightline.definitions.formats import FORMATS, load_format, load_mapping
from sightline.errors import InputRefused
from sightline.intake import read_return, recognise
from sightline.model.entities import ENTITIES
from sightline.model.findings import Severity
from sightline.model.identified import IDENTITY_RECORD
from sightline.model.periods import Quarter

SALTMERE = FORMATS.parent / "partnerships" / "saltmere" / "mappings"


def table(text: str) -> str:
    """A file drawn as a table: cells between bars."""
    return "\n".join(",".join(cell.strip() for cell in line.strip().strip("|").split("|")) for line in text.strip().splitlines()) + "\n"


def _written(path, text):
    path.write_text(text)
    return path


def rows(result, entity, *fields):
    return list(zip(*(result.tables[entity][field].to_pylist() for field in fields), strict=True))


def test_a_missing_episode_keeps_both_vocabularies_and_its_precision(tmp_path):
    result = read_text(
        tmp_path,
        table("""
        | Person ID | Date of birth | Sex | Start            | Returned         | Type | Grade |
        | P1        | 01/03/2012    | F   | 11/01/2026 22:15 | 12/01/2026 06:40 | MFH  | Low   |
        | P2        | 02/03/2011    | M   | 12/01/2026       | 31/12/9999       | AWOL | high  |
        """),
    )

    assert rows(result, "missing_episode", "local_id", "episode_type", "episode_type_local", "started_at", "started_at_precision") == [
        ("P1", "missing", "MFH", datetime(2026, 1, 11, 22, 15), "minute"),
        ("P2", "away", "AWOL", datetime(2026, 1, 12), "day"),
    ]
    assert rows(result, "missing_episode", "ended_at", "grade", "grade_local", "source_row") == [
        (datetime(2026, 1, 12, 6, 40), "low", "Low", 2),
        (None, "high", "high", 3),
    ]
    assert not result.findings


def test_tables_have_the_columns_of_the_common_model(tmp_path):
    result = read_text(tmp_path, GOOD)

    for name, made in result.tables.items():
        entity = IDENTITY_RECORD if name == "identity_record" else ENTITIES[name]
        automatic = {entity.id_column, "identity_id"}
        expected = {c.name: c.type for c in entity.columns if c.name not in automatic} | {
            "source_file": pa.string(),
            "source_row": pa.int64(),
        }
        if entity.about_person:
            expected["local_id"] = pa.string()
        assert {field.name: field.type for field in made.schema} == expected


@pytest.mark.parametrize(
    ("spoilt", "set_aside", "code"),
    [
        (GOOD.replace("P3,", ","), 1, "SL-INT-030"),
        (
            GOOD.replace("P3,03/03/2012,F,13/01/2026 22:15,13/01/2026 23:40,MFH", "P3,03/03/2012,F,13/01/2026 22:15,13/01/2026 23:40,LOST"),
            1,
            "SL-INT-031",
        ),
        (GOOD.replace("MFH,Low\nP5", "MFH,Low,and,more\nP5"), 1, "SL-INT-032"),
    ],
    ids=["nobody", "a code to quarantine", "a row with too many cells"],
)
def test_a_row_set_aside_is_always_explained(tmp_path, spoilt, set_aside, code):
    result = read_text(tmp_path, spoilt)

    assert code in codes(result)
    assert result.rows_read == 8
    assert result.rows_read - result.rows_kept == rows_set_aside(result) == set_aside
    finding = next(finding for finding in result.findings if finding.code == code)
    assert len(finding.examples) == 1
    assert spoilt.splitlines()[finding.examples[0] - 1] not in GOOD.splitlines()


def test_a_sheet_that_is_not_kept_is_counted_and_explained(tmp_path):
    path = workbook(
        tmp_path / "missing.xlsx",
        {"Missing": [row.split(",") for row in GOOD.splitlines()], "Notes": [["Topic", "Note"], ["a", "b"], ["c", "d"]]},
    )
    result = read(mapping(tmp_path), path)

    assert (result.rows_read, result.rows_kept, rows_set_aside(result)) == (10, 8, 2)


def test_a_table_that_is_absent_was_not_checked_and_says_so(tmp_path):
    result = read_text(tmp_path, GOOD)

    assert [unchecked.what for unchecked in result.not_checked] == ["Notes"]


def test_a_check_whose_column_is_absent_was_not_checked_and_says_so(tmp_path):
    without = "\n".join(",".join(row.split(",")[:4] + row.split(",")[5:]) for row in GOOD.splitlines())

    result = read_text(tmp_path, without)

    assert any(unchecked.what.startswith("TEST-ORDER") for unchecked in result.not_checked)
    assert "SL-INT-022" in codes(result)


def test_a_declared_check_is_one_finding_with_the_rows_as_a_person_sees_them(tmp_path):
    result = read_text(tmp_path, GOOD.replace("13/01/2026 23:40", "12/01/2026 23:40").replace("15/01/2026 23:40", "10/01/2026 23:40"))

    (finding,) = [finding for finding in result.findings if finding.code == "TEST-ORDER"]
    assert (finding.rows, finding.examples, finding.severity) == (2, (4, 6), Severity.QUERY)


def test_codes_out_of_their_years_are_understood_and_told(tmp_path):
    result = read_text(
        tmp_path,
        GOOD.replace("P1,01/03/2012,F,11/01/2026 22:15,11/01/2026 23:40,MFH,Low", "P1,01/03/2012,F,11/01/2026 22:15,,MFH,old").replace(
            "14/01/2026 23:40,MFH,Low", ",MFH,new"
        ),
    )

    told = {finding.code: finding.text for finding in result.findings}
    assert '"old"' in told["SL-INT-026"]
    assert '"new"' in told["SL-INT-027"]
    assert result.tables["missing_episode"]["grade"].to_pylist()[:4] == ["old", "low", "low", "new"]


def test_headers_are_found_below_a_title_in_any_order_and_spelling(tmp_path):
    rows_of = [row.split(",") for row in GOOD.splitlines()]
    moved = [
        ["Our missing children, quarter 4"],
        [],
        ["GRADE", "type ", "Child Unique ID", "went  MISSING", "Returned:", "sex", "DOB", "Age"],
    ]
    moved += [[row[6], row[5], row[0], row[3], row[4], row[2], row[1], "13"] for row in rows_of[1:]]

    result = read(mapping(tmp_path), workbook(tmp_path / "anything.xlsx", {"Export (2)": moved}))

    plain = read_text(tmp_path, GOOD)
    assert result.tables["missing_episode"]["source_row"].to_pylist() == list(range(4, 12))
    for field in ("local_id", "started_at", "ended_at", "episode_type", "grade"):
        assert result.tables["missing_episode"][field] == plain.tables["missing_episode"][field]
    assert any(m.column == "Child Unique ID" and (m.entity, m.field) == ("missing_episode", "local_id") for m in result.mapped)


def test_rows_with_one_key_are_counted_once_and_told(tmp_path):
    result = read_text(tmp_path, GOOD + GOOD.splitlines()[1] + "\n" + GOOD.splitlines()[2].replace("Low", "High") + "\n")

    told = {finding.code: finding.rows for finding in result.findings}
    assert told["SL-INT-034"] == 1
    assert told["SL-INT-035"] == 1
    assert result.tables["missing_episode"].num_rows == 8
    assert rows(result, "missing_episode", "local_id", "grade").count(("P2", "high")) == 1


def test_two_files_of_one_table_are_read_together(tmp_path):
    first, second = tmp_path / "missing_1.csv", tmp_path / "missing_2.csv"
    lines = GOOD.splitlines()
    first.write_text("\n".join(lines[:5]))
    second.write_text("\n".join([lines[0], *lines[5:]]))

    result = read(mapping(tmp_path), second, first)

    assert result.rows_kept == 8
    assert set(result.tables["missing_episode"]["source_file"].to_pylist()) == {"missing_1.csv", "missing_2.csv"}


def test_the_order_of_the_rows_does_not_matter(tmp_path):
    lines = GOOD.splitlines()
    forwards, backwards = read_text(tmp_path, GOOD), read_text(tmp_path, "\n".join([lines[0], *reversed(lines[1:])]))

    assert sorted(rows(forwards, "missing_episode", "local_id", "started_at")) == sorted(
        rows(backwards, "missing_episode", "local_id", "started_at")
    )
    assert codes(forwards) == codes(backwards)


def test_a_text_that_means_exploitation_becomes_a_flag_with_its_definition(tmp_path):
    text = (
        "extends: annex_a\nid: local_annex_a\n"
        "exploitation_from_codes:\n"
        "  - table: list_6\n    column: need\n    match: ['N6e1 - Child Sexual Exploitation', '/N1SG/']\n"
        "    type: sexual\n    started: started_on\n    definition: need\n"
        "  - {table: list_6, column: need, match: ['N6g - Missing From Home'], type: missing, started: started_on, definition: need}\n"
        "definitions:\n  need: {title: Need text, certainty: suspected, threshold: A worker chose it., applied_by: Social worker}\n"
    )
    sheet = table("""
        | Child Unique ID | Gender | Ethnicity | Date of Birth | CIN Start Date | Primary Need Code | CIN Closure Date | Closure |
        | 1 | b) Female | a) White | 01/02/2011 | 05/01/2026 | N6e1 - Child Sexual Exploitation | | |
        | 2 | a) Male | a) White | 01/02/2011 | 06/01/2026 | N6g - Missing From Home | | |
        | 3 | a) Male | a) White | 01/02/2011 | 07/01/2026 | N1SG : Child Exploitation | | |
        | 4 | a) Male | a) White | 01/02/2011 | 07/01/2026 | N1 - Abuse or neglect | | |
    """)
    result = read_text(tmp_path, sheet, name="list_6.csv", form=mapping(tmp_path, text))

    assert sorted(rows(result, "flag", "local_id", "exploitation_type", "flag_local", "definition_id")) == [
        ("1", "sexual", "N6e1 - Child Sexual Exploitation", "need"),
        ("2", "missing", "N6g - Missing From Home", "need"),
        ("3", "sexual", "N1SG : Child Exploitation", "need"),
    ]
    assert result.tables["plan"].num_rows == 4


def test_care_episodes_without_a_gap_are_one_spell_of_care(tmp_path):
    path = tmp_path / "episodes.csv"
    path.write_text(
        table("""
        | CHILD | DECOM | RNE | LS | CIN | PLACE | PLACE_PROVIDER | DEC | REC | REASON_PLACE_CHANGE | HOME_POST | PL_POST | URN |
        | A | 01/05/2025 | S | V2 | N1 | U4 | PR1 | 01/07/2025 | X1 | CARPL | QS4 2AB | | |
        | A | 01/07/2025 | P | V2 | N1 | U4 | PR1 | 01/09/2025 | E4A | | QS4 2AB | | |
        | A | 01/02/2026 | S | V2 | N1 | U4 | PR1 | | | | QS4 2AB | | |
        | B | 01/06/2025 | P | V2 | N1 | U4 | PR1 | | | | QS4 2AC | | |
        """)
    )
    result = read(load_format("ssda903"), path)

    spells = [
        (who, str(start), str(end) if end else None, why)
        for who, start, end, why in rows(result, "plan", "local_id", "started_on", "ended_on", "end_reason")
    ]
    assert spells == [("A", "2025-05-01", "2025-09-01", "E4A"), ("A", "2026-02-01", None, None)]
    assert next(finding.rows for finding in result.findings if finding.code == "SL-INT-046") == 1


def test_identity_rows_that_agree_are_one(tmp_path):
    lists = {
        "List 1": [
            ["Child Unique ID", "Gender", "Ethnicity", "Date of Birth", "Date of Contact", "Contact Source"],
            ["7", "c) Not stated/recorded", "a) White", "", "05/01/2026", "g) Police"],
        ],
        "List 3": [
            ["Child Unique ID", "Gender", "Ethnicity", "Date of Birth", "Date of referral", "Referral Source", "Referral NFA?"],
            ["7", "b) Female", "WBRI", "01/02/2011", "06/01/2026", "q) 6: Police", "No"],
        ],
    }
    result = read(load_format("annex_a"), workbook(tmp_path / "annex_a.xlsx", lists))

    assert rows(result, "identity_record", "local_id", "sex", "ethnicity", "date_of_birth_precision") == [("7", "female", "white", "day")]


def test_youth_justice_indicators_become_flags_with_their_own_definition(tmp_path):
    (tmp_path / "child.csv").write_text(
        "ypid,pnc_id,surname,forename,dob,sex,ethnicity,postcode,upn,nhs_number\nYP1,,Exemplar,Anna,01/02/2010,Female,W1,QS4 2AB,,\n"
    )
    (tmp_path / "assessment.csv").write_text(
        "ypid,completed,safety_wellbeing,risk_of_serious_harm,cse_indicator,cce_indicator,gang\nYP1,03/02/2026,high,low,No,Yes,No\n"
    )

    result = read(load_mapping(SALTMERE / "youth_justice.yml"), tmp_path / "child.csv", tmp_path / "assessment.csv")

    assert rows(result, "flag", "local_id", "exploitation_type", "certainty", "definition_id", "flag_local") == [
        ("YP1", "criminal", "suspected", "youth_justice_cce", "cce_indicator")
    ]


def test_the_role_is_the_involvements_and_an_outcome_reaches_the_suspect_only(tmp_path):
    (tmp_path / "occurrence.csv").write_text(
        "occurrence_no,recorded_datetime,from_datetime,to_datetime,ho_class_code,ho_description,crime_status,flags,outcome_code,"
        "outcome_date,beat_or_ward,easting,northing,location_type\n"
        "O1,2026-01-05T10:00:00,2026-01-04T23:00:00,,092/20,Supplying a controlled drug,crime,knife;CCE,22,2026-02-01,W01,,,street/public\n"
        "O2,2026-01-06T10:00:00,2026-01-05T20:00:00,2026-01-06T02:00:00,,Missing person,non-crime,missing,,,W01,600000,500000,home\n"
    )
    (tmp_path / "person_role.csv").write_text(
        "occurrence_no,nominal_id,role,surname,forename,dob,sex,self_defined_ethnicity,home_postcode\n"
        "O1,N1,suspect,EXEMPLAR,Anna,2010-02-01,F,W1,QS4 2AB\n"
        "O1,N2,victim,EXEMPLAR,Ben,2011-02-01,M,B1,QS4 2AB\nO2,N2,missing person,EXEMPLAR,Ben,2011-02-01,M,B1,\n"
    )

    result = read(load_mapping(SALTMERE / "police.yml"), tmp_path / "occurrence.csv", tmp_path / "person_role.csv")

    assert rows(result, "involvement", "local_id", "role", "certainty") == [
        ("N1", "suspect", "suspected"),
        ("N2", "victim", "known"),
        ("N2", "missing", "known"),
    ]
    assert rows(result, "offence_outcome", "local_id", "outcome") == [("N1", "diversion")]
    assert rows(result, "incident", "incident_reference", "exploitation_type") == [("O1", "criminal"), ("O2", "missing")]
    assert rows(result, "missing_episode", "local_id", "started_at") == [("N2", datetime(2026, 1, 5, 20, 0))]


def test_a_row_that_names_another_tables_missing_row_is_told(tmp_path):
    (tmp_path / "occurrence.csv").write_text("occurrence_no,recorded_datetime,from_datetime\nO1,2026-01-05T10:00:00,2026-01-04T23:00:00\n")
    (tmp_path / "person_role.csv").write_text("occurrence_no,nominal_id,role,surname,forename\nO9,N1,victim,EXEMPLAR,Anna\n")

    assert "SL-INT-039" in codes(read(load_mapping(SALTMERE / "police.yml"), tmp_path / "occurrence.csv", tmp_path / "person_role.csv"))


def test_the_period_is_taken_from_the_files_when_none_is_claimed(tmp_path):
    result = read(mapping(tmp_path), _written(tmp_path / "missing.csv", GOOD), period=None)

    assert result.period == Quarter(2026, 1)


def test_progress_is_told_file_by_file(tmp_path):
    path = tmp_path / "missing.csv"
    path.write_text(GOOD)
    steps: list[tuple[str, int, int]] = []

    read_return(
        [path], mapping=mapping(tmp_path), period=Quarter(2026, 1), agency="csc", dataset="test", progress=lambda *step: steps.append(step)
    )

    assert [(done, total) for _, done, total in steps] == [(0, 1), (1, 1)]


@pytest.mark.parametrize(
    ("content", "id"),
    [
        ("CHILD,DOB,MISSING,MIS_START,MIS_END\nA,01/01/2010,M,01/02/2026,02/02/2026\n", "ssda903"),
        ("<Message><Header/></Message>", "cin_census"),
        ("<EXPSSDA903/>", "ssda903"),
        (
            "Child Unique ID,Gender,Ethnicity,Date of Birth,Age,Date of Contact,Contact Source\n1,M,White,,,01/02/2026,Police\n",
            "annex_a",
        ),
    ],
)
def test_a_format_is_recognised_by_what_is_in_the_file(tmp_path, content, id):
    path = tmp_path / "some_file.dat"
    path.write_text(content)

    assert recognise([path]) == id


def test_an_empty_file_is_told_to_be_empty(tmp_path):
    path = tmp_path / "return.csv"
    path.write_text(" \n")

    with pytest.raises(InputRefused, match="the first is empty"):
        recognise([path])
