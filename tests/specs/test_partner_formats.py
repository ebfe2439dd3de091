"""What partners send becomes rows of the common model: small files in each format's own words, and what is made of them."""
# ruff: noqa: E501 - tables stand as they are sent

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from tests.support.intake import read
from tests.support.samples import samples_folder

from sightline.definitions.formats import load_format
from sightline.intake import recognise
from sightline.model.periods import Quarter

Q1 = Quarter(2026, 1)


def given(folder: Path, format: str, **files: str):
    """Write files (names without their ending) and read them with a format of the catalogue."""
    paths = []
    for name, text in files.items():
        path = folder / f"{name}.csv"
        path.write_text("\n".join(line.strip() for line in text.strip().splitlines()) + "\n", encoding="utf-8")
        paths.append(path)
    assert recognise(paths) == format, "Sightline tells by itself which format this is"
    result = read(load_format(format), *paths, period=Q1)
    assert not result.refused, [(finding.code, finding.text) for finding in result.findings]
    return result


def rows(result, entity: str, *fields: str) -> list[tuple]:
    return [tuple(row[field] for field in fields) for row in result.tables[entity].to_pylist()]


def test_police_keep_self_defined_and_observed_ethnicity_apart_and_suspicion_with_the_involvement(tmp_path):
    result = given(
        tmp_path,
        "police_extract",
        occurrence="""occurrence_no,recorded_datetime,from_datetime,ho_class_code,ho_description,flags,beat_or_ward,easting,northing,location_type
        O1,2026-01-11 23:00,2026-01-11 22:00,8/06,Common assault,CCE,W01,400000,500000,street/public""",
        person_role="""occurrence_no,nominal_id,role,surname,forename,dob,sex,self_defined_ethnicity,officer_observed_ethnicity,home_postcode
        O1,X1,victim,Example,Ada,2012-02-01,F,M1,IC3,QS1 2AB
        O1,X2,suspect,Example,Ben,1990-02-01,M,,IC1,QS1 2AB""",
    )

    assert rows(result, "identity_record", "local_id", "ethnicity", "ethnicity_observed") == [
        ("X1", "mixed", "black"),
        ("X2", "not_recorded", "white"),
    ]
    assert rows(result, "involvement", "local_id", "role", "role_local", "certainty") == [
        ("X1", "victim", "victim", "known"),
        ("X2", "suspect", "suspect", "suspected"),
    ]
    assert rows(result, "incident", "incident_type", "incident_type_local", "exploitation_type") == [
        ("violence", "Common assault", "criminal")
    ]


def test_home_placing_and_incident_authority_are_three_things(tmp_path):
    result = given(
        tmp_path,
        "missing_rhi",
        missing="""episode_ref,person_local_id,last_seen_at,returned_at,category,risk_grade,missing_from,home_la,placing_la,incident_la
        M1,C1,11/01/2026 22:00,12/01/2026 01:00,missing,medium,foster care,998,999,
        M2,C2,12/01/2026,,away without authorisation,low,home,,,997""",
    )

    assert rows(result, "missing_episode", "home_authority", "placing_authority", "incident_authority") == [
        ("998", "999", None),
        (None, None, "997"),
    ]
    assert rows(result, "missing_episode", "episode_type", "episode_type_local", "started_at_precision") == [
        ("missing", "missing", "minute"),
        ("away", "away without authorisation", "day"),
    ]


def test_places_of_assaults_come_without_anybody(tmp_path):
    result = given(
        tmp_path,
        "istv",
        istv="""ARRIVAL DATE AND TIME AT ACCIDENT AND EMERGENCY DEPARTMENT,ASSAULT DATE AND TIME,ASSAULT METHOD,ASSAULT LOCATION TYPE
        11/01/2026 23:10,11/01/2026 22:00,knife/sharp,street/public
        11/01/2026 23:10,11/01/2026 22:00,knife/sharp,street/public""",
    )

    assert set(result.tables) == {"incident"}
    assert len(set(rows(result, "incident", "incident_reference"))) == 2, "two attendances alike in all are two"


def test_published_crimes_have_a_month_and_no_day(tmp_path):
    result = given(
        tmp_path,
        "police_uk",
        **{
            "2026-01-example-street": """Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,Last outcome category,Context
            abc,2026-01,Example Police,Example Police,-1.5,54.5,On or near Harbour Square,E01000001,Saltmere 001A,Robbery,,
            ,2026-01,Example Police,Example Police,-1.5,54.5,On or near Harbour Square,E01000001,Saltmere 001A,Anti-social behaviour,,
            ,2026-01,Example Police,Example Police,-1.5,54.5,On or near Harbour Square,E01000001,Saltmere 001A,Anti-social behaviour,,"""
        },
    )

    assert {precision for (precision,) in rows(result, "incident", "started_at_precision")} == {"month"}
    assert sorted(rows(result, "incident", "incident_type", "status")) == [
        ("antisocial", "not_a_crime"),
        ("antisocial", "not_a_crime"),
        ("robbery", "crime"),
    ]
    assert "identity_record" not in result.tables


def test_a_symbol_in_a_public_table_is_never_a_number(tmp_path):
    result = given(
        tmp_path,
        "dfe_published",
        factors="""time_period,time_identifier,geographic_level,country_code,country_name,region_code,region_name,old_la_code,new_la_code,la_name,category,Episodes,Gangs
        2024,Reporting year,Local authority,E92000001,England,E12000001,North East,999,E06999999,Saltmere,Factors,520,c
        2024,Reporting year,National,E92000001,England,,,,,,Factors,0,x""",
    )

    assert rows(result, "published_figure", "area_name", "measure", "value", "symbol") == [
        ("Saltmere", "Episodes", 520.0, None),
        ("Saltmere", "Gangs", None, "c"),
        ("England", "Episodes", 0.0, None),
        ("England", "Gangs", None, "x"),
    ]


@pytest.mark.samples
@pytest.mark.parametrize(
    ("year", "measure", "figure"),
    [
        ("2018", "Child_sexual_exploitation", 20000),
        ("2018", "Child_criminal_exploitation", "x"),
        ("2018", "Going_missing", 16070),
        ("2022", "Child_criminal_exploitation", 10140),
        ("2024", "Child_criminal_exploitation", 15750),
        ("2024", "Gangs", 10180),
        ("2024", "Episodes_with_assessment_factor", 506370),
    ],
)
def test_the_departments_own_table_reads_to_the_figures_it_is_known_for(year, measure, figure, departments_table):
    (found,) = [row for row in departments_table if (row["time_period"], row["measure"]) == (year, measure)]

    assert (found["value"], found["symbol"]) == ((None, figure) if isinstance(figure, str) else (float(figure), None))


@pytest.fixture(scope="module")
def departments_table() -> list[dict]:
    path = samples_folder() / "samples" / "dfe_published" / "c3_factors_identified_at_end_of_assessment_2018_to_2024.csv"
    result = read(load_format("dfe_published"), path, period=None)
    return [row for row in result.tables["published_figure"].to_pylist() if row["area_level"] == "National"]


def test_what_a_young_person_did_not_let_be_quoted_is_not_kept(tmp_path):
    result = given(
        tmp_path,
        "voice_places",
        voice="""response_id,collected_at,method,age_band,gender,school_or_group,place_label,place_type,feeling,time_of_day,why,consent_to_quote
        R1,11/01/2026,survey,13-15,Female,Harbour School,Bus station,transport,unsafe,evening;night,It is dark,Yes
        R2,11/01/2026,survey,16-17,Male,Harbour School,Library,other,safe,after school,It is warm,No""",
    )

    assert rows(result, "participation_response", "place", "feeling", "why", "group_name", "may_be_quoted") == [
        ("Bus station", "unsafe", "It is dark", None, True),
        ("Library", "safe", None, None, False),
    ]


def test_a_count_that_is_withheld_is_not_zero(tmp_path):
    result = given(
        tmp_path,
        "vcs_return",
        counts="""service,period_start,period_end,measure_id,breakdown,breakdown_value,value,suppressed,definition_note
        Harbour Light,2026-01-01,2026-03-31,children_supported,all,all,43,No,Seen once
        Harbour Light,2026-01-01,2026-03-31,children_supported,age_band,10-12,,Yes,Seen once""",
    )

    assert rows(result, "aggregate_count", "category", "count", "withheld") == [("all", 43, False), ("10-12", None, True)]


def test_an_outcome_that_means_two_things_waits_for_the_agency(tmp_path):
    result = given(
        tmp_path,
        "youth_justice",
        child="""ypid,pnc_id,surname,forename,dob,sex,ethnicity,postcode,upn,nhs_number
        Y1,,Example,Ben,01/02/2010,M,W1,QS1 2AB,,""",
        offence="""ypid,offence_id,offence_date,arrest_date,yjb_category,seriousness
        Y1,F1,05/01/2026,05/01/2026,Drugs,3""",
        outcome="""offence_id,outcome,outcome_date
        F1,Reprimand,20/01/2026""",
    )

    assert rows(result, "offence_outcome", "outcome", "outcome_local") == [("not_recorded", "Reprimand")]
    assert "SL-INT-025" in {finding.code for finding in result.findings}
    assert rows(result, "involvement", "role", "certainty") == [("suspect", "suspected")]


def test_the_safeguarding_dataset_loads_under_its_own_names(tmp_path):
    result = given(
        tmp_path,
        "d2i_ssd",
        ssd_person="""pers_person_id,pers_sex,pers_gender,pers_ethnicity,pers_dob,pers_common_child_id,pers_legacy_id,pers_upn_unknown,pers_send_flag,pers_expected_dob,pers_death_date,pers_is_mother,pers_nationality
        P1,F,,WBRI,2010-02-03,,,,,,,,""",
        ssd_cin_assessments="""cina_assessment_id,cina_person_id,cina_referral_id,cina_assessment_start_date,cina_assessment_child_seen,cina_assessment_auth_date,cina_assessment_outcome_json,cina_assessment_outcome_nfa,cina_assessment_team,cina_assessment_worker_id
        A1,P1,R1,2026-01-05,Y,2026-02-01,[],N,,""",
        ssd_assessment_factors="""cinf_table_id,cinf_assessment_id,cinf_assessment_factors_json
        1,A1,"[""24A"", ""10A"", ""2A""]\"""",
    )

    assert rows(result, "assessment_factor", "local_id", "factor", "exploitation_type") == [
        ("P1", "24A", "criminal"),
        ("P1", "10A", "missing"),
        ("P1", "2A", None),
    ]


def test_a_screening_keeps_its_score_and_its_level_in_both_vocabularies(tmp_path):
    result = given(
        tmp_path,
        "screening_mace",
        screening="""screening_id,person_local_id,tool_name,tool_version,completed_at,completed_by_agency,exploitation_types_considered,score,outcome_level,professional_judgement,child_present_or_asked,next_action
        S1,C1,Harbour tool,2,11/01/2026,Early help,CSE;CCE,12,Moderate,Worker is worried,Y,assessment""",
    )

    assert rows(result, "screening", "tool", "score", "level", "level_local", "exploitation_considered") == [
        ("Harbour tool", 12.0, "moderate", "Moderate", "sexual;criminal")
    ]


def test_a_referral_to_the_mechanism_keeps_both_decisions(tmp_path):
    result = given(
        tmp_path,
        "nrm",
        nrm="""nrm_ref,local_id,referral_date,first_responder,age_at_referral,age_at_exploitation,sex,exploitation_type,county_lines_flag,rg_decision,rg_date,cg_decision,cg_date
        N1,C1,11/01/2026,NSPCC,15,minor,M,criminal,Yes,positive,21/01/2026,pending,""",
    )

    assert rows(
        result, "nrm_referral", "first_responder", "first_responder_local", "exploitation", "reasonable_grounds", "conclusive_grounds"
    ) == [("voluntary", "NSPCC", "criminal", "positive", "pending")]


def test_an_early_help_worker_who_is_concerned_leaves_a_flag_of_risk_and_no_more(tmp_path):
    result = given(
        tmp_path,
        "early_help",
        early_help_episodes="""episode_id,person_local_id,family_id,forename,surname,dob,sex,ethnicity,postcode,start_date,end_date,reason,end_reason,step_up_down,ce_concern,child_view_recorded
        E1,C1,F1,Ada,Example,01/02/2012,F,M1,QS1 2AB,12/01/2026,20/03/2026,Substance use;Family relationships,Stepped up to social care,Step up,Yes,Y
        E2,C2,F1,Ben,Example,01/02/2010,M,W1,QS1 2AB,12/01/2026,,Secure housing,,None,N,N
        E3,C3,F2,Cy,Example,01/02/2011,M,W1,QS1 2AB,13/01/2026,,Secure housing,,None,,""",
        needs="""family_id,need,evidence_source,identified,outcome_met
        F1,Housing,Worker,12/01/2026,""",
    )

    assert rows(result, "early_help_episode", "local_id", "reason", "reason_local", "step", "step_local", "child_heard") == [
        ("C1", "substances;relationships", "Substance use;Family relationships", "up", "Step up", True),
        ("C2", "housing", "Secure housing", "none", "None", False),
        ("C3", "housing", "Secure housing", "none", "None", None),
    ]
    assert rows(result, "flag", "local_id", "exploitation_type", "certainty", "definition_id") == [
        ("C1", "other", "at_risk", "early_help_concern")
    ]
    assert rows(result, "plan", "plan_type", "end_reason", "end_reason_local") == [
        ("EH", "stepped_up", "Stepped up to social care"),
        ("EH", None, None),
        ("EH", None, None),
    ]


def test_an_assault_is_told_from_an_accident_and_from_what_nobody_asked(tmp_path):
    result = given(
        tmp_path,
        "ecds",
        attendances="""hospital_number,nhs_number,forename,surname,dob,sex,ethnicity,postcode,arrived_at,injury_intent,assault_method,injury_place_type,safeguarding_concern
        H1,,Ada,Example,01/02/2012,F,M1,QS1 2AB,11/01/2026 23:10,Assault,knife/sharp,street/public,Child criminal exploitation
        H2,,Ben,Example,01/02/2010,M,W1,QS1 2AB,12/01/2026 09:00,Self-harm,,Home,None
        H3,,Cy,Example,01/02/2011,M,W1,QS1 2AB,12/01/2026 10:00,Not known,not known,not known,""",
    )

    assert rows(result, "ae_attendance", "local_id", "assault", "method", "method_local", "location_type", "location_type_local") == [
        ("H1", True, "weapon", "knife/sharp", "street", "street/public"),
        ("H2", False, "not_recorded", None, "home", "Home"),
        ("H3", None, "not_recorded", "not known", "not_recorded", "not known"),
    ]
    assert rows(result, "ae_attendance", "safeguarding_concern", "safeguarding_concern_local") == [
        ("criminal", "Child criminal exploitation"),
        ("none", "None"),
        ("not_recorded", None),
    ]
    assert rows(result, "flag", "local_id", "exploitation_type", "certainty") == [("H1", "criminal", "suspected")]


def test_a_home_taken_over_is_kept_with_the_part_the_person_had(tmp_path):
    result = given(
        tmp_path,
        "housing",
        housing_cases="""Case ref,Opened,Closed,Case type,Location postcode,Subject ref,First name,Surname,Date of birth,Home postcode,Role,Cuckooing?,Action taken
        H1,12/01/2026,,Cuckooing,QS1 2AB,T1,Ada,Example,01/02/1990,QS1 2AB,Victim,Yes,Partial closure order
        H2,13/01/2026,20/02/2026,Street gathering,QS1 2AB,T2,Ben,Example,01/02/2010,QS1 2AC,Alleged perpetrator,No,Warning""",
        tenancies="""tenancy_ref,household_ref,child_count,homelessness_duty,temporary_accommodation
        X1,Z1,2,Relief,No""",
    )

    assert rows(result, "housing_case", "local_id", "case_type", "case_type_local", "role", "role_local", "cuckooing") == [
        ("T1", "home_taken_over", "Cuckooing", "victim", "Victim", True),
        ("T2", "gathering", "Street gathering", "suspect", "Alleged perpetrator", False),
    ]


def test_a_school_tells_when_a_pupil_came_was_sent_home_and_was_away(tmp_path):
    result = given(
        tmp_path,
        "school_census",
        **{
            "2026_spring_pupilonroll": """pupilonrolltableid,urn,upn,surname,forename,dob,sex,ethnicity,entrydate,enrolstatus,parttime,senprovision,ncyearactual
            P1,100001,,Example,Ada,2012-02-01,F,MWBC,2023-09-01,C,false,K,9
            P2,100001,,Example,Ben,2010-02-01,M,WBRI,2021-09-01,M,true,N,11""",
            "2026_spring_termlyexclusions": """pupilonrolltableid,startdate,sessions,category,reason1
            P1,2026-01-12,4,SUSP,OW
            P2,2026-01-13,,PERM,PP""",
            "2026_spring_sessiondetails": """pupilonrolltableid,termstartdate,termlysessionspossible,attendancereason,absencesessions
            P1,2026-01-05,110,I,6
            P1,2026-01-05,110,Y5,2""",
            "2026_spring_addressesonroll": """pupilonrolltableid,addressesonrollorderseqcolumn,postcode
            P1,1,QS1 2AB""",
        },
    )

    assert rows(result, "school_spell", "local_id", "enrolment", "special_needs", "part_time") == [
        ("P1", "C", "K", False),
        ("P2", "M", "N", True),
    ]
    assert rows(result, "exclusion", "local_id", "category", "category_local", "reason", "sessions") == [
        ("P1", "suspension", "SUSP", "OW", 4.0),
        ("P2", "permanent", "PERM", "PP", None),
    ]
    assert rows(result, "absence", "local_id", "reason", "reason_local", "sessions", "possible_sessions") == [
        ("P1", "I", "I", 6, 110),
        ("P1", "Y5", "Y5", 2, 110),
    ]
    assert ("P1", "QS1 2AB") in rows(result, "identity_record", "local_id", "postcode")


@pytest.mark.samples
def test_a_councils_own_addresses_file_waits_for_the_pupils_and_is_read_whole_beside_them(tmp_path):
    path = samples_folder() / "samples" / "school_census" / "2024_autumn_addressesoffroll.csv"
    with path.open(encoding="utf-8", newline="") as file:
        sent = list(csv.DictReader(file))
    alone = read(load_format("school_census"), path, period=Quarter(2024, 4))
    assert alone.refused
    assert [finding.text for finding in alone.findings] == [
        'The table "Pupils on roll" is missing, and School census cannot be read without it.'
    ]

    pupils = sorted({row["pupilnolongeronrolltableid"] for row in sent})
    beside = tmp_path / "2024_autumn_pupilnolongeronroll.csv"
    lines = [f"{pupil},,Example,Ada,2012-02-01,F,2023-09-01,C,N,9" for pupil in pupils]
    header = "pupilnolongeronrolltableid,upn,surname,forename,dob,sex,entrydate,enrolstatus,senprovision,ncyearactual"
    beside.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    result = read(load_format("school_census"), path, beside, period=Quarter(2024, 4))

    assert not result.refused
    kept = [(pupil, postcode) for pupil, postcode in rows(result, "identity_record", "local_id", "postcode") if postcode]
    assert sorted(kept) == sorted((row["pupilnolongeronrolltableid"], row["postcode"]) for row in sent)
    assert not result.findings


def test_known_suspected_and_feared_abuse_are_kept_apart_and_abuse_in_the_family_is_no_exploitation(tmp_path):
    result = given(
        tmp_path,
        "csa_centre",
        csa_records="""local_id,date_recorded,concern_certainty,csa_context,age_at_referral,sex,ethnicity
        C1,11/01/2026,known,CSE;online,14,F,M1
        C2,12/01/2026,at risk,intra-familial,9,M,W1
        C3,13/01/2026,suspected,group/network,15,F,W1""",
    )

    assert sorted(rows(result, "flag", "local_id", "flag", "flag_local", "exploitation_type", "certainty", "definition_id")) == [
        ("C1", "exploitation", "CSE", "sexual", "known", "csa_record"),
        ("C1", "online", "online", "sexual", "known", "csa_record"),
        ("C3", "network", "group/network", "sexual", "suspected", "csa_record"),
    ]
    assert {child for (child,) in rows(result, "identity_record", "local_id")} == {"C1", "C2", "C3"}


@pytest.mark.samples
def test_every_published_crime_of_three_forces_over_five_months_is_kept_under_a_known_kind(tmp_path):
    """The crimes stand in a Parquet file there; each force publishes them as CSV under these headers."""
    published = {"month": "Month", "force": "Reported by", "longitude": "Longitude", "latitude": "Latitude", "location": "Location"}
    published |= {
        "lsoa code": "LSOA code",
        "lsoa name": "LSOA name",
        "crime type": "Crime type",
        "last outcome category": "Last outcome category",
    }
    crimes = pl.read_parquet(samples_folder() / "police_uk" / "police_uk_3forces_2018-10_2019-02.parquet", columns=list(published))
    crimes = crimes.rename(published).with_row_index("row")
    anonymous = pl.col("Crime type").cast(pl.String) == "Anti-social behaviour"
    number = pl.when(~anonymous).then(pl.format("c{}", "row"))
    table = crimes.with_columns(number.alias("Crime ID"), pl.col("Reported by").alias("Falls within"), Context=pl.lit("")).drop("row")
    table.write_csv(tmp_path / "2018-12-three-forces-street.csv")
    result = read(load_format("police_uk"), tmp_path / "2018-12-three-forces-street.csv", period=Quarter(2018, 4))

    assert not result.refused
    kept = Counter(rows(result, "incident", "status", "started_at_precision"))
    assert kept == {("crime", "month"): crimes.filter(~anonymous).height, ("not_a_crime", "month"): crimes.filter(anonymous).height}
    assert ("not_recorded",) not in rows(result, "incident", "incident_type")
    (unplaced,) = result.findings
    assert (unplaced.code, unplaced.rows) == ("SL-PUK-101", crimes["Longitude"].null_count())


def test_what_a_child_lived_with_is_an_adversity_and_what_another_child_did_is_none(tmp_path):
    result = given(
        tmp_path,
        "d2i_ssd",
        ssd_person="""pers_person_id,pers_sex,pers_ethnicity,pers_dob
        P1,F,WBRI,2010-02-03""",
        ssd_cin_assessments="""cina_assessment_id,cina_person_id,cina_referral_id,cina_assessment_start_date,cina_assessment_auth_date
        A1,P1,R1,2026-01-05,2026-02-01""",
        ssd_assessment_factors="""cinf_table_id,cinf_assessment_id,cinf_assessment_factors_json
        1,A1,"[""3B"", ""18B"", ""18C"", ""24A"", ""1A""]\"""",
        ssd_cp_plans="""cppl_person_id,cppl_cp_plan_id,cppl_cp_plan_start_date,cppl_cp_plan_end_date,cppl_cp_plan_latest_category
        P1,D1,2026-01-20,,NEG
        P1,D2,2025-01-20,2025-03-20,MUL""",
    )

    assert sorted(rows(result, "ace", "local_id", "ace_type", "ace_type_local", "evidence")) == [
        ("P1", "domestic_abuse", "3B", "assessment_factor"),
        ("P1", "neglect", "NEG", "plan"),
        ("P1", "physical_abuse", "18C", "assessment_factor"),
    ]


def test_what_a_child_said_at_the_return_interview_is_a_text_of_its_own(tmp_path):
    result = given(
        tmp_path,
        "missing_rhi",
        missing="""episode_ref,person_local_id,last_seen_at,returned_at,category
        M1,C1,11/01/2026 22:00,12/01/2026 01:00,missing
        M2,C2,11/01/2026 22:00,12/01/2026 01:00,missing""",
        return_interviews="""episode_ref,person_local_id,offered,accepted,held_at,child_voice,child_voice_recorded
        M1,C1,Y,Y,13/01/2026 10:00,I wanted to be heard,Y
        M2,C2,Y,Y,13/01/2026 11:00,,N""",
    )

    assert rows(result, "narrative", "local_id", "about", "about_reference", "voice", "text", "redaction") == [
        ("C1", "return_interview", "M1", "child", "I wanted to be heard", "not_redacted")
    ]
    assert all("heard" not in f"{finding.text} {finding.values}" for finding in result.findings)
