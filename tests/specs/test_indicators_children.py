"""What the indicators about children's lives count, drawn: a small table, the indicator, the answer.

The quarter is January to March 2026 and children were born in May 2012 (aged 13), unless a table says otherwise.
"""

from __future__ import annotations

import pytest
from tests.support.counting import Answer, counted

ADVERSITY = """
    person_id | ace_type         | recorded_on
    Ada       | domestic_abuse   | 2024-01-10
    Ada       | neglect          | 2025-01-01
    Ada       | parental_drugs   | 2025-01-01
    Ada       | parental_alcohol | 2026-01-09
    Ben       | domestic_abuse   | 2024-02-01
    Ben       | domestic_abuse   | 2025-01-01
    Ben       | neglect          | 2025-01-01
    Ben       | parental_drugs   | 2025-01-01
    Cal       | domestic_abuse   | 2025-01-01
    Cal       | neglect          | 2025-01-01
    Cal       | parental_drugs   | 2025-01-01
    Cal       | parental_alcohol | 2026-01-10
    Dee       | domestic_abuse   | 2025-01-01
    Dee       | neglect          | 2025-01-01
    Dee       | parental_drugs   | 2025-01-01
    Dee       | not_recorded     | 2025-01-01
    Eve       | domestic_abuse   | 2024-01-09
    Eve       | neglect          | 2025-01-01
    Eve       | parental_drugs   | 2025-01-01
    Eve       | parental_alcohol | 2025-01-01
"""
NEWLY = """
    person_id | agency_id | started_on | exploitation_type
    Ada       | csc       | 2026-01-10 | sexual
    Ada       | police    | 2026-01-10 | sexual
    Ben       | csc       | 2026-01-10 | sexual
    Cal       | csc       | 2026-01-10 | sexual
    Dee       | csc       | 2026-01-10 | sexual
    Eve       | csc       | 2026-01-10 | sexual
"""


def test_children_with_earlier_adversity_had_four_kinds_on_record_in_the_two_years_before() -> None:
    # A kind recorded twice is one kind (Ben); Cal's fourth was recorded on the day of the concern; what is not recorded is no kind
    # (Dee); Eve's first is 732 days back.
    assert counted("children_with_earlier_adversity", flag=NEWLY, ace=ADVERSITY) == Answer(1, 5, 1)
    assert counted("children_with_earlier_adversity", flag=NEWLY, ace=ADVERSITY, by="ace_type", category="neglect") == Answer(1, 5, 1)


def test_concern_by_ethnicity_is_out_of_residents_of_the_same_group() -> None:
    people = """
        person_id | birth_month | ward | sex    | ethnicity | resident_in_area
        Ada       | 2012-05-01  | W01  | female | white     | yes
        Ben       | 2008-04-01  | W02  | male   | asian     | yes
        Cal       | 2012-05-01  | W02  | male   | -         | yes
        Dee       | 2016-05-01  | W01  | female | white     | yes
        Eve       | 2012-05-01  | -    | female | white     | no
    """
    flags = """
        person_id | agency_id | started_on | ended_on   | exploitation_type | certainty
        Ada       | police    | 2025-04-01 | 2025-04-01 | criminal          | suspected
        Ben       | csc       | 2025-06-01 | -          | sexual            | known
        Cal       | police    | 2025-06-01 | -          | criminal          | at_risk
        Dee       | police    | 2025-06-01 | -          | criminal          | at_risk
        Eve       | police    | 2025-06-01 | -          | criminal          | at_risk
    """
    # Ada's concern was held on the first of the twelve months' days, Ben turned 18 in April; Dee is under ten, Eve lives elsewhere.
    assert counted("concern_by_ethnicity", person=people, flag=flags) == Answer(3, 300, 3)
    assert counted("concern_by_ethnicity", person=people, flag=flags, by="ethnicity", category="asian") == Answer(1, 100, 1)
    assert counted("concern_by_ethnicity", person=people, flag=flags, by="ethnicity", category="not_recorded").count == 1
    assert counted("concern_by_ethnicity", person=people, flag=flags, by="certainty", category="suspected") == Answer(1, 300, 1)


def test_concern_by_deprivation_is_out_of_residents_of_such_wards() -> None:
    people = """
        person_id | birth_month | ward | sex
        Ada       | 2012-05-01  | W01  | female
        Ben       | 2012-05-01  | W02  | male
        Cal       | 2012-05-01  | -    | male
    """
    flags = """
        person_id | agency_id | started_on | ended_on   | exploitation_type
        Ada       | police    | 2025-06-01 | 2025-07-01 | criminal
        Ben       | csc       | 2025-06-01 | 2025-03-31 | sexual
        Cal       | police    | 2025-06-01 | -          | gangs
    """
    assert counted("concern_by_deprivation", person=people, flag=flags) == Answer(2, 300, 2)
    assert counted("concern_by_deprivation", person=people, flag=flags, by="deprivation", category="1") == Answer(1, 200, 1)
    assert counted("concern_by_deprivation", person=people, flag=flags, by="deprivation", category="3") == Answer(0, 100, 0)
    assert counted("concern_by_deprivation", person=people, flag=flags, by="deprivation", category="not_recorded").count == 1


CRIMINAL = """
    person_id | agency_id | started_on | exploitation_type
    Ada       | police    | 2026-01-10 | criminal
    Ben       | police    | 2026-01-10 | criminal
    Cal       | police    | 2026-01-10 | gangs
    Dee       | police    | 2026-01-10 | criminal
    Eve       | police    | 2026-01-10 | criminal
    Fay       | police    | 2026-01-10 | criminal
    Gus       | police    | 2026-01-10 | sexual
    Hal       | csc       | 2025-01-10 | sexual
    Hal       | police    | 2026-01-10 | criminal
"""
INCIDENTS = """
    incident_reference | agency_id | started_at       | started_at_precision | location_type
    I1                 | police    | 2025-10-01T10:00 | minute               | street
    I2                 | police    | 2025-10-01T12:00 | minute               | street
    I3                 | police    | 2025-10-01T00:00 | month                | street
    I4                 | police    | 2026-01-11T10:00 | minute               | street
    I5                 | police    | 2026-01-10T10:00 | minute               | street
"""
PARTS = """
    incident_reference | person_id | role
    I1                 | Ada       | suspect
    I1                 | Ben       | suspect
    I2                 | Ben       | victim
    I1                 | Cal       | suspect
    I3                 | Dee       | suspect
    I4                 | Eve       | suspect
    I5                 | Fay       | suspect
    I1                 | Gus       | suspect
    I1                 | Hal       | suspect
"""
SENT_HOME = """
    person_id | started_on | category
    Cal       | 2025-09-30 | suspension
"""


def test_children_met_first_as_suspect_had_nothing_else_on_record_before() -> None:
    tables = {"flag": CRIMINAL, "incident": INCIDENTS, "involvement": PARTS, "exclusion": SENT_HOME}
    # Ben was harmed the same day; Cal was sent home from school before; of Dee's only the month is known; Eve was suspected after the
    # concern, and Fay on its day; Gus has no criminal concern; Hal's first suspicion came after a concern of sexual exploitation.
    assert counted("children_met_first_as_suspect", **tables) == Answer(1, 7, 1)


def test_being_held_in_custody_is_being_met_as_a_suspect() -> None:
    custody = """
        person_id | detained_at      | detained_at_precision
        Eve       | 2025-12-01T10:00 | minute
        Dee       | 2025-12-01T00:00 | month
    """
    assert counted("children_met_first_as_suspect", flag=CRIMINAL, custody=custody) == Answer(1, 7, 1)


def test_disabled_children_and_those_who_need_help_with_learning_are_told_by_school_and_assessment() -> None:
    flags = """
        person_id | agency_id | started_on | exploitation_type
        Ada       | police    | 2026-01-10 | criminal
        Ben       | police    | 2026-01-10 | criminal
        Cal       | police    | 2026-01-10 | criminal
        Dee       | police    | 2026-01-10 | criminal
        Eve       | police    | 2026-01-10 | criminal
    """
    spells = """
        person_id | entered_on | left_on    | special_needs
        Ada       | 2023-09-01 | -          | E
        Ben       | 2023-09-01 | 2026-03-30 | K
        Ben       | 2026-03-30 | -          | N
        Cal       | 2023-09-01 | -          | K
        Dee       | 2023-09-01 | -          | not_recorded
        Fay       | 2023-09-01 | -          | K
    """
    factors = """
        person_id | started_on | factor
        Ada       | 2025-01-01 | 5A
        Dee       | 2025-01-01 | 5B
        Eve       | 2026-04-01 | 6A
        Ben       | 2026-03-31 | 6A
    """
    tables = {"flag": flags, "school_spell": spells, "assessment_factor": factors}
    # Ben's support ended the day before the last, a disability was named on it; a parent's disability (Dee) is not the child's.
    indicator = "children_with_concern_and_support_need"
    assert counted(indicator, **tables) == Answer(3, 5, 3)
    assert counted(indicator, **tables, by="support_need", category="plan") == Answer(1, 5, 1)
    assert counted(indicator, **tables, by="support_need", category="support") == Answer(1, 5, 1)
    assert counted(indicator, **tables, by="support_need", category="disability") == Answer(2, 5, 2)


def test_looked_after_children_with_a_concern_are_told_by_what_came_first() -> None:
    plans = """
        person_id | plan_type | started_on | started_on_precision | ended_on   | placed_out_of_area
        Ada       | CLA       | 2025-01-01 | day                  | -          | yes
        Ben       | CLA       | 2025-06-01 | day                  | 2026-03-31 | no
        Cal       | CLA       | 2024-06-01 | day                  | 2025-03-31 | no
        Dee       | CLA       | 2025-06-01 | month                | -          | -
        Eve       | CLA       | 2025-06-01 | day                  | -          | no
        Fay       | CP        | 2025-06-01 | day                  | -          | no
    """
    flags = """
        person_id | agency_id | started_on | ended_on   | exploitation_type
        Ada       | police    | 2025-02-01 | -          | criminal
        Ben       | police    | 2024-06-01 | 2024-07-01 | sexual
        Ben       | csc       | 2025-07-01 | -          | sexual
        Cal       | police    | 2025-02-01 | -          | criminal
        Dee       | police    | 2025-06-20 | -          | criminal
        Eve       | police    | 2025-02-01 | 2025-03-31 | criminal
        Fay       | police    | 2025-02-01 | -          | criminal
    """
    indicator = "children_looked_after_with_concern"
    # Of Ben the first concern ever counts for the order; Dee's month is all that is known. Cal's care, and the concern about Eve,
    # ended a day before the twelve months.
    assert counted(indicator, plan=plans, flag=flags) == Answer(3, 4, 3)
    for category in ("care_first", "concern_first", "not_recorded"):
        assert counted(indicator, plan=plans, flag=flags, by="care_and_concern", category=category) == Answer(1, 4, 1)
    assert counted(indicator, plan=plans, flag=flags, by="placement_area", category="out_of_area") == Answer(1, 4, 1)


def test_of_care_and_concern_in_one_year_of_which_nobody_knows_more_neither_came_first() -> None:
    plans = """
        person_id | plan_type | started_on | started_on_precision
        Ada       | CLA       | 2025-06-10 | day
        Ben       | CLA       | 2025-06-10 | day
    """
    flags = """
        person_id | agency_id | started_on | started_on_precision | exploitation_type
        Ada       | police    | 2025-01-01 | year                 | criminal
        Ben       | police    | 2024-01-01 | year                 | criminal
    """
    indicator = "children_looked_after_with_concern"
    for category in ("concern_first", "not_recorded"):
        assert counted(indicator, plan=plans, flag=flags, by="care_and_concern", category=category) == Answer(1, 2, 1)


RECOGNISED = """
    person_id | agency_id | started_on | exploitation_type
    Rae       | police    | 2025-01-10 | criminal
    Sam       | police    | 2026-03-31 | sexual
    Tom       | police    | 2026-04-01 | criminal
"""


def test_children_near_known_networks_are_tied_to_two_recognised_children() -> None:
    parts = """
        incident_reference | person_id | role
        I1                 | Ada       | associate
        I1                 | Rae       | victim
        I1                 | Sam       | suspect
        I2                 | Ben       | suspect
        I2                 | Rae       | suspect
        I2                 | Tom       | suspect
        I3                 | Cal       | victim
        I3                 | Sam       | victim
        I4                 | Dee       | witness
        I4                 | Rae       | victim
    """
    incidents = """
        incident_reference | agency_id | started_at
        I1                 | police    | 2026-01-10T10:00
        I2                 | police    | 2025-04-01T10:00
        I3                 | police    | 2025-03-31T10:00
        I4                 | police    | 2026-01-10T10:00
    """
    # Ada is tied to two; Ben to one, and to Tom who was recognised only afterwards, and Tom to Rae; Cal's tie is older than twelve months;
    # Dee only saw what happened.
    assert counted("children_near_known_networks", flag=RECOGNISED, incident=incidents, involvement=parts) == Answer(1, 3, 1)


@pytest.mark.parametrize(("together", "answer"), [(9, Answer(10, 10, 10)), (11, Answer(0, 0, 0))])
def test_a_crowd_ties_nobody(together: int, answer: Answer) -> None:
    names = ["Rae", "Sam", "Ada", *(f"Kid{number}" for number in range(together))]
    parts = "incident_reference | person_id | role\n" + "\n".join(f"I1 | {name} | associate" for name in names)
    incidents = "incident_reference | agency_id | started_at\nI1 | police | 2026-01-10T10:00"
    assert counted("children_near_known_networks", flag=RECOGNISED, incident=incidents, involvement=parts) == answer


def test_children_recorded_as_missing_together_are_tied() -> None:
    episodes = """
        person_id | identity_id | agency_id | started_at       | episode_type
        Rae       | csc-1       | csc       | 2026-01-10T20:00 | missing
        Sam       | csc-2       | csc       | 2026-01-10T20:00 | missing
        Ada       | csc-3       | csc       | 2026-01-10T20:00 | missing
    """
    ties = """
        person_id | identity_id | other_identity_id | association_type | first_seen_on
        Ada       | csc-3       | csc-1             | missing_together | 2026-01-10
        Sam       | csc-2       | csc-3             | missing_together | 2026-01-10
    """
    assert counted("children_near_known_networks", flag=RECOGNISED, missing_episode=episodes, association=ties) == Answer(1, 1, 1)
