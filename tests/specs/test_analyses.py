"""What the tables of analyses count, drawn: small tables, a table of an analysis, the answer. These are also their documentation.

Everywhere the twelve months are those to the end of March 2026, and children were born in May 2012 (aged 13) unless a table says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from pathlib import Path

import pytest
from tests.support.counting import everybody_in
from tests.support.tables import drawn, register_all

from sightline.definitions.analyses import load_analyses
from sightline.engine.duckdb import DuckDBEngine
from sightline.indicators.analyses import YearScope, count_analyses
from sightline.indicators.availability import Sources
from sightline.model.counted_tables import Codes, CountedRow, CountedTable
from sightline.model.periods import Quarter

ANALYSES = load_analyses()
QUARTER = Quarter(2026, 1)
SOURCES = Sources({}, None)
RESIDENTS = """
    ward | age_band | sex    | ethnicity | children
    W01  | 13-15    | female | white     | 200
    W02  | 13-15    | female | black     | 100
    W02  | 16-17    | male   | white     | 100
"""
Counted = dict[Codes, tuple[int, int | None]]


@lru_cache(maxsize=1)
def world(tables: tuple[tuple[str, str], ...]) -> tuple[DuckDBEngine, set[str]]:
    """An engine that holds the tables, and the names of the derived tables made on it: a test asks several things of one world."""
    rows = {name: drawn(text) for name, text in {"population": RESIDENTS, **dict(tables)}.items()}
    rows.setdefault("person", everybody_in(dict(tables)))
    engine = DuckDBEngine(threads=1)
    register_all(engine, rows, quarters=[QUARTER])
    return engine, set()


def table_of(analysis: str, table: str, tables: Mapping[str, str]) -> CountedTable:
    """One table of one analysis, counted; only the derived tables it reads are made."""
    definition = ANALYSES.analysis(analysis)
    chosen = next(each for each in definition.tables if each.id == table)
    only = replace(ANALYSES, analyses=(definition.model_copy(update={"tables": (chosen,)}),))
    needed = set(chain.from_iterable(measure.derived for measure in ANALYSES.measures_of(chosen)))
    engine, made = world(tuple(sorted(tables.items())))
    for name, each in ANALYSES.derived.items():
        if name in needed - made:
            engine.materialise(name, each.sql)
            made.add(name)
    (counted,) = count_analyses(engine, only, YearScope(QUARTER, SOURCES))
    (found,) = counted.tables
    return found


def some(rows: tuple[CountedRow, ...]) -> Counted:
    return {row.categories: (row.count, row.out_of) for row in rows if row.count}


def counted(analysis: str, table: str, **tables: str) -> Counted:
    """The rows in which there is anything: codes → (count, out of)."""
    return some(table_of(analysis, table, tables).rows)


def medians(analysis: str, table: str, **tables: str) -> dict[Codes, float | None]:
    return {row.categories: row.median for row in table_of(analysis, table, tables).rows if row.count}


REFERRALS = """
    person_id | received_on | source | no_further_action
    Ada       | 2025-05-01  | school | yes
    Ada       | 2026-01-10  | police | no
    Ada       | 2026-01-10  | police | no
    Ben       | 2025-04-01  | school | no
    Cal       | 2025-03-31  | school | no
    Dee       | 2024-12-20  | police | no
    Dee       | 2026-01-05  | police | no
"""


def test_referrals_by_source_list_every_source_and_one_day_from_one_source_is_one_referral() -> None:
    found = table_of("referral_sources", "referrals_by_source", {"referral": REFERRALS})
    # Cal's came a day before the twelve months began.
    assert some(found.rows) == {("school",): (2, 4), ("police",): (2, 4)}
    assert ("housing",) in {row.categories for row in found.rows}


def test_contacts_that_became_referrals_are_those_with_a_referral_within_fourteen_days() -> None:
    contacts = """
        person_id | contacted_on | source
        Ada       | 2025-04-20   | school
        Ada       | 2026-01-10   | police
        Ben       | 2025-04-01   | health
        Dee       | 2025-12-21   | police
    """
    found = table_of("referral_sources", "contacts_that_became_referrals", {"referral": REFERRALS, "contact": contacts})
    # Dee was referred on the fifteenth day.
    assert some(found.rows) == {("school",): (1, 1), ("police",): (1, 2), ("health",): (1, 1)}


def test_a_contact_of_which_only_the_month_is_known_leads_to_nothing_that_can_be_measured() -> None:
    contacts = """
        person_id | contacted_on | contacted_on_precision | source
        Ada       | 2025-05-01   | month                  | school
    """
    assert counted("referral_sources", "contacts_that_became_referrals", referral=REFERRALS, contact=contacts) == {}


def test_pupils_whom_a_school_told_of_stand_at_the_school_they_were_at() -> None:
    spells = """
        person_id | entered_on | school
        Ada       | 2023-09-01 | North
        Ada       | 2025-09-01 | South
        Ben       | 2023-09-01 | North
        Cal       | 2023-09-01 | South
    """
    contacts = """
        person_id | contacted_on | source
        Ben       | 2024-02-01   | school
        Cal       | 2024-02-01   | police
    """
    tables = {"school_spell": spells, "contact": contacts, "referral": REFERRALS.replace("Cal", "Eve")}
    # Ada was at North when it told of her in May 2025; nobody at South was told of by a school.
    found = {row.categories: (row.count, row.out_of) for row in table_of("referral_sources", "pupils_told_of_by_school", tables).rows}
    assert found == {("North",): (2, 2), ("South",): (0, 2)}


def test_referrals_to_specialist_support_by_decision_and_days_until_the_first_contact() -> None:
    interventions = """
        person_id | programme       | source | referred_on | accepted | started_on | end_reason
        Ada       | specialist_team | school | 2026-01-10  | yes      | 2026-01-20 | -
        Ben       | specialist_team | school | 2026-01-10  | no       | -          | threshold
        Cal       | mentoring       | school | 2026-01-10  | yes      | 2026-01-11 | -
        Dee       | exploitation    | police | 2026-01-10  | -        | 2026-01-12 | -
    """
    given = {"intervention": interventions}
    assert counted("specialist_referrals", "referrals_by_source_and_decision", **given) == {
        ("school", "taken_on"): (1, 2),
        ("school", "not_taken_on"): (1, 2),
        ("police", "not_recorded"): (1, 1),
    }
    assert counted("specialist_referrals", "why_not_taken_on", **given) == {("threshold",): (1, 1)}
    assert medians("specialist_referrals", "waits_for_first_contact", **given) == {("school",): 10.0, ("police",): 2.0}


def test_referrals_again_know_the_one_before_how_it_ended_and_how_long_ago_it_was() -> None:
    assert counted("referred_again", "again_by_source", referral=REFERRALS) == {("police",): (1, 2)}
    assert counted("referred_again", "again_after_outcome", referral=REFERRALS) == {("no_further_action",): (1, 1)}
    assert counted("referred_again", "which_time", referral=REFERRALS) == {("second",): (1, 1)}
    assert medians("referred_again", "again_by_source", referral=REFERRALS) == {("police",): 254.0}


FLAGS = """
    person_id | agency_id | started_on | ended_on   | exploitation_type | certainty | review_due_on
    Ada       | police    | 2025-06-01 | -          | criminal          | suspected | 2026-03-01
    Ada       | csc       | 2025-06-11 | -          | criminal          | known     | -
    Ben       | police    | 2025-08-01 | 2025-09-01 | sexual            | suspected | 2025-08-20
    Cal       | csc       | 2024-01-01 | -          | sexual            | at_risk   | 2026-04-01
    Cal       | police    | 2025-12-01 | -          | missing           | known     | -
    Dee       | csc       | 2024-06-01 | 2025-03-31 | gangs             | suspected | -
"""


def test_flag_sets_are_children_by_exactly_which_agencies_held_a_concern() -> None:
    found = table_of("flags_compared", "flag_sets", {"flag": FLAGS})
    # Dee's concern ended on the last day before the twelve months; Cal's marker of going missing is no concern.
    assert {row.categories: row.count for row in found.rows} == {("csc",): 1, ("police",): 1, ("csc", "police"): 1}
    assert {row.categories: row.count for row in found.margins} == {("csc",): 2, ("police",): 2}
    assert found.total.count == 3


def test_pairs_of_agencies_hold_everybody_whom_any_agency_knew() -> None:
    referrals = "person_id | received_on\n Eve | 2026-01-01"
    assert counted("flags_compared", "pairs", flag=FLAGS, referral=referrals) == {
        ("csc", "police", "both"): (1, 4),
        ("csc", "police", "first"): (1, 4),
        ("csc", "police", "second"): (1, 4),
        ("csc", "police", "neither"): (1, 4),
    }


def test_pairs_that_both_knew_leave_out_whom_only_one_knew() -> None:
    referrals = "person_id | received_on\n Ben | 2026-01-01\n Eve | 2026-01-01"
    # Cal's marker of going missing shows that the police knew Cal; Eve is known to social care alone.
    assert counted("flags_compared", "pairs_that_both_knew", flag=FLAGS, referral=referrals) == {
        ("csc", "police", "both"): (1, 3),
        ("csc", "police", "first"): (1, 3),
        ("csc", "police", "second"): (1, 3),
    }


def test_who_flagged_first_and_next_and_how_many_days_lay_between() -> None:
    assert counted("who_flagged_first", "first_and_next", flag=FLAGS) == {("police", "csc"): (1, 1)}
    assert medians("who_flagged_first", "first_and_next", flag=FLAGS) == {("police", "csc"): 10.0}


def test_two_agencies_that_began_on_one_day_were_both_first() -> None:
    flags = """
        person_id | agency_id | started_on | exploitation_type
        Ada       | police    | 2025-06-01 | criminal
        Ada       | csc       | 2025-06-01 | criminal
        Ada       | health    | 2025-07-01 | criminal
    """
    assert counted("who_flagged_first", "first_and_next", flag=flags) == {("police", "health"): (1, 1), ("csc", "health"): (1, 1)}


def test_a_first_flag_was_followed_where_another_agency_came_within_365_days() -> None:
    flags = """
        person_id | agency_id | started_on | exploitation_type
        Ada       | police    | 2024-05-01 | criminal
        Ada       | csc       | 2025-05-01 | criminal
        Ben       | police    | 2024-05-01 | criminal
        Ben       | csc       | 2025-05-02 | criminal
        Cal       | police    | 2025-05-01 | criminal
    """
    # Cal was recognised too late for a year to have passed.
    assert counted("who_flagged_first", "followed_within_a_year", flag=flags) == {
        ("police", "followed"): (1, 2),
        ("police", "not_followed"): (1, 2),
    }


def test_open_flags_by_the_day_of_their_review() -> None:
    assert counted("reviews_overdue", "open_flags", flag=FLAGS) == {
        ("police", "day_has_passed"): (1, 1),
        ("csc", "no_day_set"): (1, 2),
        ("csc", "day_lies_ahead"): (1, 2),
    }
    assert medians("reviews_overdue", "open_flags", flag=FLAGS)["police", "day_has_passed"] == 30.0


SEEN = {
    "referral": "person_id | received_on\n Ada | 2026-01-01\n Ben | 2026-01-01\n Cal | 2026-01-01\n Dee | 2025-03-01",
    "exclusion": """
        person_id | started_on | category
        Ada       | 2025-06-01 | suspension
        Ben       | 2025-06-01 | suspension
        Dee       | 2025-06-01 | suspension
    """,
    "flag": "person_id | agency_id | started_on | exploitation_type\n Ben | police | 2025-04-01 | sexual",
}


def test_children_seen_by_several_and_flagged_by_none() -> None:
    # A concern is held about Ben; one agency knew Cal; social care knew Dee too long ago.
    assert counted("seen_and_not_flagged", "by_agencies_that_knew", **SEEN) == {("two",): (1, 1)}
    assert counted("seen_and_not_flagged", "by_agency", **SEEN) == {("csc",): (1, 2), ("education",): (1, 2)}
    assert counted("seen_and_not_flagged", "by_sex", **SEEN) == {("female",): (1, 2)}


def test_signs_of_the_unflagged_come_from_two_agencies() -> None:
    missing = """
        person_id | agency_id | started_at       | ended_at         | episode_type
        Ada       | police    | 2025-07-01T20:00 | 2025-07-02T01:00 | missing
        Cal       | police    | 2025-07-01T20:00 | 2025-07-02T01:00 | missing
    """
    assert counted("seen_and_not_flagged", "signs", **SEEN, missing_episode=missing) == {("missing",): (1, 1), ("sent_home",): (1, 1)}


JOURNEY = {
    "flag": """
            person_id | agency_id | started_on | exploitation_type
            Ada       | csc       | 2024-06-01 | sexual
            Ben       | csc       | 2024-06-01 | sexual
        """,
    "exclusion": "person_id | started_on | category\n Ada | 2024-03-01 | suspension\n Ben | 2021-03-01 | suspension",
    "early_help_episode": "person_id | started_on | ended_on\n Ada | 2024-04-01 | 2024-05-01",
    "referral": "person_id | received_on\n Ada | 2024-05-31\n Ben | 2025-06-02",
    "intervention": """
        person_id | programme       | referred_on | accepted | started_on | ended_on
        Ada       | specialist_team | 2024-06-10  | yes      | 2024-07-01 | 2024-08-01
    """,
    "missing_episode": """
        person_id | agency_id | started_at       | ended_at         | episode_type
        Ada       | police    | 2024-09-01T20:00 | 2024-09-02T01:00 | missing
    """,
}


def test_a_journey_runs_from_a_sign_of_the_last_two_years_to_a_year_after_the_concern() -> None:
    # Ben's suspension lies too far back and his referral a day too late: his journey is the concern alone.
    assert counted("journeys", "stages", **JOURNEY) == {
        ("sign",): (1, 2),
        ("early_help",): (1, 2),
        ("social_care",): (1, 2),
        ("concern",): (2, 2),
        ("specialist",): (1, 2),
        ("sign_after",): (1, 2),
    }
    found = medians("journeys", "stages", **JOURNEY)
    assert (found["sign",], found["early_help",], found["concern",], found["specialist",]) == (None, 31.0, 92.0, 122.0)


def test_flows_follow_the_order_in_which_stages_were_reached() -> None:
    found = counted("journeys", "flows", **JOURNEY)
    assert {codes: count for codes, (count, _) in found.items()} == {
        ("1", "sign", "early_help"): 1,
        ("2", "early_help", "social_care"): 1,
        ("3", "social_care", "concern"): 1,
        ("4", "concern", "specialist"): 1,
        ("5", "specialist", "sign_after"): 1,
        ("6", "sign_after", "none"): 1,
        ("1", "concern", "none"): 1,
    }


def test_waits_are_told_in_the_year_they_end() -> None:
    tables = {
        "flag": """
            person_id | agency_id | started_on | exploitation_type
            Ada       | csc       | 2025-06-11 | sexual
            Ben       | csc       | 2025-06-01 | sexual
        """,
        "exclusion": "person_id | started_on | category\n Ada | 2025-06-01 | suspension",
        "referral": "person_id | received_on\n Ada | 2025-12-01",
        "assessment": "person_id | started_on | authorised_on\n Ada | 2025-12-02 | 2026-01-10",
        "screening": "person_id | completed_on | tool\n Ada | 2025-06-15 | T",
    }
    assert medians("journeys", "waits", **tables) == {
        ("sign_to_concern",): 10.0,
        ("concern_to_response",): 4.0,
        ("referral_to_assessment",): 40.0,
    }


def test_help_begun_again_is_help_of_the_same_kind_within_a_year() -> None:
    tables = {
        "flag": """
            person_id | agency_id | started_on | exploitation_type
            Ada       | csc       | 2024-01-01 | sexual
            Ben       | csc       | 2024-01-01 | sexual
        """,
        "plan": """
            person_id | plan_type | started_on | ended_on
            Ada       | CIN       | 2024-05-01 | 2024-08-01
            Ada       | CP        | 2024-10-01 | -
            Ben       | CIN       | 2024-05-01 | 2024-08-01
            Ben       | CP        | 2024-08-02 | -
        """,
    }
    # A plan that another follows at once has not ended: Ben's help went on.
    assert counted("journeys", "back_to_help", **tables) == {("social_care",): (1, 1)}
    assert medians("journeys", "back_to_help", **tables) == {("social_care",): 61.0}


def test_earlier_chances_lie_in_the_year_before_the_first_concern() -> None:
    tables = {
        "flag": """
            person_id | agency_id | started_on | exploitation_type
            Ada       | csc       | 2026-01-01 | sexual
            Ben       | csc       | 2026-01-01 | sexual
        """,
        "exclusion": "person_id | started_on | category\n Ada | 2025-01-01 | suspension\n Ben | 2024-12-31 | suspension",
        "referral": "person_id | received_on | no_further_action\n Ada | 2025-12-22 | yes\n Ben | 2025-12-22 | no",
    }
    assert counted("earlier_chances", "by_what", **tables) == {("sent_home",): (1, 2), ("referral_closed",): (1, 2)}
    assert counted("earlier_chances", "by_agency", **tables) == {("education",): (1, 2), ("csc",): (1, 2)}
    assert medians("earlier_chances", "by_what", **tables) == {("sent_home",): 365.0, ("referral_closed",): 10.0}


EPISODES = """
    person_id | agency_id | started_at       | ended_at         | missing_from | home_authority | placing_authority | incident_authority
    Ada       | police    | 2026-01-10T22:00 | 2026-01-11T04:00 | -            | -              | -                 | -
    Ada       | csc       | 2026-01-10T22:40 | 2026-01-11T03:30 | care_home    | North          | North             | South
    Ben       | police    | 2026-01-10T22:00 | 2026-01-11T04:00 | -            | -              | -                 | -
    Cal       | csc       | 2026-01-10T22:00 | 2026-01-11T04:00 | home         | South          | -                 | South
    Dee       | csc       | 2025-03-01T22:00 | 2025-03-02T04:00 | home         | -              | -                 | -
"""


def test_missing_episodes_are_matched_before_they_are_counted() -> None:
    assert counted("missing_children", "told_by", missing_episode=EPISODES) == {
        ("both",): (1, 3),
        ("police",): (1, 3),
        ("council",): (1, 3),
    }
    assert counted("missing_children", "told_by_and_place", missing_episode=EPISODES) == {
        ("care_home", "both"): (1, 1),
        ("not_recorded", "police"): (1, 1),
        ("home", "council"): (1, 1),
    }


def test_home_placing_and_incident_authority_are_three_things() -> None:
    assert counted("away_from_home", "authorities", missing_episode=EPISODES) == {
        ("away_from_the_placing_authority",): (1, 3),
        ("one_authority",): (1, 3),
        ("not_recorded",): (1, 3),
    }
    assert counted("away_from_home", "three_authorities", missing_episode=EPISODES) == {("North", "North", "South"): (1, None)}


def test_looked_after_children_who_went_missing_by_where_they_live() -> None:
    plans = """
        person_id | plan_type | started_on | ended_on   | placed_out_of_area
        Ada       | CLA       | 2025-01-01 | -          | yes
        Ben       | CLA       | 2025-01-01 | 2025-03-31 | yes
        Cal       | CLA       | 2025-01-01 | -          | no
        Dee       | CLA       | 2025-01-01 | -          | no
    """
    found = counted("away_from_home", "looked_after_and_missing", plan=plans, missing_episode=EPISODES)
    assert found == {("outside",): (1, 1), ("inside",): (1, 2)}


def test_return_interviews_are_counted_at_every_step_they_reach() -> None:
    interviews = """
        person_id | episode_ended_at | offered | accepted | held_at          | declined_reason
        Ada       | 2026-01-10T10:00 | yes     | yes      | 2026-01-13T10:00 | -
        Ben       | 2026-01-10T10:00 | yes     | yes      | 2026-01-13T10:01 | -
        Cal       | 2026-01-10T10:00 | yes     | no       | -                | not wanted
        Dee       | 2026-01-10T10:00 | no      | -        | -                | -
        Eve       | 2026-01-10T10:00 | -       | -        | 2026-01-11T10:00 | -
    """
    # An interview that was held was offered and accepted, whatever the boxes say.
    assert counted("missing_children", "return_interviews", return_interview=interviews) == {
        ("returned",): (5, 5),
        ("offered",): (4, 5),
        ("accepted",): (3, 5),
        ("held",): (3, 5),
        ("in_time",): (2, 5),
    }
    assert counted("missing_children", "why_not_held", return_interview=interviews) == {("not wanted",): (1, 1)}


ADVERSITY = {
    "flag": """
            person_id | agency_id | started_on | exploitation_type
            Ada       | csc       | 2025-06-01 | sexual
            Ben       | csc       | 2025-06-01 | sexual
        """,
    "ace": """
        person_id | ace_type       | evidence          | recorded_on
        Ada       | neglect        | plan              | 2024-01-01
        Ada       | neglect        | assessment_factor | 2025-07-01
        Ada       | domestic_abuse | assessment_factor | 2025-05-31
        Cal       | neglect        | plan              | 2024-01-01
    """,
    "assessment": "person_id | started_on | authorised_on\n Cal | 2025-05-01 | 2025-06-01\n Dee | 2025-05-01 | 2025-06-01",
}


def test_adversities_stand_on_records_and_are_never_added_up_for_a_child() -> None:
    assert counted("needs_and_adversity", "adversities", **ADVERSITY) == {("neglect",): (1, 2), ("domestic_abuse",): (1, 2)}
    assert counted("needs_and_adversity", "adversities_of_others", **ADVERSITY) == {("neglect",): (1, 2)}
    assert counted("needs_and_adversity", "evidence", **ADVERSITY) == {
        ("neglect", "plan"): (1, 1),
        ("neglect", "assessment_factor"): (1, 1),
        ("domestic_abuse", "assessment_factor"): (1, 1),
    }
    assert counted("needs_and_adversity", "before_or_after", **ADVERSITY) == {
        ("neglect", "before"): (1, 1),
        ("neglect", "with_or_after"): (1, 1),
        ("domestic_abuse", "before"): (1, 1),
    }
    assert counted("needs_and_adversity", "kinds_before_concern", **ADVERSITY) == {("one_to_three",): (1, 2), ("none_recorded",): (1, 2)}


def test_needs_are_what_else_the_assessment_named() -> None:
    factors = """
        person_id | started_on | authorised_on | factor | exploitation_type
        Ada       | 2025-05-01 | 2025-06-01    | 11A    | sexual
        Ada       | 2025-05-01 | 2025-06-01    | 4A     | -
        Ada       | 2025-05-01 | 2025-06-01    | 10A    | missing
        Ben       | 2025-05-01 | 2025-06-01    | 24A    | criminal
        Cal       | 2025-05-01 | 2025-06-01    | 4A     | -
    """
    found = counted("needs_and_adversity", "needs", assessment_factor=factors)
    assert found == {("mental_health",): (1, 2), ("missing",): (1, 2)}


HARM = {
    "person": """
        person_id | birth_month
        Ada       | 2012-05-01
        Ben       | 2012-05-01
        Xan       | 1990-01-01
        Yul       | 1990-01-01
        Kim       | 2010-01-01
    """,
    "incident": """
        incident_reference | started_at       | exploitation_type
        I1                 | 2025-06-01T20:00 | sexual
        I2                 | 2025-07-01T20:00 | sexual
        I3                 | 2025-03-01T20:00 | sexual
    """,
    "involvement": """
        person_id | identity_id | incident_reference | role
        Xan       | x-police    | I1                 | suspect
        Ada       | a           | I1                 | victim
        Xan       | x-police    | I2                 | suspect
        Ben       | b           | I2                 | victim
        Yul       | y           | I2                 | suspect
        Kim       | k           | I2                 | suspect
        Yul       | y           | I3                 | suspect
        Ada       | a           | I3                 | victim
    """,
    "disruption": """
        agency_id | disruption_type   | taken_on   | expires_on | breached_on | subject_identity_id
        police    | abduction_warning | 2025-06-05 | 2026-06-05 | -           | x-police
        police    | arrest            | 2025-03-31 | -          | -           | y
        police    | closure           | 2025-08-01 | 2025-11-01 | 2025-09-01  | -
    """,
}


def test_adults_who_cause_harm_are_counted_and_children_suspected_are_not() -> None:
    # Kim is a child; Yul's other incident lies before the twelve months.
    assert counted("people_who_cause_harm", "children_harmed", **HARM) == {("one",): (1, 2), ("two",): (1, 2)}
    assert counted("people_who_cause_harm", "forms", **HARM) == {("sexual", "several"): (2, 2)}


def test_actions_by_kind_and_what_is_known_since() -> None:
    assert counted("people_who_cause_harm", "actions", **HARM) == {("abduction_warning",): (1, 2), ("closure",): (1, 2)}
    assert counted("people_who_cause_harm", "since_then", **HARM) == {("in_force",): (1, 2), ("breached",): (1, 2)}
    # Yul's arrest came before the incident of these twelve months.
    assert counted("people_who_cause_harm", "acted_against", **HARM) == {("acted_against",): (1, 2), ("no_action_recorded",): (1, 2)}


SCREENINGS = {
    "screening": """
    person_id | tool | tool_version | completed_on | completed_by | score | level       | judgement   | child_asked | screening_reference
    Ada       | T    | 1            | 2025-06-01   | Police       | 3     | moderate    | Significant | yes         | S1
    Ben       | T    | 1            | 2025-06-01   | Police       | 7     | significant | High        | no          | S2
    Cal       | T    | 1            | 2025-06-01   | School       | 9     | significant | moderate    | -           | S3
    Dee       | T    | 2            | 2025-06-01   | School       | 1     | none        | worried     | -           | S4
    Eve       | T    | 2            | 2025-03-31   | School       | 1     | none        | -           | -           | S5
    """,
    "screening_item": """
        agency_id | screening_reference | item | item_text  | answer
        csc       | S1                  | Q1   | Goes missing | Yes
        csc       | S2                  | Q1   | Goes missing | no
        csc       | S3                  | Q1   | Goes missing | yes
    """,
}


def test_judgement_stands_beside_the_tools_level_and_thirds_of_its_own_scores() -> None:
    assert counted("screening_tools", "judgement_beside_level", **SCREENINGS) == {
        ("T, 1", "moderate", "significant"): (1, 1),
        ("T, 1", "significant", "significant"): (1, 2),
        ("T, 1", "significant", "moderate"): (1, 2),
        ("T, 2", "none", "not_recorded"): (1, 1),
    }
    assert counted("screening_tools", "judgement_beside_score", **SCREENINGS) == {
        ("T, 1", "lowest", "significant"): (1, 1),
        ("T, 1", "middle", "significant"): (1, 1),
        ("T, 1", "highest", "moderate"): (1, 1),
        ("T, 2", "lowest", "not_recorded"): (1, 1),
    }
    assert counted("screening_tools", "by_who_completed", **SCREENINGS) == {
        ("Police", "higher"): (1, 2),
        ("Police", "same"): (1, 2),
        ("School", "lower"): (1, 2),
        ("School", "not_comparable"): (1, 2),
    }


def test_items_answered_yes_and_the_judgement_that_followed() -> None:
    assert counted("screening_tools", "items", **SCREENINGS) == {("T, 1", "Goes missing"): (1, 2)}
    assert counted("screening_tools", "child_asked", **SCREENINGS) == {
        ("T, 1", "asked"): (1, 3),
        ("T, 1", "not_asked"): (1, 3),
        ("T, 1", "not_recorded"): (1, 3),
        ("T, 2", "not_recorded"): (1, 1),
    }


GROUPS = {
    "person": """
        person_id | birth_month | ward | sex    | ethnicity | resident_in_area
        Ada       | 2012-05-01  | W01  | female | white     | yes
        Ben       | 2012-05-01  | W02  | female | black     | yes
        Cal       | 2012-05-01  | -    | male   | white     | no
        Dee       | 2017-05-01  | W01  | female | white     | yes
    """,
    "flag": """
        person_id | agency_id | started_on | exploitation_type | certainty
        Ada       | police    | 2025-06-01 | criminal          | suspected
        Ada       | csc       | 2025-06-11 | criminal          | known
        Ben       | police    | 2025-08-01 | sexual            | at_risk
        Cal       | police    | 2025-08-01 | sexual            | suspected
        Dee       | police    | 2025-08-01 | sexual            | suspected
    """,
    "school_spell": """
        person_id | entered_on | special_needs | school
        Ada       | 2023-09-01 | E             | North
        Ben       | 2023-09-01 | N             | North
        Eve       | 2023-09-01 | N             | North
    """,
    "plan": "person_id | plan_type | started_on\n Ada | CLA | 2025-01-01",
}


def test_three_groups_hold_each_child_once_by_the_surest_thing_said() -> None:
    # Cal lives outside the area and Dee is not ten yet.
    found = counted("three_groups", "by_ethnicity", **GROUPS)
    assert found == {("known", "white"): (1, 300), ("thought", "black"): (1, 100)}
    assert counted("three_groups", "by_ward", **GROUPS) == {("known", "W01"): (1, 200), ("thought", "W02"): (1, 200)}
    total = table_of("three_groups", "by_age", GROUPS).total
    assert (total.count, total.out_of) == (2, 400)


def test_groups_of_pupils_and_looked_after_children_are_out_of_pupils_and_looked_after_children() -> None:
    people = GROUPS["person"] + "        Eve       | 2012-05-01  | W01  | female | white     | yes\n"
    tables = GROUPS | {"person": people}
    assert counted("three_groups", "by_special_needs", **tables) == {("known", "plan"): (1, 1), ("thought", "neither"): (1, 2)}
    assert counted("three_groups", "by_care", **tables) == {("known", "looked_after"): (1, 1), ("thought", "in_no_care"): (1, 2)}


def test_each_agencys_reach_is_out_of_all_children_of_the_group() -> None:
    assert counted("reach_of_each_agency", "by_ethnicity", **GROUPS) == {
        ("police", "white"): (1, 300),
        ("police", "black"): (1, 100),
        ("csc", "white"): (1, 300),
    }


def test_referrals_with_a_concern_then_or_within_sixty_days() -> None:
    flags = "person_id | agency_id | started_on | exploitation_type\n Ada | csc | 2025-06-30 | sexual\n Dee | csc | 2026-04-01 | sexual"
    found = counted("referral_sources", "referrals_with_concern", referral=REFERRALS, flag=flags)
    # Ada's first referral came sixty days before the concern, Dee's eighty-six.
    assert found == {("school",): (1, 2), ("police",): (1, 2)}


def test_children_referred_by_ward_are_residents_each_counted_once() -> None:
    people = """
        person_id | birth_month | ward | sex    | resident_in_area
        Ada       | 2012-05-01  | W01  | female | yes
        Ben       | 2012-05-01  | W02  | female | yes
        Dee       | 2012-05-01  | -    | female | no
    """
    found = counted("referral_sources", "children_referred_by_ward", referral=REFERRALS, person=people)
    assert found == {("W01",): (1, 200), ("W02",): (1, 200)}


@pytest.mark.parametrize(
    ("analysis", "table", "expected"),
    [
        ("referral_sources", "children_referred_by_council", {("Saltmere Harbour",): (1, 200), ("Saltmere Downs",): (1, 200)}),
        ("referral_sources", "children_referred_by_police_force", {("Coastal",): (2, 400)}),
        ("referral_sources", "children_referred_by_health_footprint", {("North",): (1, 200), ("South",): (1, 200)}),
        ("referral_sources", "children_referred_by_region", {("East",): (2, 400)}),
    ],
)
def test_children_referred_are_out_of_the_residents_of_each_area_that_a_ward_belongs_to(
    analysis: str, table: str, expected: Counted
) -> None:
    people = """
        person_id | birth_month | ward | sex    | resident_in_area
        Ada       | 2012-05-01  | W01  | female | yes
        Ben       | 2012-05-01  | W02  | female | yes
        Dee       | 2012-05-01  | -    | female | no
    """
    assert counted(analysis, table, referral=REFERRALS, person=people) == expected


def test_places_that_young_people_named_are_told_by_how_it_feels_there() -> None:
    answers = """
        participation_response_id | response_reference | given_on   | location_type | feeling
        a1                        | r1                 | 2025-04-01 | park          | unsafe
        a2                        | r1                 | 2026-03-31 | park          | safe
        a3                        | r2                 | 2025-10-10 | park          | mixed
        a4                        | r3                 | 2025-10-10 | school        | safe
        before                    | r4                 | 2025-03-31 | park          | unsafe
        nothing_said              | r5                 | 2025-10-10 | park          | -
    """
    tables = {"participation_response": answers}
    assert counted("young_peoples_places", "by_feeling", **tables) == {("safe",): (2, 4), ("unsafe",): (1, 4), ("mixed",): (1, 4)}
    assert counted("young_peoples_places", "by_kind_of_place", **tables)["park", "unsafe"] == (1, 3)
    # Two places of one answer were named by one young person.
    told = table_of("young_peoples_places", "by_feeling", tables).total
    assert (told.count, told.contributors) == (4, 3)


def test_forms_and_certainty_are_told_for_each_agency() -> None:
    assert counted("flags_compared", "forms_by_agency", flag=FLAGS) == {
        ("police", "criminal"): (1, 2),
        ("police", "sexual"): (1, 2),
        ("csc", "criminal"): (1, 2),
        ("csc", "sexual"): (1, 2),
    }
    assert counted("flags_compared", "certainty_by_agency", flag=FLAGS)["csc", "known"] == (1, 2)


def test_flags_begun_by_quarter_reach_back_four_years() -> None:
    assert counted("flags_over_time", "begun", flag=FLAGS) == {
        ("police", "2025-Q2"): (1, None),
        ("police", "2025-Q3"): (1, None),
        ("csc", "2024-Q1"): (1, None),
        ("csc", "2024-Q2"): (1, None),
        ("csc", "2025-Q2"): (1, None),
    }
    assert counted("flags_over_time", "begun_by_form", flag=FLAGS)["criminal", "2025-Q2"] == (2, None)


def test_the_same_children_by_other_dimensions() -> None:
    """Tables that count what another here does, by age or sex."""
    assert counted("seen_and_not_flagged", "by_age", **SEEN) == {("13-15",): (1, 2)}
    assert counted("seen_and_not_flagged", "by_ethnicity", **SEEN) == {("white",): (1, 2)}
    assert counted("three_groups", "by_sex", **GROUPS) == {("known", "female"): (1, 300), ("thought", "female"): (1, 300)}
    assert counted("three_groups", "by_age", **GROUPS) == {("known", "13-15"): (1, 300), ("thought", "13-15"): (1, 300)}
    assert counted("reach_of_each_agency", "by_sex", **GROUPS)["csc", "female"] == (1, 300)
    assert counted("reach_of_each_agency", "by_age", **GROUPS)["police", "13-15"] == (2, 300)


def test_every_table_is_drawn_here() -> None:
    drawn_here = Path(__file__).read_text(encoding="utf-8")
    left_out = [
        f"{each.id}.{table.id}" for each in ANALYSES.analyses for table in each.tables if f'"{each.id}", "{table.id}"' not in drawn_here
    ]
    assert left_out == []


def test_thirds_of_a_tools_scores_have_no_range_from_linkage() -> None:
    tables = {table.id: table for table in ANALYSES.analysis("screening_tools").tables}
    assert not tables["judgement_beside_score"].linkage_range, "among changed people alone a third is another third"
    assert tables["judgement_beside_level"].linkage_range
