"""What each format checks between rows and between tables: small returns with one thing wrong, and the one finding it makes."""
# ruff: noqa: E501 - tables stand as they are sent

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support.intake import read

from sightline.definitions.formats import format_ids, load_format
from sightline.model.periods import Quarter

Q1 = Quarter(2026, 1)
SSD_PEOPLE = "pers_person_id,pers_sex,pers_ethnicity,pers_dob\nP1,F,WBRI,2010-02-03\nP2,F,WBRI,2007-02-03\n"
SSD_REFERRALS = "cine_person_id,cine_referral_id,cine_referral_date,cine_close_date\nP1,R1,2026-01-05,\nP2,R2,2026-01-05,2026-01-31\n"
CHILDREN = "ypid,surname,forename,dob,sex\nY1,Example,Ada,01/02/2010,F\nY2,Example,Ben,01/02/2007,M\n"
HEADER = "CHILD,SEX,DOB,ETHNIC\nC1,F,01/02/2010,WBRI\n"
EPISODES = "CHILD,DECOM,RNE,LS,CIN,PLACE,DEC,REC\nC1,05/05/2025,S,C2,N1,U4,31/12/2025,E4A\n"

CASES = {
    "early help given twice at once": (
        "early_help",
        {
            "early_help": "person_local_id,dob,start_date,end_date\nC1,01/02/2012,12/01/2026,20/02/2026\nC1,01/02/2012,15/02/2026,20/03/2026\n"
        },
        {"SL-EH-102": (3,)},
    ),
    "early help open for an adult": (
        "early_help",
        {"early_help": "person_local_id,dob,start_date,end_date\nC1,01/02/2012,12/01/2026,\nC2,01/02/2008,12/01/2026,\n"},
        {"SL-EH-103": (3,)},
    ),
    "missing from within an absence": (
        "missing_rhi",
        {
            "missing": "episode_ref,person_local_id,last_seen_at,returned_at,category\n"
            "M1,C1,11/01/2026 22:00,14/01/2026 01:00,missing\nM2,C1,12/01/2026 22:00,13/01/2026 01:00,missing\n"
        },
        {"SL-MIS-103": (3,)},
    ),
    "in custody twice at once": (
        "police_extract",
        {
            "occurrence": "occurrence_no,recorded_datetime,from_datetime,ho_description\nO1,2026-01-11 23:00,2026-01-11 22:00,Robbery\n",
            "person_role": "occurrence_no,nominal_id,role,surname,forename,dob\nO1,X1,suspect,Example,Ada,2010-02-01\n",
            "custody": "custody_no,nominal_id,detained_at,released_at,offences,disposal,appropriate_adult\n"
            "K1,X1,2026-01-11 23:00,2026-01-13 10:00,Robbery,NFA,Y\nK2,X1,2026-01-12 23:00,2026-01-14 10:00,Robbery,NFA,Y\n",
        },
        {"SL-POL-513": (3,)},
    ),
    "a programme of nobody and one that goes on": (
        "youth_justice",
        {"child": CHILDREN, "intervention": "ypid,programme,start,end,end_reason\nY2,,05/01/2026,,\nY9,,05/01/2026,31/01/2026,\n"},
        {"SL-YJ-122": (3,), "SL-YJ-123": (2,)},
    ),
    "an offence and an assessment of nobody": (
        "youth_justice",
        {
            "child": CHILDREN,
            "offence": "ypid,offence_id,offence_date,arrest_date,yjb_category,seriousness\nY9,F1,05/01/2026,05/01/2026,Drugs,3\n",
            "assessment": "ypid,completed,safety_wellbeing,risk_of_serious_harm\nY8,05/01/2026,,\n",
        },
        {"SL-YJ-102": (2,), "SL-YJ-131": (2,)},
    ),
    "answers of no screening": (
        "screening_mace",
        {
            "screenings": "screening_id,person_local_id,tool_name,completed_at,outcome_level,professional_judgement\nS1,C1,Tool,11/01/2026,Moderate,Said\n",
            "screening_items": "screening_id,item_code,answer\nS1,1,Y\nS2,1,Y\n",
        },
        {"SL-SCR-201": (3,)},
    ),
    "excluded before the first day at the school": (
        "school_census",
        {
            "2026_spring_pupilonroll": "pupilonrolltableid,upn,surname,forename,dob,sex,entrydate,enrolstatus,senprovision,ncyearactual\n"
            "P1,,Example,Ada,2012-02-01,F,2026-01-20,C,N,9\n",
            "2026_spring_termlyexclusions": "pupilonrolltableid,startdate,sessions,category,reason1\nP1,2026-01-12,4,SUSP,OW\n",
        },
        {"SL-SCH-111": (2,)},
    ),
    "an early referral, a late assessment and plans of nobody": (
        "d2i_ssd",
        {
            "ssd_person": SSD_PEOPLE,
            "ssd_cin_episodes": SSD_REFERRALS,
            "ssd_cin_assessments": "cina_person_id,cina_assessment_id,cina_assessment_start_date,cina_assessment_auth_date\n"
            "P1,A1,2026-01-02,\nP2,A2,2026-01-06,\n",
            "ssd_cp_plans": "cppl_person_id,cppl_cp_plan_id,cppl_cp_plan_start_date,cppl_cp_plan_end_date\n"
            "P1,D1,2026-01-10,\nP1,D2,2026-01-20,\nP9,D3,2026-01-10,2026-01-20\nP2,D4,2026-01-10,\n",
        },
        {"SL-SSD-137": (2,), "SL-SSD-141": (4,), "SL-SSD-142": (3,), "SL-SSD-143": (5,)},
    ),
    "a child is away before care began and after it ended": (
        "ssda903",
        {
            "header": HEADER,
            "episodes": EPISODES,
            "missing": "CHILD,DOB,MISSING,MIS_START,MIS_END\nC1,01/02/2010,M,01/05/2025,02/05/2025\nC1,01/02/2010,M,02/01/2026,03/01/2026\n",
            "reviews": "CHILD,DOB,REVIEW,REVIEW_CODE\nC1,01/02/2010,01/05/2025,PN1\nC1,01/02/2010,01/07/2025,PN1\nC1,01/02/2010,02/01/2026,PN1\n",
        },
        {"SL-903-313": (3,), "SL-903-314": (2,), "SL-903-412": (2,), "SL-903-413": (4,)},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_does_not_fit_together_is_one_finding_at_its_rows(tmp_path, case):
    form, files, expected = CASES[case]
    result = read(load_format(form), *written(tmp_path, files), period=Q1)

    assert not result.refused, [(finding.code, finding.text) for finding in result.findings]
    assert {finding.code: finding.examples for finding in result.findings if finding.code in across(form)} == expected


def test_an_assessment_and_a_plan_before_the_referral_are_told_of_a_nested_return(tmp_path):
    episode = {
        "social_care_episode_id": "E1",
        "referral_date": "2026-01-05",
        "child_and_family_assessments": [{"child_and_family_assessment_id": "A1", "start_date": "2026-01-02"}],
        "child_protection_plans": [{"child_protection_plan_id": "D1", "start_date": "2026-01-03"}],
    }
    details = {"date_of_birth": "2007-02-03", "sex": "F"}
    path = tmp_path / "return.json"
    plan = {"child_protection_plan_id": "D2", "start_date": "2026-01-06", "end_date": "2026-01-20"}
    closed = {"social_care_episode_id": "E2", "referral_date": "2026-01-05", "closure_date": "2026-01-31", "child_protection_plans": [plan]}
    children = [
        {"la_child_id": "C1", "child_details": details, "social_care_episodes": [episode]},
        {"la_child_id": "C2", "child_details": details, "social_care_episodes": [closed]},
    ]
    path.write_text(json.dumps(children), encoding="utf-8")
    result = read(load_format("dfe_csc_api"), path, period=Q1)

    assert not result.refused, [(finding.code, finding.text) for finding in result.findings]
    found = {finding.code: finding.rows for finding in result.findings if finding.code in across("dfe_csc_api")}
    assert found == dict.fromkeys(("SL-API-212", "SL-API-311", "SL-API-612", "SL-API-613"), 1)


def test_every_check_between_rows_has_an_id_of_its_own():
    ids = [check.id for form in format_ids() for table in load_format(form).tables.values() for check in (*table.checks, *table.across)]

    assert len(ids) == len(set(ids))


def across(form: str) -> set[str]:
    return {check.id for table in load_format(form).tables.values() for check in table.across}


def written(folder: Path, files: dict[str, str]) -> list[Path]:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return [folder / f"{name}.csv" for name in files]
