"""What the indicators about help and what follows it count, drawn: a small table, the indicator, the answer.

Everywhere the quarter is January to March 2026, so that twelve months are those since April 2025, and children were born in May 2012
(aged 13) unless a table says.
"""

from __future__ import annotations

from tests.support.counting import Answer, counted, median_of

FLAG = "person_id | agency_id | started_on | ended_on | exploitation_type"


def flags(*names: str) -> str:
    """A concern of the police about each child since the middle of 2025."""
    return "\n".join([FLAG, *(f"{name} | police | 2025-06-01 | - | criminal" for name in names)])


def test_specialist_support_is_about_exploitation_itself_and_on_a_day_of_the_quarter() -> None:
    support = """
        person_id | agency_id     | programme       | concern  | accepted | started_on | ended_on
        Ada       | csc           | specialist_team | criminal | yes      | 2025-09-01 | 2026-01-01
        Ben       | csc           | specialist_team | criminal | yes      | 2025-09-01 | 2025-12-31
        Cal       | csc           | mental_health   | criminal | yes      | 2025-09-01 | -
        Dee       | youth_justice | exploitation    | -        | -        | 2026-03-31 | -
        Eve       | voluntary     | Harbour Light   | sexual   | yes      | 2026-02-01 | -
        Fay       | csc           | specialist_team | criminal | no       | 2026-02-01 | -
        Gus       | csc           | specialist_team | criminal | yes      | 2026-02-01 | -
    """
    concerns = flags("Ada", "Ben", "Cal", "Dee", "Eve", "Fay")
    # Ada's ended on the first day of the quarter; Cal's help was with something else; Fay was not taken on; nobody is worried about Gus.
    assert counted("children_with_specialist_support", intervention=support, flag=concerns) == Answer(3, 6, 3)


def test_days_to_first_contact_are_counted_from_the_referral_to_the_first_meeting() -> None:
    support = """
        person_id | programme       | accepted | referred_on | referred_on_precision | started_on | started_on_precision
        Ada       | specialist_team | yes      | 2025-12-28  | day                   | 2026-01-04 | day
        Ben       | specialist_team | yes      | 2026-01-01  | day                   | 2026-01-01 | day
        Cal       | specialist_team | yes      | 2026-01-01  | day                   | 2026-02-20 | day
        Dee       | specialist_team | yes      | 2026-01-01  | month                 | 2026-03-20 | day
        Eve       | specialist_team | yes      | 2025-01-01  | day                   | 2026-02-01 | month
        Fay       | specialist_team | yes      | 2026-03-01  | day                   | -          | -
        Gus       | specialist_team | yes      | 2026-03-01  | day                   | 2026-04-20 | day
        Hal       | mentoring       | yes      | 2025-03-01  | day                   | 2026-01-20 | day
    """
    # 7, 0 and 50 days. What is known to the month is no number of days, and who has not been met yet has none.
    assert median_of("days_to_first_contact", intervention=support) == 7
    assert counted("days_to_first_contact", intervention=support).count == 3


PLANS = """
    person_id | agency_id | plan_type | case_reference | started_on | ended_on   | level_in    | level_out
    Ada       | csc       | MACE      | A              | 2025-06-01 | 2026-01-15 | significant | emerging
    Ben       | csc       | MACE      | B              | 2025-06-01 | 2026-01-15 | significant | emerging
    Cal       | csc       | MACE      | C              | 2025-06-01 | 2026-01-15 | moderate    | moderate
    Dee       | csc       | MACE      | D              | 2025-06-01 | 2026-01-15 | moderate    | not_assessed
    Eve       | csc       | MACE      | E              | 2025-06-01 | 2026-04-15 | moderate    | none
    Fay       | csc       | CP        | F              | 2025-06-01 | 2026-01-15 | moderate    | none
"""


def test_children_who_kept_one_lead_worker_have_the_same_one_in_every_review_of_the_plan() -> None:
    reviews = """
        person_id | agency_id | plan_type | case_reference | reviewed_on | lead_worker
        Ada       | csc       | MACE      | A              | 2025-07-01  | k1
        Ada       | csc       | MACE      | A              | 2025-10-01  | k1
        Ada       | csc       | MACE      | old            | 2024-10-01  | k9
        Ben       | csc       | MACE      | B              | 2025-07-01  | k1
        Ben       | csc       | MACE      | B              | 2025-10-01  | k2
        Ben       | csc       | MACE      | B              | 2026-01-01  | k1
        Cal       | csc       | MACE      | C              | 2025-07-01  | k1
        Dee       | csc       | MACE      | D              | 2025-07-01  | k1
        Dee       | csc       | MACE      | D              | 2025-10-01  | -
        Eve       | csc       | MACE      | E              | 2025-07-01  | k1
        Eve       | csc       | MACE      | E              | 2025-10-01  | k1
    """
    # One review that names somebody (Cal, Dee) cannot tell of a change; Ada's other plan is another plan; Eve's goes on.
    assert counted("children_who_kept_one_lead_worker", plan=PLANS, plan_review=reviews) == Answer(1, 2, 1)


def test_concern_is_lower_at_the_end_only_where_the_child_was_heard_and_both_levels_are_known() -> None:
    reviews = """
        person_id | plan_type | reviewed_on | child_heard
        Ada       | MACE      | 2025-07-01  | yes
        Ben       | MACE      | 2025-07-01  | no
        Ben       | MACE      | 2025-05-31  | yes
        Cal       | MACE      | 2025-07-01  | yes
        Dee       | MACE      | 2025-07-01  | yes
    """
    assert counted("children_with_less_concern_at_the_end", plan=PLANS, plan_review=reviews) == Answer(1, 4, 1)


def test_kind_of_help_is_that_of_the_last_day_and_a_child_may_have_two() -> None:
    plans = """
        person_id | plan_type | started_on | ended_on
        Ada       | CP        | 2025-06-01 | -
        Ada       | MACE      | 2026-03-31 | -
        Ben       | CIN       | 2025-06-01 | 2026-03-30
        Dee       | CLA       | 2025-06-01 | -
    """
    early_help = """
        person_id | started_on | ended_on
        Ben       | 2025-06-01 | 2026-03-31
    """
    support = """
        person_id | agency_id | programme     | started_on | ended_on
        Cal       | voluntary | Harbour Light | 2025-06-01 | -
    """
    tables = {"plan": plans, "early_help_episode": early_help, "intervention": support, "flag": flags("Ada", "Ben", "Cal")}
    # A service's own programme is no kind of plan; about Dee nobody is worried.
    assert counted("children_with_concern_and_plan", **tables) == Answer(2, 3, 2)
    for plan_type, children in (("CP", 1), ("MACE", 1), ("EH", 1), ("CIN", 0), ("CLA", 0)):
        assert counted("children_with_concern_and_plan", **tables, by="plan_type", category=plan_type) == Answer(children, 3, children)


CARE = """
    person_id | started_on | reason | ended_on   | placement
    Ada       | 2025-06-01 | S      | 2026-02-10 | U4
    Ada       | 2026-02-10 | P      | -          | K1
    Ben       | 2025-06-01 | S      | 2026-02-10 | U4
    Ben       | 2026-02-10 | L      | -          | U4
    Cal       | 2025-06-01 | S      | 2026-01-31 | R5
    Cal       | 2026-01-31 | B      | -          | K2
    Dee       | 2024-06-01 | S      | 2025-03-31 | K1
    Eve       | 2025-06-01 | S      | -          | U4
"""
CONCERNS_IN_CARE = """
    person_id | agency_id | started_on | ended_on   | exploitation_type
    Ada       | police    | 2025-06-01 | -          | criminal
    Ben       | police    | 2025-06-01 | -          | criminal
    Cal       | police    | 2025-01-01 | 2026-01-30 | criminal
    Dee       | police    | 2025-01-01 | -          | criminal
    Eve       | police    | 2025-01-01 | 2025-03-31 | criminal
"""


def test_children_moved_in_care_moved_to_other_carers_while_a_concern_was_held() -> None:
    # Twelve months. Ben's legal status changed, not where he lives; the concern about Cal ended the day before the move.
    assert counted("looked_after_children_moved", care_episode=CARE, flag=CONCERNS_IN_CARE) == Answer(1, 3, 1)


def test_children_in_secure_care_or_custody_were_there_while_a_concern_was_held() -> None:
    # Ada in a secure home from February, Cal in custody until January; Dee left, and the concern about Eve ended, a day before the year.
    assert counted("looked_after_children_secured", care_episode=CARE, flag=CONCERNS_IN_CARE) == Answer(2, 3, 2)


def test_a_child_who_turns_eighteen_in_the_twelve_months_is_in_both_numbers_or_in_neither() -> None:
    people = """
        person_id | birth_month | ward | sex    | ethnicity
        Ada       | 2008-03-01  | W01  | male   | white
        Cal       | 2007-06-01  | W01  | female | white
    """
    care = "\n".join(line for line in CARE.splitlines() if "Ben" not in line and "Dee" not in line and "Eve" not in line)
    # Ada moved a month before the eighteenth birthday; Cal was grown up on the first day in care with a concern.
    tables = {"person": people, "care_episode": care, "flag": CONCERNS_IN_CARE}
    assert counted("looked_after_children_moved", **tables) == Answer(1, 1, 1)
    assert counted("looked_after_children_secured", **tables) == Answer(1, 1, 1)


def test_routes_before_recognition_are_told_by_which_help_knew_the_child_first() -> None:
    concerns = """
        person_id | agency_id | started_on | started_on_precision | exploitation_type
        Ada       | police    | 2026-02-01 | day                  | sexual
        Ben       | police    | 2026-02-01 | day                  | sexual
        Cal       | police    | 2026-02-01 | day                  | sexual
        Dee       | police    | 2026-02-01 | day                  | sexual
        Eve       | police    | 2026-02-01 | day                  | sexual
        Fay       | police    | 2026-02-01 | month                | sexual
        Gus       | police    | 2026-02-01 | day                  | sexual
    """
    early_help = """
        person_id | started_on | ended_on
        Ada       | 2025-01-01 | 2025-06-01
        Ben       | 2025-12-01 | -
        Cal       | 2023-01-01 | 2024-01-31
        Fay       | 2025-01-01 | -
    """
    referrals = """
        person_id | received_on
        Ada       | 2025-09-01
        Ben       | 2025-01-01
        Dee       | 2026-02-01
    """
    plans = """
        person_id | plan_type | started_on | ended_on
        Eve       | CLA       | 2020-01-01 | -
    """
    tables = {"flag": concerns, "early_help_episode": early_help, "referral": referrals, "plan": plans}
    # Cal's early help ended more than 24 months before; Dee's referral came on the day itself; of Fay no day is known; nobody helped Gus.
    assert counted("children_helped_before_recognition", **tables) == Answer(3, 6, 3)
    for route, children in (("early_help_first", 1), ("social_care_first", 1), ("social_care", 1), ("early_help", 0)):
        assert counted("children_helped_before_recognition", **tables, by="route", category=route) == Answer(children, 6, children)
