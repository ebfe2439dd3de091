"""What the indicators about recorded harm, and about people who cause it, count, drawn: a small table, the indicator, the answer.

Everywhere the quarter is January to March 2026, and people were born in May 2012 (aged 13) unless a table says.
"""

from __future__ import annotations

from tests.support.counting import Answer, counted

OFFENCES = """
    incident_reference | started_at       | recorded_at      | incident_type        | status      | exploitation_type | location_type
    A1                 | 2026-01-10T17:00 | 2026-01-11T09:00 | drugs                | crime       | criminal          | transport
    A2                 | 2026-01-11T17:00 | 2026-01-11T19:00 | sexual               | -           | sexual            | online
    A3                 | 2026-01-12T17:00 | 2026-01-12T19:00 | exploitation_concern | crime       | sexual            | street
    A4                 | 2026-01-13T17:00 | 2026-01-13T19:00 | weapons              | crime       | -                 | street
    A5                 | 2026-01-14T17:00 | 2026-01-14T19:00 | sexual               | not_a_crime | sexual            | home
    A6                 | 2026-01-15T17:00 | 2026-01-15T19:00 | missing              | crime       | missing           | home
    A7                 | 2025-12-31T17:00 | 2026-01-01T19:00 | sexual               | crime       | sexual            | home
"""
ROLES = """
    person_id | incident_reference | role     | certainty
    Ada       | A1                 | suspect  | suspected
    Ben       | A1                 | victim   | known
    Zoe       | A1                 | suspect  | suspected
    Cal       | A2                 | victim   | known
    Zoe       | A2                 | suspect  | suspected
    Dee       | A2                 | witness  | known
    Eve       | A3                 | victim   | known
    Fay       | A4                 | suspect  | suspected
    Gus       | A5                 | victim   | known
    Hal       | A6                 | missing  | known
    Cal       | A7                 | victim   | known
"""
PEOPLE = """
    person_id | birth_month | ward | sex    | ethnicity
    Ada       | 2010-05-01  | W01  | male   | white
    Ben       | 2012-05-01  | W01  | male   | white
    Cal       | 2012-05-01  | W02  | female | white
    Dee       | 2012-05-01  | W01  | female | white
    Eve       | 2012-05-01  | W01  | female | white
    Fay       | 2012-05-01  | W01  | female | white
    Gus       | 2012-05-01  | W01  | male   | white
    Hal       | 2012-05-01  | W01  | male   | white
    Zoe       | 1990-01-01  | W01  | female | white
"""
TABLES = {"incident": OFFENCES, "involvement": ROLES, "person": PEOPLE}


def test_exploitation_offences_are_marked_crimes_in_which_a_child_had_a_part() -> None:
    # Two offences with three children (a witness has no part); concerns, missing reports and what was no crime are left out.
    assert counted("exploitation_offences", **TABLES) == Answer(2, 300, 3)
    assert counted("exploitation_offences", **TABLES, by="exploitation_type", category="criminal").count == 1
    assert counted("exploitation_offences", **TABLES, by="location_type", category="online").count == 1
    assert counted("exploitation_offences", **TABLES, by="sex", category="male") == Answer(1, 100, 2)


def test_an_offence_with_adults_only_is_none_of_a_child() -> None:
    only_adults = """
        person_id | incident_reference | role    | certainty
        Zoe       | A1                 | suspect | suspected
    """
    assert counted("exploitation_offences", **{**TABLES, "involvement": only_adults}) == Answer(0, 300, 0)


def test_offences_are_decided_once_and_charged_if_any_decision_so_far_was_a_charge() -> None:
    outcomes = """
        person_id | agency_id | incident_reference | outcome  | decided_on
        Ada       | police    | A1                 | evidence | 2026-02-01
        Zoe       | police    | A1                 | charged  | 2026-04-20
        Zoe       | police    | A2                 | evidence | 2026-02-01
        Cal       | police    | A7                 | -        | 2026-02-01
        Fay       | police    | A4                 | charged  | 2026-02-01
    """
    # A1 counts on its first day and a later charge counts for it; of A7 nothing was decided; A4 is not marked.
    assert counted("exploitation_offences_charged", **TABLES, offence_outcome=outcomes) == Answer(1, 2, 1)
    by_form = counted("exploitation_offences_charged", **TABLES, offence_outcome=outcomes, by="exploitation_type", category="sexual")
    assert by_form == Answer(0, 1, 0)


def test_an_offence_in_which_the_child_was_only_suspected_has_no_child_harmed_to_be_decided_for() -> None:
    suspected = """
        person_id | incident_reference | role    | certainty
        Ada       | A1                 | suspect | suspected
    """
    outcomes = """
        person_id | agency_id | incident_reference | outcome | decided_on
        Ada       | police    | A1                 | charged | 2026-02-01
    """
    tables = {**TABLES, "involvement": suspected, "offence_outcome": outcomes}
    assert counted("exploitation_offences_charged", **tables) == Answer(0, 0, 0)


ACTIONS = """
    disruption_reference | agency_id | disruption_type   | taken_on   | taken_on_precision
    D1                   | police    | abduction_warning | 2026-01-10 | day
    D2                   | police    | abduction_warning | 2026-01-10 | day
    D3                   | police    | closure           | 2026-03-01 | month
    D4                   | police    | arrest            | 2025-12-31 | day
    D5                   | police    | arrest            | -          | -
"""


def test_disruption_actions_are_counted_by_their_kind_and_about_nobody() -> None:
    assert counted("disruption_actions", disruption=ACTIONS).count == 3
    assert counted("disruption_actions", disruption=ACTIONS, by="disruption_type", category="abduction_warning").count == 2
    assert counted("disruption_actions", disruption=ACTIONS, by="disruption_type", category="arrest").count == 0


def test_restrictions_on_children_are_moves_and_detentions_while_a_concern_was_held() -> None:
    care = """
        person_id | started_on | reason | ended_on
        Ada       | 2025-06-01 | S      | 2026-02-10
        Ada       | 2026-02-10 | P      | -
        Ben       | 2026-02-10 | P      | -
    """
    custody = """
        person_id | custody_reference | detained_at
        Ada       | C1                | 2026-01-10T22:00
        Ada       | C2                | 2025-03-31T22:00
        Cal       | C3                | 2026-01-10T22:00
        Zoe       | C4                | 2026-01-10T22:00
    """
    flags = """
        person_id | agency_id | started_on | ended_on   | exploitation_type
        Ada       | police    | 2025-01-01 | -          | criminal
        Ada       | csc       | 2025-06-01 | -          | criminal
        Cal       | police    | 2025-06-01 | 2026-01-09 | criminal
        Zoe       | police    | 2025-06-01 | -          | criminal
    """
    tables = {"disruption": ACTIONS, "care_episode": care, "custody": custody, "flag": flags, "person": PEOPLE}
    # Twelve months: four actions, Ada's move and one night; nobody worried about Ben, or about Cal any more, and Zoe is grown up.
    assert counted("actions_for_each_restriction", **tables)[:2] == (4, 2)


def test_suspects_under_18_are_people_counted_once_by_their_age_on_the_day() -> None:
    people = """
        person_id | birth_month | ward | sex    | ethnicity
        Ada       | 2008-01-01  | W01  | male   | white
        Ben       | 2008-02-01  | W01  | male   | white
        Cal       | -           | W01  | female | white
        Zoe       | 1990-01-01  | W01  | female | white
        Yan       | 2008-06-01  | W01  | male   | asian
    """
    roles = """
        person_id | incident_reference | role    | certainty
        Ada       | A1                 | suspect | suspected
        Ben       | A1                 | suspect | suspected
        Ben       | A2                 | suspect | suspected
        Cal       | A1                 | suspect | suspected
        Zoe       | A1                 | suspect | suspected
        Yan       | A1                 | victim  | known
    """
    # Ada is 18 from the first of January; Cal's age is not known; Ben is suspected twice and is one person.
    tables = {"incident": OFFENCES, "involvement": roles, "person": people}
    assert counted("suspects_under_18", **tables)[:2] == (1, 3)
    assert counted("suspects_under_18", **tables, by="exploitation_type", category="sexual")[:2] == (1, 1)


def test_the_month_of_an_offence_is_enough_to_know_a_suspects_age_and_the_year_is_not() -> None:
    offences = """
        incident_reference | started_at       | started_at_precision | incident_type | exploitation_type
        A1                 | 2026-01-01T00:00 | month                | drugs         | criminal
        A2                 | 2026-01-01T00:00 | year                 | drugs         | criminal
    """
    roles = """
        person_id | incident_reference | role    | certainty
        Ada       | A1                 | suspect | suspected
        Ben       | A2                 | suspect | suspected
        Cal       | A1                 | suspect | suspected
        Dee       | A1                 | suspect | suspected
    """
    people = """
        person_id | birth_month | ward | sex  | ethnicity
        Ada       | 2008-02-01  | W01  | male | white
        Ben       | 2012-05-01  | W01  | male | white
        Cal       | 2008-01-01  | W01  | male | white
        Dee       | 2007-12-01  | W01  | male | white
    """
    # Cal is 18 from the first day of that month.
    assert counted("suspects_under_18", incident=offences, involvement=roles, person=people)[:2] == (1, 3)


def test_suspects_of_harm_in_another_area_are_another_partnerships() -> None:
    offences = """
        incident_reference | started_at       | incident_type | exploitation_type | incident_authority
        A1                 | 2026-01-10T17:00 | drugs         | criminal          | saltmere
        A2                 | 2026-01-10T17:00 | drugs         | criminal          | Northreach
        A3                 | 2026-01-10T17:00 | drugs         | criminal          | -
    """
    roles = """
        person_id | incident_reference | role    | certainty
        Ada       | A1                 | suspect | suspected
        Ben       | A2                 | suspect | suspected
        Cal       | A3                 | suspect | suspected
    """
    assert counted("suspects_under_18", incident=offences, involvement=roles)[:2] == (2, 2)


def test_a_child_who_is_known_to_live_elsewhere_is_left_out_of_both_numbers() -> None:
    people = """
        person_id | birth_month | ward | sex  | ethnicity | resident_in_area
        Ada       | 2010-05-01  | W01  | male | white     | yes
        Ben       | 2012-05-01  | -    | male | white     | no
        Fay       | 2012-05-01  | -    | -    | -         | -
    """
    assert counted("drugs_and_weapons_with_children", **{**TABLES, "person": people}, by="sex", category="male") == Answer(1, 1, 1)
    assert counted("drugs_and_weapons_with_children", **{**TABLES, "person": people}, by="ward", category="not_recorded").count == 1


def test_children_harmed_and_suspected_are_told_by_which_was_first_in_the_24_months() -> None:
    incidents = """
        incident_reference | started_at       | started_at_precision | location_type
        H1                 | 2024-05-01T17:00 | minute               | street
        H2                 | 2025-05-01T17:00 | minute               | street
        H3                 | 2025-06-01T00:00 | month                | street
        H4                 | 2025-05-01T18:00 | minute               | home
        H5                 | 2024-03-31T18:00 | minute               | street
    """
    roles = """
        person_id | incident_reference | role
        Ada       | H1                 | victim
        Ada       | H2                 | suspect
        Ben       | H1                 | suspect
        Ben       | H2                 | victim
        Cal       | H2                 | victim
        Cal       | H2                 | suspect
        Dee       | H2                 | suspect
        Dee       | H3                 | victim
        Eve       | H2                 | suspect
        Eve       | H4                 | victim
        Fay       | H5                 | victim
        Fay       | H2                 | suspect
        Gus       | H2                 | witness
    """
    tables = {"incident": incidents, "involvement": roles}
    # Dee's harm is known to the month, Eve's was at home, Fay's was longer ago; all three are suspected only. A witness is neither.
    assert counted("children_harmed_and_suspected", **tables) == Answer(3, 6, 3)
    for first in ("harmed_first", "suspected_first", "same_day"):
        assert counted("children_harmed_and_suspected", **tables, by="came_first", category=first) == Answer(1, 6, 1)


def test_children_in_youth_justice_have_a_programme_of_it_and_a_concern_of_any_agency() -> None:
    programmes = """
        person_id | agency_id     | programme       | started_on | ended_on
        Ada       | youth_justice | prevention      | 2025-06-01 | 2026-01-01
        Ben       | youth_justice | diversion       | 2025-06-01 | -
        Cal       | youth_justice | diversion       | 2025-06-01 | 2025-12-31
        Dee       | csc           | specialist_team | 2025-06-01 | -
    """
    flags = """
        person_id | agency_id  | started_on | ended_on   | exploitation_type
        Ada       | early_help | 2025-06-01 | 2026-02-01 | other
        Ben       | police     | 2025-06-01 | 2025-12-31 | criminal
        Cal       | police     | 2025-06-01 | -          | criminal
        Dee       | police     | 2025-06-01 | -          | criminal
    """
    tables = {"intervention": programmes, "flag": flags}
    assert counted("youth_justice_children_with_concern", **tables) == Answer(1, 2, 1)
    assert counted("youth_justice_children_with_concern", **tables, by="agency", category="early_help") == Answer(1, 2, 1)


def test_drugs_and_weapons_are_a_share_of_the_incidents_that_police_record_with_children() -> None:
    # A1 drugs and A4 weapons, of A1 to A5; the missing report and what was before the quarter are left out.
    assert counted("drugs_and_weapons_with_children", **TABLES) == Answer(2, 5, 3)
    assert counted("drugs_and_weapons_with_children", **TABLES, by="drugs_or_weapons", category="weapons") == Answer(1, 5, 1)
    assert counted("drugs_and_weapons_with_children", **TABLES, by="location_type", category="street") == Answer(1, 2, 1)


def test_an_offence_that_youth_justice_records_too_is_no_second_incident() -> None:
    incidents = """
        incident_reference | agency_id     | started_at       | recorded_at      | incident_type
        A1                 | police        | 2026-01-10T17:00 | 2026-01-11T09:00 | drugs
        Y1                 | youth_justice | 2026-01-10T00:00 | -                | drugs
    """
    roles = """
        person_id | agency_id     | incident_reference | role
        Ada       | police        | A1                 | suspect
        Ada       | youth_justice | Y1                 | suspect
    """
    assert counted("drugs_and_weapons_with_children", incident=incidents, involvement=roles) == Answer(1, 1, 1)
