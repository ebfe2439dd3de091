"""What the indicators about recognising harm count, drawn: a small table, the indicator, the answer.

The quarter is January to March 2026 and children were born in May 2012 (aged 13), unless a table says otherwise.
"""

from __future__ import annotations

import pytest
from tests.support.counting import Answer, counted, found_by, median_of
from tests.support.tables import drawn

from sightline.model.periods import Quarter

FIRST_CONCERNS = """
    person_id | agency_id   | started_on | started_on_precision | exploitation_type
    Ada       | police      | 2026-01-10 | day                  | criminal
    Ada       | csc         | 2026-02-01 | day                  | criminal
    Ben       | police      | 2026-01-10 | day                  | sexual
    Ben       | csc         | 2026-01-10 | day                  | sexual
    Cal       | health      | 2026-03-01 | month                | sexual
    Dee       | csc         | 2025-12-31 | day                  | sexual
    Dee       | health      | 2026-01-02 | day                  | sexual
    Eve       | early_help  | 2026-01-05 | day                  | missing
    Eve       | csc         | 2026-03-05 | day                  | gangs
"""


def test_children_with_known_concern_can_be_told_by_the_form_that_is_named() -> None:
    flags = """
        person_id | agency_id | started_on | ended_on   | exploitation_type
        Ada       | police    | 2025-06-01 | -          | criminal
        Ada       | csc       | 2025-07-01 | -          | sexual
        Ben       | police    | 2025-06-01 | 2026-03-30 | sexual
    """
    assert counted("children_with_known_concern", flag=flags) == Answer(1, 300, 1)
    assert counted("children_with_known_concern", flag=flags, by="exploitation_type", category="sexual") == Answer(1, 300, 1)
    assert counted("children_with_known_concern", flag=flags, by="exploitation_type", category="criminal") == Answer(1, 300, 1)


def test_children_newly_recognised_can_be_told_by_the_form_of_their_first_concern() -> None:
    # Dee was recognised in December; Eve was recognised when exploitation was named, not when she went missing.
    assert counted("children_newly_recognised", flag=FIRST_CONCERNS) == Answer(4, 300, 4)
    assert counted("children_newly_recognised", flag=FIRST_CONCERNS, by="exploitation_type", category="sexual").count == 2
    assert counted("children_newly_recognised", flag=FIRST_CONCERNS, by="exploitation_type", category="gangs").count == 1


def test_children_first_recognised_by_one_agency_are_those_whose_first_day_no_other_agency_shares() -> None:
    indicator = "children_first_recognised_by_one_agency"
    # Twelve months are counted, so Dee is here. Ben began in two agencies at once; of Cal only the month is known, so nobody can say who
    # was first.
    assert counted(indicator, flag=FIRST_CONCERNS) == Answer(3, 5, 3)
    assert counted(indicator, flag=FIRST_CONCERNS, by="agency", category="police") == Answer(1, 5, 1)
    assert counted(indicator, flag=FIRST_CONCERNS, by="agency", category="csc") == Answer(2, 5, 2)
    assert counted(indicator, flag=FIRST_CONCERNS, quarter=Quarter(2024, 4)) == Answer(0, 0, 0)


def test_specialist_referrals_accepted_are_out_of_those_decided_on() -> None:
    referrals = """
        person_id | programme       | referred_on | accepted | source
        Ada       | specialist_team | 2026-01-10  | yes      | school
        Ada       | specialist_team | 2026-01-10  | yes      | police
        Ben       | specialist_team | 2026-01-10  | no       | police
        Cal       | specialist_team | 2026-03-30  | -        | police
        Dee       | mentoring       | 2026-01-10  | yes      | police
        Eve       | specialist_team | 2025-03-31  | yes      | police
        Fay       | specialist_team | 2026-02-10  | no       | -
    """
    # Ada was referred once, by two; Cal's is not decided; mentoring is another service; Eve's was a day more than twelve months ago.
    assert counted("specialist_referrals_accepted", intervention=referrals) == Answer(1, 3, 1)
    assert counted("specialist_referrals_accepted", intervention=referrals, by="referral_source", category="police") == Answer(1, 2, 1)
    assert counted("specialist_referrals_accepted", intervention=referrals, by="referral_source", category="not_recorded") == Answer(
        0, 1, 0
    )


MISSING = """
    person_id | agency_id | started_at       | started_at_precision | episode_type
    Ada       | police    | 2025-11-01T20:00 | minute               | missing
    Ben       | police    | 2023-01-01T20:00 | minute               | missing
    Cal       | police    | 2025-12-01T00:00 | month                | missing
"""


def test_time_to_first_response_runs_from_the_first_sign_in_any_agency() -> None:
    flags = """
        person_id | agency_id | started_on | exploitation_type
        Ada       | csc       | 2026-01-10 | criminal
        Ben       | csc       | 2026-01-10 | criminal
        Cal       | csc       | 2026-01-10 | criminal
        Dee       | csc       | 2026-01-10 | criminal
    """
    plans = """
        person_id | plan_type | started_on
        Ada       | CIN       | 2026-01-30
        Ben       | CIN       | 2026-01-30
        Cal       | MACE      | 2026-02-09
        Dee       | CIN       | 2025-12-30
    """
    tables = {"missing_episode": MISSING, "flag": flags, "plan": plans}
    # Ada waited from 1 November; Ben's episode is more than two years back, so from the concern; of Cal's only the month is known, so too.
    # Dee's plan began before the concern and is no response to it.
    assert counted("time_to_first_response", **tables) == Answer(3, None, 3)
    assert median_of("time_to_first_response", **tables) == 30
    assert median_of("time_to_first_response", **tables, by="sign", category="missing") == 90
    assert median_of("time_to_first_response", **tables, by="sign", category="concern") == 25
    assert median_of("time_to_first_response", **tables, by="response", category="exploitation_plan") == 30
    assert counted("time_to_first_response", **tables, by="agency", category="police").count == 1


CONCERN = "person_id | agency_id | started_on | ended_on | exploitation_type\nAda | police | 2026-01-10 | 2026-02-10 | sexual"


@pytest.mark.parametrize(
    ("response", "tables"),
    [
        ("screening", {"screening": "person_id | completed_on\nAda | 2025-12-01"}),
        ("nrm", {"nrm_referral": "person_id | referred_on\nAda | 2025-12-01"}),
        ("exploitation_plan", {"plan": "person_id | plan_type | started_on\nAda | MACE | 2026-01-20"}),
        ("help", {"plan": "person_id | plan_type | started_on\nAda | CP | 2026-02-10", "flag": CONCERN}),
        ("help", {"early_help_episode": "person_id | started_on\nAda | 2026-01-10", "flag": CONCERN}),
        (None, {"plan": "person_id | plan_type | started_on\nAda | CP | 2026-02-11", "flag": CONCERN}),
        (None, {"early_help_episode": "person_id | started_on\nAda | 2026-01-09", "flag": CONCERN}),
    ],
)
def test_a_response_is_about_exploitation_or_began_while_a_concern_was_held(response: str | None, tables: dict[str, str]) -> None:
    rows = found_by("exploitation_response", {name: drawn(text) for name, text in tables.items()})
    assert [row["response"] for row in rows] == ([response] if response else [])


def test_a_child_whom_the_response_itself_noticed_first_waited_from_nothing() -> None:
    screenings = """
        person_id | tool | completed_on
        Ada       | tool | 2026-01-05
        Cal       | tool | 2026-01-10
    """
    flags = """
        person_id | agency_id | started_on | exploitation_type
        Ada       | csc       | 2026-02-10 | sexual
        Ben       | csc       | 2026-03-01 | sexual
        Cal       | csc       | 2026-02-10 | sexual
    """
    # An assessment that names exploitation responds from the day it began: Ben's concern came of it.
    assessments = """
        person_id | started_on | authorised_on
        Ben       | 2026-02-01 | 2026-03-01
    """
    factors = """
        person_id | started_on | authorised_on | exploitation_type
        Ben       | 2026-02-01 | 2026-03-01    | sexual
    """
    episodes = """
        person_id | agency_id | started_at       | episode_type
        Cal       | police    | 2026-01-10T02:00 | missing
    """
    tables = {"screening": screenings, "flag": flags, "assessment": assessments, "assessment_factor": factors, "missing_episode": episodes}
    assert counted("time_to_first_response", **tables) == Answer(1, None, 1)
    assert median_of("time_to_first_response", **tables) == 0


SIGNS = {
    "missing_episode": """
        person_id | agency_id | started_at       | episode_type
        Ada       | police    | 2026-01-10T22:00 | missing
        Ada       | police    | 2026-02-10T22:00 | missing
        Ada       | csc       | 2026-03-10T22:00 | missing
        Ben       | police    | 2026-01-10T22:00 | missing
        Cal       | police    | 2025-04-02T22:00 | missing
        Dee       | police    | 2026-01-10T22:00 | missing
        Eve       | police    | 2025-03-31T22:00 | missing
        Gus       | police    | 2026-01-10T22:00 | missing
        Gus       | police    | 2026-02-10T22:00 | missing
    """,
    "exclusion": """
        person_id | started_on | category
        Ada       | 2026-01-10 | suspension
        Ben       | 2026-01-10 | lunchtime
        Cal       | 2026-01-10 | permanent
        Dee       | 2026-01-10 | suspension
        Eve       | 2026-01-10 | suspension
    """,
    "ae_attendance": """
        person_id | arrived_at       | assault | safeguarding_concern
        Ada       | 2026-01-10T10:00 | no      | none
        Ben       | 2026-01-10T10:00 | no      | none
        Cal       | 2026-01-10T10:00 | no      | exploitation
        Dee       | 2026-01-10T10:00 | yes     | -
        Eve       | 2026-01-10T10:00 | no      | not_recorded
    """,
    "flag": """
        person_id | agency_id | started_on | ended_on   | exploitation_type
        Dee       | csc       | 2022-01-10 | 2022-06-01 | sexual
        Cal       | csc       | 2026-04-01 | -          | sexual
        Ada       | csc       | 2026-01-10 | -          | sexual
    """,
}


def test_children_with_signs_are_those_with_two_different_kinds_in_twelve_months() -> None:
    # Ben's lunchtime exclusion is no sign, and missing alone is one kind, as it is for Gus who went missing twice; Eve's episode is a day
    # too old. Ada has been recognised, Dee was years ago; nobody had recognised Cal by the end of March.
    assert counted("children_with_signs_and_no_concern", **SIGNS) == Answer(1, 3, 1)
    assert counted("children_with_signs_and_no_concern", **SIGNS, by="possible_sign", category="injury") == Answer(1, 2, 1)
    assert counted("children_with_signs_and_no_concern", **SIGNS, by="possible_sign", category="suspected") == Answer(0, 0, 0)


def test_what_happened_before_a_child_was_ten_is_no_sign() -> None:
    born = """
        person_id | birth_month | ward
        Cal       | 2016-02-01  | W01
        Dee       | 2015-03-01  | W01
    """
    # Both are ten by the end of March; all that is recorded of Cal was in January, before the tenth birthday.
    assert counted("children_with_signs_and_no_concern", person=born, **SIGNS) == Answer(0, 1, 0)


IN_THE_STREET = """
    incident_reference | agency_id | started_at       | location_type
    I1                 | police    | 2026-01-01T10:00 | street
"""
HALF_A_TERM_MISSED = """
    person_id | term_started_on | sessions | possible_sessions | reason
    Ada       | 2026-01-01      | 30       | 100               | I
    Ada       | 2026-01-01      | 20       | 100               | O
"""


@pytest.mark.parametrize(
    ("sign", "tables"),
    [
        ("suspected", {"incident": IN_THE_STREET, "involvement": "incident_reference | person_id | role\nI1 | Ada | suspect"}),
        ("suspected", {"custody": "person_id | detained_at\nAda | 2026-01-01T10:00"}),
        ("harmed", {"incident": IN_THE_STREET, "involvement": "incident_reference | person_id | role\nI1 | Ada | victim"}),
        ("absent", {"absence": HALF_A_TERM_MISSED}),
        ("home_taken_over", {"housing_case": "person_id | opened_on | cuckooing\nAda | 2026-01-01 | yes"}),
    ],
)
def test_each_kind_of_sign_is_found_where_it_is_recorded(sign: str, tables: dict[str, str]) -> None:
    beside = {
        "missing_episode": "person_id | started_at | episode_type\nAda | 2026-01-10T22:00 | missing",
        "exclusion": "person_id | started_on | category\nAda | 2026-01-10 | suspension",
    }
    assert counted("children_with_signs_and_no_concern", **beside, **tables) == Answer(1, 1, 1)
    assert counted("children_with_signs_and_no_concern", **beside, **tables, by="possible_sign", category=sign) == Answer(1, 1, 1)


def test_agreement_of_flags_is_both_out_of_either_for_each_pair() -> None:
    flags = """
        person_id | agency_id | started_on | ended_on   | exploitation_type
        Ada       | csc       | 2025-06-01 | 2025-07-01 | criminal
        Ada       | police    | 2026-01-01 | -          | sexual
        Ben       | csc       | 2025-06-01 | -          | criminal
        Cal       | police    | 2025-06-01 | -          | criminal
        Cal       | health    | 2025-06-01 | -          | criminal
        Cal       | csc       | 2025-06-01 | -          | missing
        Dee       | health    | 2024-06-01 | 2025-03-31 | criminal
    """
    # Ada was held by two, not at the same time; missing is no concern; Dee's ended before the twelve months.
    assert counted("agreement_of_flags", flag=flags) == Answer(2, 3, 2)
    assert counted("agreement_of_flags", flag=flags, by="agency_pair", category="csc+police") == Answer(1, 3, 1)
    assert counted("agreement_of_flags", flag=flags, by="agency_pair", category="health+police") == Answer(1, 2, 1)
    assert counted("agreement_of_flags", flag=flags, by="agency_pair", category="csc+health") == Answer(
        0, 3, 0
    )  # nobody in both is a finding


def test_age_at_first_recognition_is_the_age_on_the_day_of_the_first_concern() -> None:
    people = """
        person_id | birth_month | ward | sex
        Ada       | 2012-01-01  | W01  | female
        Ben       | 2010-07-01  | W01  | male
        Cal       | 2009-02-01  | W01  | male
        Dee       | -           | W01  | female
    """
    flags = """
        person_id | agency_id | started_on | started_on_precision | exploitation_type
        Ada       | police    | 2026-01-31 | day                  | sexual
        Ada       | csc       | 2026-01-31 | day                  | sexual
        Ben       | police    | 2026-01-01 | month                | criminal
        Cal       | police    | 2026-01-01 | year                 | criminal
        Dee       | police    | 2026-01-31 | day                  | criminal
    """
    # Ada was 14 by the month, Ben 15 and a half; of Cal only the year is known, of Dee no birth.
    assert counted("age_at_first_recognition", person=people, flag=flags) == Answer(2, None, 2)
    assert median_of("age_at_first_recognition", person=people, flag=flags) == pytest.approx(14.75)
    assert median_of("age_at_first_recognition", person=people, flag=flags, by="agency", category="csc") == pytest.approx(14.0)
    assert median_of("age_at_first_recognition", person=people, flag=flags, by="exploitation_type", category="criminal") == 15.5
