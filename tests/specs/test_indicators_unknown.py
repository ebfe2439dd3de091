"""What the indicators about what is not known count, drawn: a small table, the indicator, the answer.

The quarter is January to March 2026 and children are 13 unless a test says otherwise.
"""

from __future__ import annotations

from tests.support.counting import Answer, counted


def test_concerns_held_by_one_agency_are_held_by_no_other_in_the_twelve_months() -> None:
    flags = """
        person_id | agency_id | started_on | ended_on   | exploitation_type
        Ada       | police    | 2025-06-01 | -          | criminal
        Ada       | police    | 2025-07-01 | -          | sexual
        Ben       | police    | 2025-06-01 | -          | criminal
        Ben       | csc       | 2024-06-01 | 2025-04-01 | criminal
        Cal       | csc       | 2025-06-01 | -          | criminal
        Cal       | police    | 2024-06-01 | 2025-03-31 | criminal
        Dee       | csc       | 2024-06-01 | 2025-03-31 | criminal
    """
    # Two flags of one agency are one agency; Ben's second agency held its concern on a day of the twelve months, Cal's did not.
    assert counted("concerns_held_by_one_agency", flag=flags) == Answer(2, 3, 2)
    assert counted("concerns_held_by_one_agency", by="agency", category="police", flag=flags) == Answer(1, 2, 1)
    assert counted("concerns_held_by_one_agency", by="agency", category="csc", flag=flags) == Answer(1, 2, 1)


def test_agencies_that_do_not_know_a_child_are_counted_for_each_child_another_knows() -> None:
    referrals = """
        person_id | received_on
        Ada       | 2025-04-01
        Ben       | 2025-06-01
        Cal       | 2025-03-31
    """
    attendances = """
        person_id | arrived_at       | assault
        Ada       | 2026-01-20T23:00 | yes
        Dee       | 2026-01-20T23:00 | yes
        Eve       | 2026-01-20T23:00 | no
    """
    cases = """
        person_id | case_reference | opened_on
        Dee       | H1             | 2024-01-01
    """
    tables = {"referral": referrals, "ae_attendance": attendances, "housing_case": cases}
    # Social care knows Ada and Ben, the hospital Ada and Dee, housing Dee: each of three children may be known to the two or three agencies
    # that others' knowing leaves. Nobody knows Cal (a day too early) or Eve (an ordinary visit); the police told of nobody at all.
    assert counted("agencies_that_do_not_know", **tables) == Answer(4, 8, 3)
    assert counted("agencies_that_do_not_know", by="agency", category="csc", **tables) == Answer(1, 2, 1)
    assert counted("agencies_that_do_not_know", by="agency", category="health", **tables) == Answer(1, 3, 1)
    assert counted("agencies_that_do_not_know", by="agency", category="housing", **tables) == Answer(2, 3, 2)


def test_children_who_live_elsewhere_say_nothing_of_whom_agencies_here_reach() -> None:
    people = """
        person_id | birth_month | ward | sex    | ethnicity | resident_in_area
        Ada       | 2012-05-01  | W01  | female | white     | yes
        Ben       | 2012-05-01  | -    | male   | white     | no
        Cal       | 2012-05-01  | -    | male   | white     | -
    """
    flags = """
        person_id | agency_id | started_on | exploitation_type
        Ada       | csc       | 2025-06-01 | criminal
        Ben       | police    | 2025-06-01 | criminal
        Cal       | police    | 2025-06-01 | criminal
    """
    assert counted("concerns_held_by_one_agency", person=people, flag=flags) == Answer(2, 2, 2)
    assert counted("agencies_that_do_not_know", person=people, flag=flags) == Answer(2, 2, 2)


def test_wards_without_a_concern_are_those_where_no_recognised_child_lives() -> None:
    people = """
        person_id | birth_month | ward
        Ada       | 2012-05-01  | W01
        Ben       | 2012-05-01  | W02
        Cal       | 2000-05-01  | W02
        Dee       | 2012-05-01  | -
    """
    flags = """
        person_id | agency_id | started_on | ended_on   | exploitation_type
        Ada       | police    | 2025-06-01 | -          | criminal
        Ben       | csc       | 2024-06-01 | 2025-03-31 | criminal
        Cal       | csc       | 2025-06-01 | -          | criminal
        Dee       | csc       | 2025-06-01 | -          | criminal
    """
    # W02: Ben's concern ended a day too early and Cal is grown up. Nothing is known of where Dee lives.
    assert counted("wards_without_a_concern", person=people, flag=flags) == Answer(1, 2, 1)
    assert counted("wards_without_a_concern", by="ward_deprivation", category="3", person=people, flag=flags) == Answer(1, 1, 1)
    assert counted("wards_without_a_concern", by="ward_deprivation", category="1", person=people, flag=flags) == Answer(0, 1, 0)


PEOPLE = """
    person_id | birth_month | ward | sex    | ethnicity | resident_in_area
    Ada       | 2012-05-01  | W01  | female | white     | yes
    Ben       | 2012-05-01  | -    | male   | white     | no
    Cal       | -           | -    | male   | -         | -
"""


def test_records_lacking_a_key_field_count_once_however_much_they_lack() -> None:
    referrals = """
        person_id | received_on | received_on_precision | source
        Ada       | 2026-01-10  | day                   | police
        Ada       | 2026-01-11  | day                   | not_recorded
        Ada       | 2026-01-12  | month                 | -
        Ben       | 2026-01-13  | day                   | school
        Cal       | 2026-01-14  | day                   | school
        Ada       | 2025-12-31  | day                   | -
    """
    tables = {"person": PEOPLE, "referral": referrals}
    # Ben lives elsewhere, which is known. Cal's record lacks three fields and is one record.
    assert counted("records_lacking_a_key_field", **tables) == Answer(3, 5, 2)
    by_field = {
        field: counted("records_lacking_a_key_field", by="key_field", category=field, **tables).count
        for field in ("day", "subject", "birth", "sex", "ethnicity", "home")
    }
    assert by_field == {"day": 1, "subject": 2, "birth": 1, "sex": 0, "ethnicity": 1, "home": 1}
    assert counted("records_lacking_a_key_field", by="key_field", category="day", **tables).out_of == 5


def test_records_are_told_apart_by_their_kind_and_their_agency() -> None:
    referrals = "person_id | received_on | source\nAda | 2026-01-10 | police"
    attendances = "person_id | arrived_at | assault\nAda | 2026-01-10T10:00 | -\nAda | 2026-01-11T10:00 | no"
    tables = {"person": PEOPLE, "referral": referrals, "ae_attendance": attendances}
    assert counted("records_lacking_a_key_field", by="record_kind", category="emergency_attendance", **tables) == Answer(1, 2, 1)
    assert counted("records_lacking_a_key_field", by="agency", category="csc", **tables) == Answer(0, 1, 0)


def test_children_held_by_several_have_records_in_more_than_one_agency_at_any_time() -> None:
    referrals = """
        person_id | received_on
        Ada       | 2026-01-10
        Ada       | 2026-01-11
        Ben       | 2026-01-10
        Cal       | 2026-01-10
    """
    flags = """
        person_id | agency_id | started_on | exploitation_type
        Ada       | police    | 2020-06-01 | criminal
        Ben       | csc       | 2020-06-01 | criminal
    """
    roll = "person_id | entered_on\nCal | 2020-09-01\nDee | 2020-09-01"
    tables = {"referral": referrals, "flag": flags, "school_spell": roll}
    # Ben's two records are one agency's; a place on a roll joins Cal and is no record of its own.
    assert counted("records_of_children_held_by_several", **tables) == Answer(2, 3, 2)
    assert counted("records_of_children_held_by_several", by="agency", category="csc", **tables) == Answer(2, 3, 2)
