"""What the indicators about missing episodes count, drawn: a small table, the indicator, the answer.

Everywhere the quarter is January to March 2026 unless said otherwise, and children were born in May 2012 (aged 13).
"""

from __future__ import annotations

from tests.support.counting import Answer, counted, median_of

from sightline.model.periods import Quarter


def test_children_missing_repeatedly_had_a_third_episode_within_90_days_of_the_first() -> None:
    episodes = """
        person_id | agency_id | started_at       | ended_at
        Ada       | police    | 2025-12-01T22:00 | 2025-12-02T04:00
        Ada       | police    | 2026-01-10T22:00 | 2026-01-11T04:00
        Ada       | csc       | 2026-03-01T22:00 | 2026-03-02T04:00
        Ben       | police    | 2025-12-01T22:00 | 2025-12-02T04:00
        Ben       | police    | 2026-01-10T22:00 | 2026-01-11T04:00
        Ben       | police    | 2026-03-02T22:00 | 2026-03-03T04:00
        Cal       | police    | 2026-01-10T22:00 | 2026-01-11T04:00
        Cal       | csc       | 2026-01-10T22:30 | 2026-01-11T03:00
        Cal       | police    | 2026-02-10T22:00 | 2026-02-11T04:00
        Dee       | police    | 2025-10-01T22:00 | 2025-10-02T04:00
        Dee       | police    | 2025-11-01T22:00 | 2025-11-02T04:00
        Dee       | police    | 2025-12-01T22:00 | 2025-12-02T04:00
        Eve       | police    | 2025-01-01T22:00 | 2025-01-02T04:00
        Eve       | police    | 2025-02-01T22:00 | 2025-02-02T04:00
        Eve       | police    | 2025-03-31T22:00 | 2025-04-01T04:00
    """
    # From 1 December to 1 March are 90 days, to 2 March 91; two agencies told of one of Cal's two nights; Eve's third was before the year.
    answer = counted("children_missing_repeatedly", missing_episode=episodes)
    assert (answer.count, answer.out_of) == (2, 4)


def test_an_episode_known_to_the_month_makes_nobody_missing_three_times() -> None:
    episodes = """
        person_id | started_at       | started_at_precision | ended_at
        Ada       | 2026-01-01T00:00 | month                | -
        Ada       | 2026-01-10T22:00 | minute               | 2026-01-11T04:00
        Ada       | 2026-02-10T22:00 | minute               | 2026-02-11T04:00
    """
    assert counted("children_missing_repeatedly", missing_episode=episodes) == Answer(0, 1, 0)


def test_hours_away_are_those_of_the_longest_record_that_tells_both_times() -> None:
    episodes = """
        person_id | agency_id | started_at       | ended_at         | ended_at_precision | missing_from
        Ada       | police    | 2026-01-10T20:00 | 2026-01-10T22:00 | minute             | -
        Ada       | csc       | 2026-01-10T20:30 | 2026-01-11T00:30 | minute             | home
        Ben       | police    | 2026-01-31T20:00 | 2026-02-01T02:00 | minute             | -
        Cal       | csc       | 2026-02-10T20:00 | 2026-02-12T00:00 | day                | home
        Dee       | police    | 2026-03-31T20:00 | 2026-04-01T02:00 | minute             | -
        Eve       | police    | 2026-02-10T20:00 | -                | -                  | -
    """
    # Ada was away for four hours by the longer record, Ben for six; Cal's return is known to the day, Dee came back in April.
    assert median_of("length_of_missing_episodes", missing_episode=episodes) == 5
    assert median_of("length_of_missing_episodes", missing_episode=episodes, by="missing_from", category="home") == 4
    assert counted("length_of_missing_episodes", missing_episode=episodes).count == 2


def test_missing_episodes_are_told_by_where_children_were_missing_from() -> None:
    episodes = """
        person_id | agency_id | started_at       | ended_at         | missing_from
        Ada       | police    | 2026-01-10T20:00 | 2026-01-10T22:00 | -
        Ada       | csc       | 2026-01-10T20:30 | 2026-01-11T00:30 | care_home
        Ben       | police    | 2026-01-31T20:00 | 2026-02-01T02:00 | -
    """
    assert counted("missing_episodes", missing_episode=episodes, by="missing_from", category="care_home").count == 1
    assert counted("missing_episodes", missing_episode=episodes, by="missing_from", category="not_recorded").count == 1


def test_return_interviews_shared_are_those_held_and_passed_on_to_somebody() -> None:
    interviews = """
        person_id | episode_started_at | held_at          | shared_with
        Ada       | 2026-01-09T20:00   | 2026-01-13T12:00 | police;school
        Ada       | 2026-02-09T20:00   | 2026-02-13T12:00 | nobody
        Ben       | 2026-03-09T20:00   | 2026-03-13T12:00 | -
        Cal       | 2026-03-09T20:00   | 2026-03-13T12:00 | not_recorded
        Dee       | 2026-03-09T20:00   | -                | police
    """
    assert counted("return_interviews_shared", return_interview=interviews) == Answer(1, 4, 1)


def test_children_placed_here_are_told_by_who_placed_them_and_where_they_went_missing() -> None:
    episodes = """
        person_id | agency_id | started_at       | home_authority | placing_authority | incident_authority | missing_from
        Ada       | csc       | 2026-01-10T20:00 | Fenmark        | Fenmark           | Saltmere           | care_home
        Ben       | csc       | 2026-01-10T20:00 | Saltmere       | Northreach        | Saltmere           | care_home
        Cal       | csc       | 2026-01-10T20:00 | Northreach     | Saltmere          | Saltmere           | home
        Dee       | csc       | 2026-01-10T20:00 | Saltmere       | Saltmere          | Fenmark            | home
        Eve       | csc       | 2026-01-10T20:00 | Fenmark        | Fenmark           | Fenmark            | home
        Fay       | csc       | 2026-01-10T20:00 | Saltmere       | -                 | Saltmere           | home
        Gus       | csc       | 2026-01-10T20:00 | Fenmark        | Fenmark           | -                  | home
    """
    placed = """
        person_id | tie       | tie_local   | started_on | ended_on   | authority
        Ada       | placement | placed here | 2025-06-01 | -          | Fenmark
        Ben       | placement | placed here | 2025-06-01 | 2026-01-09 | Northreach
    """
    tables = {"missing_episode": episodes, "person_location": placed}
    # Whoever placed the child decides, not where the home is: Ada and Ben. Notice of Ben's placement ended the day before.
    assert counted("missing_episodes_of_children_placed_here", **tables) == Answer(2, 4, 2)
    assert counted("missing_episodes_of_children_placed_here", **tables, by="notice", category="given") == Answer(1, 4, 1)
    assert counted("missing_episodes_of_children_placed_here", **tables, by="notice", category="not_given") == Answer(1, 4, 1)
    assert counted("missing_episodes_of_children_placed_here", **tables, by="missing_from", category="care_home") == Answer(2, 2, 2)


def test_children_found_away_were_in_another_council_or_ten_kilometres_off() -> None:
    episodes = """
        person_id | started_at       | ended_at         | home_authority | incident_authority | found_location_reference | found_distance_km
        Ada       | 2026-01-10T20:00 | 2026-01-11T02:00 | Saltmere       | Saltmere           | -                        | 10
        Ben       | 2026-01-10T20:00 | 2026-01-11T02:00 | Saltmere       | Saltmere           | -                        | 9.9
        Cal       | 2026-01-10T20:00 | 2026-01-11T02:00 | Saltmere       | Fenmark            | L1                       | 0.2
        Dee       | 2026-01-10T20:00 | 2026-01-11T02:00 | Fenmark        | Saltmere           | L1                       | 3
        Eve       | 2026-01-10T20:00 | 2026-01-11T02:00 | Saltmere       | Saltmere           | -                        | -
        Fay       | 2026-01-10T20:00 | 2026-01-11T02:00 | -              | Saltmere           | L1                       | -
        Gus       | 2026-01-10T20:00 | 2026-01-11T02:00 | FENMARK        | Saltmere           | L1                       | -
    """
    places = """
        location_reference | agency_id | authority
        L1                 | csc       | Fenmark
        L1                 | police    | Carrowdale
    """
    # The home decides: Cal was found where the child went missing, and away from home. What nobody told is in neither number. Gus was found
    # at home, whichever way agencies write its name.
    assert counted("missing_episodes_found_away", missing_episode=episodes, location=places) == Answer(2, 5, 2)


def test_children_missing_and_absent_missed_ten_half_days_without_reason_in_that_term() -> None:
    episodes = """
        person_id | started_at
        Ada       | 2026-01-10T20:00
        Ben       | 2026-01-10T20:00
        Cal       | 2026-01-10T20:00
        Dee       | 2026-01-10T20:00
        Eve       | 2026-01-02T20:00
    """
    absences = """
        person_id | term_started_on | reason | sessions
        Ada       | 2026-01-05      | O      | 6
        Ada       | 2026-01-05      | N      | 4
        Ben       | 2026-01-05      | O      | 9
        Ben       | 2026-01-05      | I      | 40
        Cal       | 2025-09-03      | O      | 40
        Eve       | 2025-09-03      | O      | 40
    """
    # Ben was mostly ill, Cal was absent in the term before; Eve went missing on the last day of the holidays, before the new term.
    assert counted("children_missing_and_absent", missing_episode=episodes, absence=absences) == Answer(2, 5, 2)


def test_an_absence_long_ago_is_not_of_the_term_in_which_a_child_went_missing() -> None:
    episodes = """
        person_id | started_at
        Ada       | 2026-08-10T20:00
    """
    absences = """
        person_id | term_started_on | reason | sessions
        Ada       | 2026-04-07      | O      | 40
    """
    summer = Quarter(2026, 3)
    assert counted("children_missing_and_absent", quarter=summer, missing_episode=episodes, absence=absences) == Answer(0, 1, 0)
