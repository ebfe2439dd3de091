"""What the indicators about schools and health count, drawn: a small table, the indicator, the answer.

The quarter is January to March 2026 and children are 13 unless a test says otherwise.
"""

from __future__ import annotations

from tests.support.counting import Answer, counted, median_of

FLAGS = """
    person_id | agency_id | started_on | ended_on   | exploitation_type
    Ada       | police    | 2026-01-20 | -          | criminal
    Ben       | csc       | 2026-01-20 | -          | sexual
    Cal       | csc       | 2026-01-20 | -          | sexual
    Dee       | csc       | 2026-01-20 | -          | sexual
    Eve       | csc       | 2024-01-20 | 2026-03-30 | sexual
"""


def test_children_excluded_before_recognition_were_sent_home_in_the_365_days_before_their_first_concern() -> None:
    exclusions = """
        person_id | started_on | category
        Ada       | 2025-01-20 | suspension
        Ben       | 2025-01-19 | suspension
        Cal       | 2026-01-20 | permanent
        Dee       | 2025-12-01 | lunchtime
        Eve       | 2024-01-10 | suspension
    """
    tables = {"flag": FLAGS, "exclusion": exclusions}
    # Ben's came 366 days before, Cal's on the day itself, a lunchtime is neither; Eve was recognised two years ago.
    assert counted("children_recognised_after_exclusion", **tables) == Answer(1, 4, 1)
    assert counted("children_recognised_after_exclusion", by="agency", category="police", **tables) == Answer(1, 1, 1)
    assert counted("children_recognised_after_exclusion", by="agency", category="csc", **tables) == Answer(0, 3, 0)


def test_an_exclusion_known_to_the_month_is_no_measure_of_days() -> None:
    exclusions = """
        person_id | started_on | started_on_precision | category
        Ada       | 2025-12-01 | month                | suspension
        Ben       | 2025-12-01 | day                  | permanent
    """
    assert counted("children_recognised_after_exclusion", flag=FLAGS, exclusion=exclusions).count == 1


ROLL = """
    person_id | entered_on | left_on    | provision
    Ada       | 2023-09-01 | -          | -
    Ben       | 2023-09-01 | -          | mainstream
    Cal       | 2023-09-01 | 2026-03-31 | -
    Dee       | 2023-09-01 | 2025-12-31 | -
    Dee       | 2026-01-01 | -          | home
    Eve       | 2023-09-01 | -          | -
    Fay       | 2023-09-01 | -          | -
"""


def test_recognised_pupils_absent_missed_a_tenth_of_a_term_in_the_twelve_months() -> None:
    absences = """
        person_id | term_started_on | reason | possible_sessions | sessions
        Ada       | 2026-01-05      | I      | 100               | 6
        Ada       | 2026-01-05      | O      | 100               | 4
        Ben       | 2026-01-05      | I      | 100               | 9
        Ben       | 2026-01-05      | B      | 100               | 30
        Fay       | 2026-01-05      | O      | 100               | 60
        Dee       | 2026-01-05      | O      | 100               | 60
    """
    tables = {"flag": FLAGS, "school_spell": ROLL, "absence": absences}
    # Cal left on the last day and Dee is taught at home: no pupils. Eve's concern ended a day early. Lessons elsewhere (B) are no absence.
    assert counted("recognised_pupils_absent", **tables) == Answer(1, 2, 1)


def test_an_earlier_term_counts_for_twelve_months_and_other_terms_do_not_make_up_for_it() -> None:
    absences = """
        person_id | term_started_on | reason | possible_sessions | sessions
        Ada       | 2025-04-01      | I      | 120               | 12
        Ada       | 2026-01-05      | I      | 120               | 1
        Ben       | 2025-03-31      | I      | 120               | 100
    """
    assert counted("recognised_pupils_absent", flag=FLAGS, school_spell=ROLL, absence=absences).count == 1


def test_recognised_children_out_of_school_have_left_every_roll_or_are_on_a_register_of_those_who_have() -> None:
    people = """
        person_id | birth_month | ward | sex    | ethnicity
        Ada       | 2012-05-01  | W01  | female | white
        Ben       | 2012-05-01  | W01  | male   | white
        Cal       | 2012-05-01  | W01  | male   | white
        Dee       | 2012-05-01  | W01  | female | white
        Gus       | 2012-05-01  | W01  | male   | white
        Old       | 2009-05-01  | W01  | male   | white
    """
    flags = FLAGS + "    Gus | csc | 2026-01-20 | - | sexual\n    Old | csc | 2026-01-20 | - | sexual"
    roll = ROLL + "    Old | 2020-09-01 | 2025-07-20 | -"
    tables = {"person": people, "flag": flags, "school_spell": roll}
    # Cal's last day on a roll was the last of the quarter; nobody ever told of Gus; Old is past school age.
    assert counted("recognised_children_out_of_school", **tables) == Answer(2, 5, 2)
    assert counted("recognised_children_out_of_school", by="provision", category="home", **tables).count == 1
    assert counted("recognised_children_out_of_school", by="provision", category="not_recorded", **tables).count == 1


ATTENDANCES = """
    person_id | arrived_at       | arrived_at_precision | assault
    Ada       | 2026-01-20T23:00 | minute               | yes
    Ben       | 2026-01-20T23:00 | minute               | yes
    Cal       | 2026-01-20T23:00 | minute               | yes
    Dee       | 2026-01-20T23:00 | minute               | yes
    Eve       | 2026-01-20T23:00 | minute               | no
    Fay       | 2026-01-01T00:00 | month                | yes
"""


def test_assaults_that_nobody_else_records_have_no_incident_from_the_day_before_to_seven_days_after() -> None:
    incidents = """
        incident_reference | agency_id | started_at
        A1                 | police    | 2026-01-19T00:01
        A2                 | police    | 2026-01-27T23:59
        A3                 | police    | 2026-01-28T00:01
        A4                 | police    | 2026-01-20T12:00
    """
    parts = """
        person_id | incident_reference | role
        Ada       | A1                 | victim
        Ben       | A2                 | subject
        Cal       | A3                 | victim
        Dee       | A4                 | reporter
    """
    tables = {"ae_attendance": ATTENDANCES, "incident": incidents, "involvement": parts}
    # Dee only reported what somebody else went through; of Fay's attendance the day is not known, so nothing can be said.
    assert counted("emergency_assaults_unknown_to_others", **tables) == Answer(2, 5, 2)


def test_an_incident_known_to_the_month_counts_as_told_of() -> None:
    incidents = """
        incident_reference | agency_id | started_at       | started_at_precision
        A1                 | police    | 2026-01-01T00:00 | month
        A2                 | police    | 2025-10-01T00:00 | month
        A3                 | police    | 2026-01-01T00:00 | year
    """
    parts = "person_id | incident_reference | role\nAda | A1 | victim\nBen | A2 | victim\nCal | A3 | victim"
    tables = {"ae_attendance": ATTENDANCES, "incident": incidents, "involvement": parts}
    assert counted("emergency_assaults_unknown_to_others", **tables).count == 2


def test_an_incident_of_another_month_is_told_of_only_where_the_days_may_reach_it() -> None:
    attendances = """
        person_id | arrived_at       | arrived_at_precision | assault
        Ada       | 2026-01-20T23:00 | minute               | yes
        Ben       | 2026-01-25T23:00 | minute               | yes
        Cal       | 2026-01-02T23:00 | minute               | yes
        Dee       | 2026-01-01T23:00 | minute               | yes
    """
    incidents = """
        incident_reference | agency_id | started_at       | started_at_precision
        A1                 | police    | 2026-02-01T00:00 | month
        A2                 | police    | 2025-12-01T00:00 | month
    """
    parts = "person_id | incident_reference | role\nAda | A1 | victim\nBen | A1 | victim\nCal | A2 | victim\nDee | A2 | victim"
    tables = {"ae_attendance": attendances, "incident": incidents, "involvement": parts}
    # From the day before to seven days after, Ben's reaches the first of February and Dee's the last of December.
    assert counted("emergency_assaults_unknown_to_others", **tables) == Answer(2, 4, 2)


def test_the_wait_for_therapy_is_from_the_referral_to_its_beginning_for_children_recognised_by_then() -> None:
    programmes = """
        person_id | programme     | referred_on | referred_on_precision | started_on | source
        Ada       | mental_health | 2025-12-22  | day                   | 2026-01-21 | school
        Ben       | mental_health | 2026-01-01  | day                   | 2026-01-21 | health
        Cal       | mental_health | 2026-01-01  | day                   | 2026-01-19 | health
        Dee       | mentoring     | 2025-01-01  | day                   | 2026-02-21 | health
        Dee       | mental_health | 2026-01-01  | day                   | -          | health
        Eve       | mental_health | 2026-01-01  | month                 | 2026-02-21 | health
    """
    tables = {"flag": FLAGS, "intervention": programmes}
    # Cal was recognised a day after it began; Dee still waits; of Eve's referral the day is not known.
    assert counted("wait_for_therapy", **tables).count == 2
    assert median_of("wait_for_therapy", **tables) == 25
    assert median_of("wait_for_therapy", by="referral_source", category="school", **tables) == 30


def test_support_for_substance_use_had_not_ended_before_the_assessment_that_names_it() -> None:
    factors = """
        person_id | started_on | authorised_on | factor | exploitation_type
        Ada       | 2025-03-01 | 2025-04-01    | 1A     | -
        Ben       | 2026-01-01 | 2026-02-01    | 2A     | -
        Cal       | 2026-01-01 | 2026-02-01    | 2A     | -
        Dee       | 2026-01-01 | 2026-02-01    | 2B     | -
        Eve       | 2025-01-01 | 2025-03-31    | 2A     | -
        Fay       | 2026-01-01 | 2026-02-01    | 2A     | -
    """
    programmes = """
        person_id | programme         | started_on | ended_on
        Ada       | substance_support | 2026-03-31 | -
        Cal       | substance_support | 2025-01-01 | 2026-01-31
        Dee       | substance_support | 2025-01-01 | -
        Fay       | substance_support | 2025-01-01 | -
    """
    early_help = """
        person_id | started_on | ended_on   | reason
        Ben       | 2025-12-01 | 2026-02-01 | health;substances
    """
    tables = {"flag": FLAGS, "assessment_factor": factors, "intervention": programmes, "early_help_episode": early_help}
    # Dee's parent drinks; Eve's assessment is a day too old; nobody recognised Fay.
    assert counted("children_with_substance_support", **tables) == Answer(2, 3, 2)


def test_emergency_attendances_can_be_told_apart_by_how_and_where() -> None:
    attendances = """
        person_id | arrived_at       | assault | method | location_type
        Ada       | 2026-01-20T23:00 | yes     | weapon | street
        Ben       | 2026-01-20T23:00 | yes     | body   | -
    """
    assert counted("emergency_attendances_for_assault", by="ae_method", category="weapon", ae_attendance=attendances).count == 1
    assert counted("emergency_attendances_for_assault", by="location_type", category="not_recorded", ae_attendance=attendances).count == 1
