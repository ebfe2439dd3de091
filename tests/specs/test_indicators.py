"""What each indicator counts, drawn: a small table, the indicator, the answer. These are also its documentation.

Everywhere the quarter is January to March 2026 unless said otherwise, and children were born in May 2012 (aged 13) unless a table says.
"""

from __future__ import annotations

import pytest
from tests.support.counting import CATALOGUE, QUARTER, Answer, counted, everybody_in
from tests.support.tables import drawn, engine_with

from sightline.indicators import count_agency_sets, prepare


def test_children_with_known_concern_are_those_with_an_open_flag_or_a_recent_factor_on_the_last_day() -> None:
    flags = """
        person_id | agency_id | started_on | ended_on   | exploitation_type
        Ada       | police    | 2025-06-01 | -          | criminal
        Ada       | csc       | 2025-07-01 | 2026-03-31 | criminal
        Ben       | police    | 2025-06-01 | 2026-03-30 | sexual
        Cal       | police    | 2026-01-01 | -          | missing
        Dee       | police    | 2026-04-01 | -          | gangs
    """
    factors = """
        person_id | started_on | authorised_on | exploitation_type
        Eve       | 2025-03-01 | 2025-04-01    | sexual
        Fay       | 2025-02-01 | 2025-03-31    | sexual
        Gus       | 2026-02-01 | -             | sexual
        Hal       | 2026-02-01 | 2026-03-01    | -
    """
    # Ada is one child, Eve's factor still counts on 31 March; Fay's year has ended, missing alone is not exploitation.
    assert counted("children_with_known_concern", flag=flags, assessment_factor=factors) == Answer(2, 300, 2)
    assert counted("children_with_known_concern", flag=flags, assessment_factor=factors, by="agency", category="csc").count == 2
    assert counted("children_with_known_concern", flag=flags, assessment_factor=factors, by="agency", category="police").count == 1


def test_children_with_known_concern_are_under_18_on_the_last_day() -> None:
    people = """
        person_id | birth_month | ward | sex    | ethnicity
        Ada       | 2008-03-01  | W01  | female | white
        Ben       | 2008-04-01  | W01  | male   | white
        Cal       | 2018-01-01  | W02  | male   | white
        Dee       | -           | W01  | female | white
    """
    flags = """
        person_id | agency_id | started_on | exploitation_type
        Ada       | police    | 2025-06-01 | criminal
        Ben       | police    | 2025-06-01 | criminal
        Cal       | police    | 2025-06-01 | criminal
        Dee       | police    | 2025-06-01 | criminal
    """
    # Ada turned 18 in March; Dee's age is not known.
    assert counted("children_with_known_concern", person=people, flag=flags) == Answer(2, 300, 2)
    assert counted("children_with_known_concern", person=people, flag=flags, by="age_band", category="16-17") == Answer(1, 100, 1)
    assert counted("children_with_known_concern", person=people, flag=flags, by="age_band", category="0-9") == Answer(1, 500, 1)


def test_children_referred_again_are_those_who_came_back_within_365_days() -> None:
    referrals = """
        person_id | received_on | source
        Ada       | 2025-03-01  | police
        Ada       | 2026-03-01  | school
        Ben       | 2025-01-01  | police
        Ben       | 2026-01-02  | school
        Cal       | 2026-02-01  | police
        Cal       | 2026-02-01  | school
        Dee       | 2026-01-05  | school
        Dee       | 2026-01-06  | police
        Dee       | 2026-01-07  | police
    """
    # 1 March to 1 March is 365 days; Ben came back a day too late; two records of one day are one referral; Dee is one child.
    assert counted("children_referred_again", referral=referrals) == Answer(2, 4, 2)
    assert counted("children_referred_again", referral=referrals, by="referral_source", category="police") == Answer(1, 2, 1)
    assert counted("children_referred_again", referral=referrals, by="referral_source", category="school") == Answer(1, 4, 1)


def test_missing_episodes_told_by_two_agencies_count_once() -> None:
    episodes = """
        person_id | agency_id | started_at       | ended_at         | episode_type
        Ada       | police    | 2026-01-10T22:00 | 2026-01-11T04:00 | missing
        Ada       | csc       | 2026-01-10T22:40 | 2026-01-11T03:30 | missing
        Ada       | csc       | 2026-01-10       | 2026-01-11       | missing
        Ada       | police    | 2026-02-20T18:00 | 2026-02-25T09:00 | missing
        Ada       | csc       | 2026-02-23T10:00 | 2026-02-25T09:00 | missing
        Ben       | police    | 2026-03-01T20:00 | -                | missing
        Ben       | police    | 2026-03-05T20:00 | -                | away
        Cal       | csc       | 2025-12-31T23:00 | 2026-01-01T08:00 | missing
    """
    assert counted("missing_episodes", missing_episode=episodes) == Answer(3, 300, 2)
    assert counted("missing_episodes", missing_episode=episodes, by="agency", category="csc").count == 2
    assert counted("missing_episodes", missing_episode=episodes, by="agency", category="police").count == 3


def test_children_safe_after_plan_had_no_sign_of_harm_in_the_183_days_after_help_ended() -> None:
    plans = """
        person_id | plan_type | started_on | ended_on
        Ada       | CIN       | 2025-01-01 | 2025-08-01
        Ben       | CP        | 2025-01-01 | 2025-08-01
        Ben       | CIN       | 2025-08-02 | -
        Cal       | CP        | 2025-01-01 | 2025-09-30
        Dee       | CIN       | 2025-01-01 | 2025-07-01
        Eve       | CIN       | 2025-01-01 | 2025-06-30
    """
    early_help = """
        person_id | started_on | ended_on
        Fay       | 2025-06-01 | 2025-07-10
        Gus       | 2025-06-01 | 2025-07-10
    """
    referrals = """
        person_id | received_on
        Cal       | 2025-10-05
        Dee       | 2026-01-01
        Ada       | 2025-08-01
    """
    flags = """
        person_id | agency_id | started_on | exploitation_type
        Gus       | police    | 2025-11-01 | sexual
    """
    # July to September 2025 is looked back on. Ben's help went on; Eve's ended earlier; Dee's referral came on day 184.
    answer = counted("children_safe_after_plan", plan=plans, early_help_episode=early_help, referral=referrals, flag=flags)
    assert answer == Answer(3, 5, 3)


def test_children_whose_voice_is_recorded_were_heard_in_the_quarter_while_they_had_help() -> None:
    plans = """
        person_id | plan_type | started_on | ended_on
        Ada       | CP        | 2025-01-01 | -
        Ben       | CP        | 2025-01-01 | 2026-01-01
        Cal       | CIN       | 2025-01-01 | 2025-12-31
        Dee       | CLA       | 2026-03-31 | -
    """
    reviews = """
        person_id | plan_type | reviewed_on | child_heard
        Ada       | CP        | 2026-02-01  | yes
        Ben       | CP        | 2026-02-01  | no
        Cal       | CIN       | 2026-02-01  | yes
    """
    interviews = """
        person_id | episode_ended_at | held_at          | child_heard
        Dee       | 2026-02-01T10:00 | 2026-02-02T10:00 | yes
    """
    early_help = """
        person_id | started_on | ended_on | child_heard
        Eve       | 2025-11-01 | -        | yes
        Fay       | 2025-11-01 | -        | no
    """
    answer = counted(
        "children_whose_voice_is_recorded", plan=plans, plan_review=reviews, return_interview=interviews, early_help_episode=early_help
    )
    assert answer == Answer(3, 5, 3)


def test_children_newly_recognised_are_counted_in_the_quarter_of_their_first_concern_only() -> None:
    flags = """
        person_id | agency_id | started_on | ended_on   | exploitation_type
        Ada       | police    | 2024-06-01 | 2024-07-01 | criminal
        Ada       | csc       | 2026-01-10 | -          | criminal
        Ben       | police    | 2026-01-10 | -          | criminal
        Ben       | csc       | 2026-01-10 | -          | criminal
        Cal       | csc       | 2026-02-10 | -          | criminal
        Cal       | police    | 2026-02-11 | -          | criminal
    """
    assert counted("children_newly_recognised", flag=flags) == Answer(2, 300, 2)
    assert counted("children_newly_recognised", flag=flags, by="agency", category="police").count == 1
    assert counted("children_newly_recognised", flag=flags, by="agency", category="csc").count == 2


def test_exploitation_referrals_are_those_with_a_concern_then_or_within_60_days() -> None:
    referrals = """
        person_id | received_on | source
        Ada       | 2026-01-10  | school
        Ada       | 2026-01-10  | police
        Ben       | 2026-01-10  | school
        Cal       | 2026-01-10  | police
        Dee       | 2026-01-10  | police
    """
    factors = """
        person_id | started_on | authorised_on | exploitation_type
        Ada       | 2026-01-12 | 2026-03-11    | sexual
        Ben       | 2026-01-12 | 2026-03-12    | sexual
    """
    flags = """
        person_id | agency_id | started_on | ended_on   | exploitation_type
        Cal       | police    | 2025-01-10 | -          | gangs
        Dee       | police    | 2025-01-10 | 2026-01-09 | gangs
    """
    tables = {"referral": referrals, "assessment_factor": factors, "flag": flags}
    # School and police told of Ada on one day: that is one referral, with two sources.
    assert counted("exploitation_referrals", **tables) == Answer(2, 4, 2)
    assert counted("exploitation_referrals", **tables, by="referral_source", category="school") == Answer(1, 2, 1)
    assert counted("exploitation_referrals", **tables, by="referral_source", category="police") == Answer(2, 3, 2)
    assert counted("exploitation_referrals", **tables, by="referral_source", category="health") == Answer(0, 0, 0)


def test_assessments_naming_exploitation_count_once_however_many_factors_they_name() -> None:
    people = """
        person_id | birth_month | ward | sex  | ethnicity
        Ada       | 2012-05-01  | W01  | male | white
        Ben       | 2012-05-01  | W01  | male | white
        Cal       | 2018-05-01  | W01  | male | white
    """
    assessments = """
        person_id | started_on | authorised_on
        Ada       | 2025-12-01 | 2026-01-10
        Ada       | 2026-02-01 | 2026-03-10
        Ben       | 2026-01-01 | 2026-02-10
        Cal       | 2026-01-01 | 2026-02-10
    """
    factors = """
        person_id | started_on | authorised_on | factor_local | exploitation_type
        Ada       | 2025-12-01 | 2026-01-10    | 11A          | sexual
        Ada       | 2025-12-01 | 2026-01-10    | 24A          | criminal
        Ben       | 2026-01-01 | 2026-02-10    | 10A          | missing
        Cal       | 2026-01-01 | 2026-02-10    | 11A          | sexual
    """
    # Cal is under ten; Ben's assessment names missing only.
    answer = counted("assessments_naming_exploitation", person=people, assessment=assessments, assessment_factor=factors)
    assert answer == Answer(1, 3, 1)


def test_return_interviews_in_72_hours_start_from_the_return() -> None:
    interviews = """
        person_id | episode_started_at | episode_ended_at | held_at
        Ada       | 2026-01-09T20:00   | 2026-01-10T12:00 | 2026-01-13T12:00
        Ada       | 2026-02-09T20:00   | 2026-02-10T12:00 | 2026-02-13T12:01
        Ben       | 2026-03-09T20:00   | 2026-03-10T12:00 | -
        Cal       | 2026-03-31T20:00   | -                | -
    """
    assert counted("return_interviews_in_72_hours", return_interview=interviews) == Answer(1, 3, 1)


def test_an_interview_without_a_time_counts_only_if_it_was_in_time_at_whatever_hour() -> None:
    interviews = """
        person_id | episode_ended_at | episode_ended_at_precision | held_at          | held_at_precision
        Ada       | 2026-01-10T12:00 | minute                     | 2026-01-12T00:00 | day
        Ben       | 2026-01-10T12:00 | minute                     | 2026-01-13T00:00 | day
        Cal       | 2026-01-10T00:00 | day                        | 2026-01-12T23:59 | minute
        Dee       | 2026-01-10T00:00 | day                        | 2026-01-13T09:00 | minute
        Eve       | 2026-01-31T12:00 | minute                     | 2026-02-01T00:00 | month
        Fay       | 2026-01-01T00:00 | month                      | 2026-01-02T00:00 | day
        Gus       | 2026-01-10T12:00 | minute                     | 2026-01-11T00:00 | -
    """
    assert counted("return_interviews_in_72_hours", return_interview=interviews).count == 2


def test_an_interview_before_the_return_is_none_after_it() -> None:
    interviews = """
        person_id | episode_ended_at | held_at          | held_at_precision
        Ada       | 2026-01-10T12:00 | 2026-01-10T00:00 | day
        Ben       | 2026-01-10T12:00 | 2026-01-09T00:00 | day
        Cal       | 2026-01-10T12:00 | 2026-01-10T11:59 | minute
        Dee       | 2026-01-10T12:00 | 2026-01-10T12:00 | minute
    """
    # Ada's may have been in the afternoon of that day.
    assert counted("return_interviews_in_72_hours", return_interview=interviews) == Answer(2, 4, 2)


def test_a_referral_known_to_the_month_is_no_measure_of_days() -> None:
    referrals = """
        person_id | received_on | received_on_precision
        Ada       | 2025-12-01  | month
        Ada       | 2026-01-10  | day
        Ben       | 2025-12-01  | day
        Ben       | 2026-01-10  | day
    """
    assert counted("children_referred_again", referral=referrals).count == 1


def test_a_sign_of_harm_known_to_the_month_may_have_come_after_the_plan() -> None:
    plans = """
        person_id | plan_type | started_on | ended_on   | ended_on_precision
        Ada       | CIN       | 2025-01-01 | 2025-08-20 | day
        Ben       | CIN       | 2025-01-01 | 2025-08-20 | day
        Cal       | CIN       | 2025-01-01 | 2025-08-01 | month
        Dee       | CIN       | 2025-01-01 | 2025-08-20 | day
        Eve       | CIN       | 2025-01-01 | 2025-08-31 | day
    """
    referrals = """
        person_id | received_on | received_on_precision
        Ada       | 2025-08-01  | month
        Ben       | 2025-07-01  | month
        Eve       | 2025-08-01  | month
    """
    # Nothing of August comes after its last day, on which Eve's plan ended.
    assert counted("children_safe_after_plan", plan=plans, referral=referrals) == Answer(3, 4, 3)


def test_an_end_of_care_that_was_only_inferred_is_no_day_to_look_back_on_and_closes_the_plan() -> None:
    plans = """
        person_id | plan_type | started_on | ended_on   | ended_on_precision | end_inferred
        Ada       | CLA       | 2025-01-01 | 2025-09-30 | year               | yes
        Ben       | CLA       | 2025-01-01 | 2025-09-30 | day                | yes
        Cal       | CLA       | 2025-01-01 | 2025-09-30 | day                | no
        Dee       | CLA       | 2025-01-01 | -          | -                  | -
    """
    assert counted("children_safe_after_plan", plan=plans) == Answer(1, 1, 1)
    assert counted("children_whose_voice_is_recorded", plan=plans).out_of == 1


def test_missing_episodes_known_to_the_month_are_merged_with_no_other() -> None:
    episodes = """
        person_id | started_at       | started_at_precision | ended_at
        Ada       | 2026-02-01T00:00 | month                | -
        Ada       | 2026-02-01T10:00 | minute               | 2026-02-01T20:00
        Ada       | 2026-02-01T21:00 | minute               | 2026-02-02T20:00
    """
    assert counted("missing_episodes", missing_episode=episodes).count == 2


def test_children_harmed_in_incidents_are_those_harmed_outside_their_home() -> None:
    incidents = """
        incident_reference | agency_id | started_at       | location_type
        A1                 | police    | 2026-01-10T17:00 | street
        A2                 | police    | 2026-01-11T17:00 | home
        A3                 | police    | 2026-01-12T17:00 | -
        A4                 | police    | 2025-12-31T17:00 | street
    """
    involvements = """
        person_id | incident_reference | role
        Ada       | A1                 | victim
        Ada       | A3                 | victim
        Ben       | A1                 | suspect
        Cal       | A2                 | victim
        Dee       | A3                 | victim
        Eve       | A4                 | victim
    """
    assert counted("children_harmed_in_incidents", incident=incidents, involvement=involvements) == Answer(2, 300, 2)


def test_children_suspended_with_concern_had_it_on_the_first_day_of_the_suspension() -> None:
    exclusions = """
        person_id | started_on | category
        Ada       | 2026-01-20 | suspension
        Ada       | 2026-02-20 | suspension
        Ben       | 2026-01-20 | suspension
        Cal       | 2026-01-20 | permanent
    """
    flags = """
        person_id | agency_id | started_on | ended_on   | exploitation_type
        Ada       | police    | 2026-02-01 | -          | criminal
        Ben       | police    | 2025-02-01 | 2026-01-19 | criminal
        Cal       | police    | 2025-02-01 | -          | criminal
    """
    assert counted("children_suspended_with_concern", exclusion=exclusions, flag=flags) == Answer(1, 2, 1)


def test_emergency_attendances_for_assault_count_attendances_not_children() -> None:
    attendances = """
        person_id | arrived_at       | assault
        Ada       | 2026-01-20T23:00 | yes
        Ada       | 2026-02-20T23:00 | yes
        Ben       | 2026-02-20T23:00 | no
        Cal       | 2026-02-20T23:00 | -
    """
    assert counted("emergency_attendances_for_assault", ae_attendance=attendances) == Answer(2, 300, 1)


@pytest.fixture
def known_tables() -> dict[str, list[dict[str, str]]]:
    tables = {
        "referral": "person_id | received_on\nAda | 2025-05-01\nBen | 2025-03-31\nHal | 2025-08-01",
        "exclusion": "person_id | started_on | category\nAda | 2025-11-01 | suspension\nHal | 2025-11-01 | suspension",
        "school_spell": "person_id | entered_on\nIda | 2020-09-01\nAda | 2020-09-01",
        "absence": """
            person_id | term_started_on | reason_local | possible_sessions | sessions
            Cal       | 2026-01-05      | I            | 100               | 30
            Cal       | 2026-01-05      | O            | 100               | 20
            Dee       | 2026-01-05      | O            | 100               | 49
        """,
        "ae_attendance": "person_id | arrived_at | assault\nEve | 2026-01-01T10:00 | yes\nFay | 2026-01-01T10:00 | no",
        "flag": "person_id | agency_id | started_on | ended_on | exploitation_type\nHal | police | 2024-01-01 | 2025-04-01 | gangs",
    }
    return {name: drawn(text) for name, text in tables.items()} | {"person": everybody_in(tables)}


def test_each_child_counts_in_exactly_one_combination_of_agencies(known_tables: dict[str, list[dict[str, str]]]) -> None:
    agencies = ("csc", "police", "health", "education")
    with engine_with(known_tables, quarters=[QUARTER]) as engine:
        prepare(engine, CATALOGUE)
        sets = count_agency_sets(engine, CATALOGUE, QUARTER, agencies)

    # Twelve months to 31 March 2026. A place on the roll (Ida), under half of a term missed (Dee) and an accident (Fay) are not being
    # known; Ben's referral was a day too early.
    assert sets.combinations == {
        frozenset({"csc", "education"}): 1,
        frozenset({"csc", "education", "police"}): 1,
        frozenset({"education"}): 1,
        frozenset({"health"}): 1,
    }
    assert sets.flagged_by_none == 1, "Ada is known to two agencies and flagged by none; Hal was flagged on a day of the twelve months"
