"""What the indicators about places and peers count, drawn: a small table, the indicator, the answer.

The quarter is January to March 2026 and children are 13 unless a test says otherwise. Wards are W01 (middle at 500 000, 300 000) and W02
(three kilometres east and four north of it).
"""

from __future__ import annotations

import pyarrow as pa
from tests.support.counting import CATALOGUE, QUARTER, Answer, counted, median_of
from tests.support.tables import drawn, engine_with

from sightline.indicators import prepare

INCIDENTS = """
    incident_reference | agency_id | started_at       | location_type | ward | exploitation_type
    A1                 | police    | 2026-01-10T16:30 | street        | W01  | -
    A2                 | police    | 2026-01-11T23:30 | home          | W01  | -
    A3                 | police    | 2026-01-12T05:59 | transport     | W02  | criminal
    A4                 | police    | 2026-01-13T12:00 | online        | W01  | sexual
    A5                 | police    | 2026-01-14T12:00 | -             | W01  | sexual
    A6                 | police    | 2026-01-15T12:00 | park          | W01  | -
    A7                 | police    | 2026-01-16T12:00 | transport     | W01  | missing
"""
PARTS = """
    person_id | incident_reference | role
    Ada       | A1                 | victim
    Ben       | A1                 | victim
    Ada       | A2                 | victim
    Cal       | A3                 | suspect
    Dee       | A4                 | victim
    Eve       | A5                 | victim
    Fay       | A6                 | witness
    Gus       | A7                 | missing
"""


def test_incidents_in_shared_places_are_those_that_harm_or_are_marked_and_happened_where_many_go() -> None:
    tables = {"incident": INCIDENTS, "involvement": PARTS}
    # A4 happened nowhere, of A5 no place is recorded, A6 was only seen, A7 tells of missing; A2 happened at home. A1 is one incident.
    assert counted("incidents_in_shared_places", **tables) == Answer(2, 3, 3)
    assert counted("incidents_in_shared_places", by="location_type", category="transport", **tables) == Answer(1, 3, 1)
    assert counted("incidents_in_shared_places", by="incident_ward", category="W01", **tables) == Answer(1, 2, 2)
    assert counted("incidents_in_shared_places", by="time_of_day", category="night", **tables) == Answer(1, 1, 1)
    assert counted("incidents_in_shared_places", by="time_of_day", category="afternoon", **tables) == Answer(1, 1, 2)


def test_an_hour_that_is_not_known_to_the_minute_is_no_time_of_day() -> None:
    incidents = """
        incident_reference | agency_id | started_at       | started_at_precision | location_type
        A1                 | police    | 2026-01-10T00:00 | day                  | street
        A2                 | police    | 2026-01-10T00:00 | minute               | street
    """
    parts = "person_id | incident_reference | role\nAda | A1 | victim\nAda | A2 | victim"
    tables = {"incident": incidents, "involvement": parts}
    assert counted("incidents_in_shared_places", by="time_of_day", category="night", **tables).count == 1
    assert counted("incidents_in_shared_places", by="time_of_day", category="not_recorded", **tables).count == 1


def test_distance_is_from_the_middle_of_the_home_ward_to_where_it_happened() -> None:
    people = """
        person_id | birth_month | ward | sex    | ethnicity
        Ada       | 2012-05-01  | W01  | female | white
        Ben       | 2012-05-01  | W02  | male   | white
        Cal       | 2012-05-01  | -    | male   | white
        Dee       | 1990-05-01  | W01  | female | white
    """
    incidents = """
        incident_reference | agency_id | started_at       | location_type | ward | easting | northing | incident_authority
        A1                 | police    | 2026-01-10T16:30 | street        | W02  | 503000  | 304000   | -
        A2                 | police    | 2026-01-11T16:30 | street        | X99  | 500000  | 320000   | -
        A3                 | police    | 2026-01-12T16:30 | home          | W01  | 500000  | 399000   | -
        A4                 | police    | 2026-01-13T16:30 | street        | W01  | -       | -        | -
        A5                 | police    | 2026-01-14T16:30 | street        | -    | 500000  | 301000   | saltmere
        A6                 | police    | 2026-01-15T16:30 | street        | -    | 500000  | 330000   | Northreach
    """
    parts = """
        person_id | incident_reference | role
        Ada       | A1                 | victim
        Ben       | A1                 | victim
        Ada       | A2                 | victim
        Ada       | A3                 | victim
        Ada       | A4                 | victim
        Cal       | A2                 | victim
        Dee       | A2                 | victim
        Ben       | A2                 | suspect
    """
    tables = {"person": people, "incident": incidents, "involvement": parts}
    # Ada: 5 km and 20 km; Ben: 0 km. Not at home, not without a point, not from a home outside the area, no adults, not the suspect's part.
    assert counted("distance_from_home", **tables).count == 3
    assert median_of("distance_from_home", **tables) == 5
    assert median_of("distance_from_home", by="border_crossed", category="outside_area", **tables) == 20
    assert median_of("distance_from_home", by="border_crossed", category="another_ward", **tables) == 5
    assert median_of("distance_from_home", by="border_crossed", category="home_ward", **tables) == 0

    # Somewhere in the area, of which the ward is not told, is not outside it.
    tables["involvement"] = "person_id | incident_reference | role\nAda | A5 | victim\nAda | A6 | victim"
    assert median_of("distance_from_home", by="border_crossed", category="not_recorded", **tables) == 1
    assert median_of("distance_from_home", by="border_crossed", category="outside_area", **tables) == 30


def wards_that_meet(incidents: str, parts: str, people: str, *, of: int = 5) -> set[str]:
    """The measure itself, in an area of so many wards: a top fifth of five is one ward, or several that share its number."""
    tables = {"incident": drawn(incidents), "involvement": drawn(parts), "person": drawn(people)}
    wards = [f"W{number:02}" for number in range(1, of + 1)]
    with engine_with(tables, quarters=[QUARTER]) as engine:
        engine.register_table("ward", pa.table({"ward": wards, "deprivation": ["1"] * of}))
        prepare(engine, CATALOGUE.alone(CATALOGUE.indicator("wards_where_three_meet")))
        return set(engine.query(CATALOGUE.measures["wards_where_three_meet"].sql).column("event_id").to_pylist())


def test_wards_where_three_meet_are_in_the_top_fifth_of_all_three() -> None:
    people = """
        person_id | birth_month | ward
        Ada       | 2012-05-01  | W01
        Ben       | 2012-05-01  | W01
        Cal       | 2012-05-01  | W02
        Max       | 1990-05-01  | W01
        Ned       | 1990-05-01  | W03
        Sam       | 2011-05-01  | W03
    """
    incidents = """
        incident_reference | agency_id | started_at       | ward
        A1                 | police    | 2025-04-01T16:30 | W01
        A2                 | police    | 2026-01-11T16:30 | W01
        A3                 | police    | 2025-03-31T16:30 | W02
        A4                 | police    | 2026-03-31T16:30 | W02
    """
    parts = """
        person_id | incident_reference | role
        Ada       | A1                 | victim
        Ben       | A1                 | victim
        Ada       | A2                 | victim
        Max       | A2                 | suspect
        Sam       | A2                 | suspect
        Cal       | A3                 | victim
        Cal       | A4                 | victim
    """
    # A3 was a day too early, so two incidents in W01 and one in W02; Sam, who is a child, is on no map of suspected adults.
    assert wards_that_meet(incidents, parts, people) == {"W01"}
    # Two adults in W03 and one in W01: the map of adults has its top elsewhere.
    assert (
        wards_that_meet(incidents, parts + "Ned | A2 | suspect\nNed | A4 | suspect", people.replace("Sam       | 2011", "Sam       | 1991"))
        == set()
    )


def test_the_second_of_ten_wards_is_in_the_top_fifth_and_the_second_of_nine_is_not() -> None:
    people = """
        person_id | birth_month | ward
        Ada       | 2012-05-01  | W01
        Ben       | 2012-05-01  | W01
        Cal       | 2012-05-01  | W02
        Max       | 1990-05-01  | W01
        Ned       | 1990-05-01  | W01
        Sam       | 1990-05-01  | W02
    """
    incidents = """
        incident_reference | agency_id | started_at       | ward
        A1                 | police    | 2026-01-10T16:30 | W01
        A2                 | police    | 2026-01-11T16:30 | W01
        A3                 | police    | 2026-01-12T16:30 | W02
    """
    parts = """
        person_id | incident_reference | role
        Ada       | A1                 | victim
        Ben       | A2                 | victim
        Cal       | A3                 | victim
        Max       | A1                 | suspect
        Ned       | A2                 | suspect
        Sam       | A3                 | suspect
    """
    assert wards_that_meet(incidents, parts, people, of=10) == {"W01", "W02"}
    assert wards_that_meet(incidents, parts, people, of=9) == {"W01"}


def test_every_ward_is_counted_beside_those_where_three_meet() -> None:
    assert counted("wards_where_three_meet") == Answer(0, 2, 0)


def test_recognised_children_with_a_tie_are_seen_together_with_another_recognised_child() -> None:
    flags = """
        person_id | agency_id | started_on | ended_on   | exploitation_type
        Ada       | police    | 2025-06-01 | -          | criminal
        Ben       | csc       | 2025-06-01 | 2025-04-02 | criminal
        Cal       | police    | 2025-06-01 | -          | sexual
        Dee       | police    | 2025-06-01 | -          | sexual
        Eve       | police    | 2025-06-01 | -          | sexual
    """
    incidents = """
        incident_reference | agency_id | started_at
        A1                 | police    | 2025-04-01T16:30
        A2                 | police    | 2025-03-31T16:30
        A3                 | police    | 2026-01-10T16:30
    """
    parts = """
        person_id | incident_reference | role
        Ada       | A1                 | victim
        Ben       | A1                 | victim
        Cal       | A2                 | victim
        Dee       | A2                 | victim
        Cal       | A3                 | victim
        Fay       | A3                 | victim
    """
    tables = {"flag": flags, "incident": incidents, "involvement": parts}
    # Ben's concern still held within the twelve months; Cal and Dee were together a day too early; Fay is recognised by nobody.
    assert counted("recognised_children_with_a_tie", **tables) == Answer(2, 5, 2)
    assert counted("recognised_children_with_a_tie", by="association_type", category="harmed_together", **tables).count == 2


def test_a_tie_that_an_agency_records_holds_both_ways() -> None:
    flags = """
        person_id | agency_id | identity_id | started_on | exploitation_type
        Ada       | csc       | csc-1       | 2025-06-01 | criminal
        Ben       | csc       | csc-2       | 2025-06-01 | criminal
    """
    ties = """
        person_id | identity_id | other_identity_id | association_type | first_seen_on
        Ada       | csc-1       | csc-2             | missing_together | 2026-01-10
        Ada       | csc-1       | csc-9             | missing_together | 2026-01-10
    """
    tables = {"flag": flags, "association": ties}
    assert counted("recognised_children_with_a_tie", **tables) == Answer(2, 2, 2)
    assert counted("recognised_children_with_a_tie", by="association_type", category="missing_together", **tables).count == 2


def test_a_crowd_ties_nobody() -> None:
    names = [f"C{number:02}" for number in range(13)]
    flags = "person_id | agency_id | started_on | exploitation_type\n" + "\n".join(
        f"{name} | police | 2025-06-01 | gangs" for name in names
    )
    incidents = "incident_reference | agency_id | started_at\nA1 | police | 2026-01-10T16:30"

    def tied(children: int) -> int:
        parts = "person_id | incident_reference | role\n" + "\n".join(f"{name} | A1 | subject" for name in names[:children])
        return counted("recognised_children_with_a_tie", flag=flags, incident=incidents, involvement=parts).count

    assert tied(12) == 12
    assert tied(13) == 0


def test_marked_incidents_on_transport_are_out_of_all_marked_incidents_a_child_had_a_part_in() -> None:
    people = """
        person_id | birth_month | ward | sex    | ethnicity
        Cal       | 2012-05-01  | W01  | female | white
        Dee       | 2012-05-01  | W01  | female | white
        Eve       | 1990-05-01  | W01  | female | white
        Gus       | 2012-05-01  | W01  | male   | white
    """
    tables = {"person": people, "incident": INCIDENTS, "involvement": PARTS}
    # A5 has only an adult in it, A7 is marked as missing alone.
    assert counted("exploitation_incidents_in_transport", **tables) == Answer(1, 2, 1)
    assert counted("exploitation_incidents_in_transport", by="exploitation_type", category="criminal", **tables) == Answer(1, 1, 1)
    assert counted("exploitation_incidents_in_transport", by="exploitation_type", category="sexual", **tables) == Answer(0, 1, 0)


def test_marked_incidents_are_those_of_twelve_months() -> None:
    incidents = """
        incident_reference | agency_id | started_at       | location_type | exploitation_type
        A1                 | police    | 2025-04-01T00:10 | transport     | sexual
        A2                 | police    | 2025-03-31T23:50 | transport     | sexual
        A3                 | police    | 2026-03-31T23:50 | street        | sexual
        A4                 | police    | 2026-04-01T00:10 | street        | sexual
    """
    parts = "person_id | incident_reference | role\n" + "\n".join(f"Ada | A{number} | victim" for number in range(1, 5))
    assert counted("exploitation_incidents_in_transport", incident=incidents, involvement=parts) == Answer(1, 2, 1)


def test_places_named_unsafe_are_out_of_all_places_named_in_twelve_months() -> None:
    responses = """
        response_reference | given_on   | place | location_type | feeling | age_band | gender
        R1                 | 2025-04-01 | Quay  | transport     | unsafe  | 13-15    | girl
        R1                 | 2025-04-01 | Hill  | park          | safe    | 13-15    | girl
        R2                 | 2026-03-31 | Quay  | transport     | mixed   | 13-15    | boy
        R3                 | 2025-03-31 | Quay  | transport     | unsafe  | 13-15    | boy
        R4                 | 2026-01-31 | Quay  | transport     | -       | 13-15    | boy
    """
    tables = {"participation_response": responses}
    assert counted("places_named_unsafe", **tables) == Answer(1, 3, 1)
    assert counted("places_named_unsafe", by="location_type", category="transport", **tables) == Answer(1, 2, 1)
    assert counted("places_named_unsafe", by="said_gender", category="girl", **tables) == Answer(1, 2, 1)
