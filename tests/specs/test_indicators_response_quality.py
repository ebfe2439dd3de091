"""What the indicators about naming and assessing harm count, drawn: a small table, the indicator, the answer.

The quarter is January to March 2026 and children were born in May 2012 (aged 13), unless a table says otherwise.
"""

from __future__ import annotations

from tests.support.counting import CATALOGUE, Answer, counted, median_of

FLAGS = """
    person_id | agency_id | started_on | ended_on   | exploitation_type
    Ada       | police    | 2025-06-01 | -          | criminal
    Ada       | csc       | 2025-06-01 | -          | sexual
    Ben       | police    | 2025-06-01 | 2025-07-01 | sexual
    Ben       | csc       | 2025-06-01 | -          | sexual
    Cal       | police    | 2025-06-01 | -          | other
    Cal       | csc       | 2025-06-01 | -          | criminal
    Dee       | police    | 2024-06-01 | 2025-03-31 | sexual
    Eve       | police    | 2026-01-01 | -          | missing
    Eve       | csc       | 2026-01-01 | -          | other
    Fay       | police    | 2026-01-01 | -          | gangs
    Fay       | police    | 2025-04-01 | 2025-04-01 | trafficking
"""
PEOPLE = """
    person_id | birth_month | ward | sex    | ethnicity
    Ada       | 2012-05-01  | W01  | female | white
    Ben       | 2012-05-01  | W01  | male   | white
    Cal       | 2012-05-01  | W01  | male   | white
    Dee       | 2012-05-01  | W01  | male   | white
    Eve       | 2012-05-01  | W01  | female | white
    Fay       | 2012-05-01  | W01  | -      | white
"""


def test_assessments_that_name_exploitation_can_be_told_by_each_form_they_name() -> None:
    assessments = """
        person_id | started_on | authorised_on
        Ada       | 2025-12-01 | 2026-01-10
        Ben       | 2025-12-01 | 2026-01-10
    """
    factors = """
        person_id | started_on | authorised_on | factor_local | exploitation_type
        Ada       | 2025-12-01 | 2026-01-10    | 11A          | sexual
        Ada       | 2025-12-01 | 2026-01-10    | 24A          | criminal
        Ben       | 2025-12-01 | 2026-01-10    | 10A          | missing
    """
    tables = {"assessment": assessments, "assessment_factor": factors}
    assert counted("assessments_naming_exploitation", **tables) == Answer(1, 2, 1)
    assert counted("assessments_naming_exploitation", **tables, by="exploitation_type", category="criminal") == Answer(1, 2, 1)
    assert counted("assessments_naming_exploitation", **tables, by="exploitation_type", category="not_recorded") == Answer(0, 2, 0)


def test_children_with_several_forms_have_two_forms_named_by_any_agencies_together() -> None:
    # A form that two agencies name is one form (Ben); "other" names none (Cal, Eve); Dee's concern ended before the twelve months.
    assert counted("children_with_several_forms", flag=FLAGS) == Answer(2, 4, 2)
    assert counted("children_with_several_forms", flag=FLAGS, by="exploitation_type", category="sexual") == Answer(1, 2, 1)
    assert counted("children_with_several_forms", flag=FLAGS, by="exploitation_type", category="trafficking") == Answer(1, 1, 1)


def test_criminal_exploitation_of_girls_and_sexual_exploitation_of_boys_are_seen_apart() -> None:
    indicator = "girls_criminally_and_boys_sexually_exploited"
    # Fay's sex is not recorded, Dee's concern is too old, of Eve no form is named.
    assert counted(indicator, flag=FLAGS, person=PEOPLE) == Answer(2, 3, 2)
    assert counted(indicator, flag=FLAGS, person=PEOPLE, by="sex", category="female") == Answer(1, 1, 1)
    assert counted(indicator, flag=FLAGS, person=PEOPLE, by="sex", category="male") == Answer(1, 2, 1)
    assert counted(indicator, flag=FLAGS, person=PEOPLE, by="sex", category="not_recorded") == Answer(0, 0, 0)
    assert counted(indicator, flag=FLAGS, person=PEOPLE, by="agency", category="police") == Answer(2, 2, 2)


def test_open_concerns_screened_had_a_screening_in_the_183_days_up_to_the_last_day() -> None:
    screenings = """
        person_id | agency_id | completed_on | completed_on_precision
        Ada       | csc       | 2025-09-29   | day
        Ben       | csc       | 2025-09-28   | day
        Cal       | csc       | 2026-02-01   | month
        Eve       | csc       | 2026-03-31   | day
        Eve       | csc       | 2026-01-31   | day
        Fay       | csc       | 2026-04-01   | day
        Gus       | csc       | 2026-03-01   | day
    """
    # 29 September is 183 days before 31 March; of Cal's only the month is known; Gus has no concern; Eve is one child.
    assert counted("open_concerns_screened", flag=FLAGS, screening=screenings) == Answer(2, 5, 2)
    assert counted("open_concerns_screened", flag=FLAGS, screening=screenings, by="agency", category="police") == Answer(1, 3, 1)
    assert counted("open_concerns_screened", flag=FLAGS, screening=screenings, by="agency", category="csc") == Answer(2, 4, 2)


REVIEWS = """
    person_id | plan_type | reviewed_on | reviewed_on_precision | level_out
    Ada       | MACE      | 2025-10-01  | day                   | significant
    Ada       | MACE      | 2026-01-10  | day                   | moderate
    Ada       | MACE      | 2026-03-10  | day                   | significant
    Ben       | MACE      | 2025-12-01  | day                   | emerging
    Ben       | MACE      | 2026-01-10  | day                   | not_assessed
    Ben       | MACE      | 2026-02-10  | day                   | none
    Cal       | MACE      | 2025-12-01  | day                   | moderate
    Cal       | MACE      | 2026-02-10  | day                   | moderate
    Dee       | MACE      | 2026-02-10  | day                   | moderate
    Eve       | MACE      | 2025-02-08  | day                   | moderate
    Eve       | MACE      | 2026-02-10  | day                   | emerging
    Fay       | CP        | 2025-12-01  | day                   | moderate
    Fay       | CP        | 2026-02-10  | day                   | emerging
    Gus       | MACE      | 2025-12-01  | month                 | moderate
    Gus       | MACE      | 2026-02-10  | day                   | emerging
    Hal       | MACE      | 2025-12-01  | day                   | emerging
    Hal       | MACE      | 2026-02-10  | day                   | emerging
    Hal       | MACE      | 2026-02-10  | day                   | known_harm
"""


def test_children_whose_level_changed_are_compared_by_their_last_review_of_the_quarter() -> None:
    # Ada's last review was higher than the one before it. A review without a level compares nothing (Ben's second). Dee has one review,
    # Eve's earlier one is 367 days back, Fay's are of another plan, of one of Gus's only the month is known. Of Hal's two on one day the
    # higher counts.
    assert counted("children_whose_level_changed", plan_review=REVIEWS) == Answer(3, 4, 3)
    assert counted("children_whose_level_changed", plan_review=REVIEWS, by="level_change", category="lower") == Answer(1, 4, 1)
    assert counted("children_whose_level_changed", plan_review=REVIEWS, by="level_change", category="higher") == Answer(2, 4, 2)


def test_strategy_discussions_wait_for_who_took_part() -> None:
    waiting = {question.framework: question for question in CATALOGUE.waiting}
    assert "social care" in waiting["B06"].waits_for[0]


def test_children_referred_to_the_mechanism_are_out_of_those_with_a_concern_it_is_for_and_those_referred() -> None:
    referrals = """
        person_id | referred_on | first_responder | county_lines
        Ada       | 2026-01-10  | local_authority | yes
        Ada       | 2026-02-10  | police          | -
        Gus       | 2025-04-01  | police          | no
        Ben       | 2025-03-31  | police          | no
    """
    tables = {"flag": FLAGS, "nrm_referral": referrals}
    # Ada, Ben, Cal and Fay have such a concern, Gus none but a referral; Eve's concern names no form; Ben's referral is a day too old.
    assert counted("children_referred_to_national_mechanism", **tables) == Answer(2, 5, 2)
    assert counted("children_referred_to_national_mechanism", **tables, by="county_lines", category="yes").count == 1
    assert counted("children_referred_to_national_mechanism", **tables, by="county_lines", category="not_recorded").count == 1
    assert counted("children_referred_to_national_mechanism", **tables, by="first_responder", category="police") == Answer(2, 5, 2)


def test_time_to_conclusive_decision_runs_from_the_referral() -> None:
    people = """
        person_id | birth_month | ward
        Ada       | 2009-05-01  | W01
        Ben       | 2007-05-01  | W01
        Cal       | 2006-05-01  | W01
        Dee       | 2009-05-01  | W01
        Eve       | 2009-05-01  | W01
        Fay       | 2009-05-01  | W01
    """
    referrals = """
        person_id | referred_on | referred_on_precision | conclusive_grounds_on | conclusive_grounds
        Ada       | 2025-01-01  | day                   | 2025-04-11            | positive
        Ben       | 2024-03-20  | day                   | 2026-03-20            | negative
        Cal       | 2024-03-20  | day                   | 2026-03-20            | positive
        Dee       | 2025-01-01  | day                   | 2025-03-31            | positive
        Eve       | 2025-01-01  | month                 | 2025-09-01            | positive
        Fay       | 2026-01-01  | day                   | -                     | pending
    """
    # Ben was 18, within the wait; Cal 19; Dee's decision is a day too old; of Eve's referral only the month is known; Fay still waits.
    assert counted("time_to_conclusive_decision", person=people, nrm_referral=referrals) == Answer(2, None, 2)
    assert median_of("time_to_conclusive_decision", person=people, nrm_referral=referrals, by="nrm_decision", category="positive") == 100
    assert median_of("time_to_conclusive_decision", person=people, nrm_referral=referrals, by="nrm_decision", category="negative") == 730
