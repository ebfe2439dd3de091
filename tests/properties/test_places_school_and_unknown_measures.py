"""Measures of places, school, health and the unknown count what a plain reading of their words counts, on whatever rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import combinations
from math import hypot
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.model.periods import Quarter
from tests.support import counting

QUARTER = Quarter(2026, 1)
END = QUARTER.end
YEAR_BEFORE = date(2025, 3, 31)
QUICK = settings(max_examples=25, deadline=None, derandomize=True)
Row = dict[str, Any]

CHILDREN = ("Ada", "Ben", "Cal")
WARDS = {f"W{number}": (500_000 + 1_000 * number, 300_000) for number in range(1, 9)}
AREA = pa.table(
    {"ward": list(WARDS), "deprivation": ["1"] * len(WARDS)}
    | {f"centre_{name}": [centre[place] for centre in WARDS.values()] for place, name in enumerate(("easting", "northing"))}
)
NAMES = st.sampled_from(CHILDREN)
MIDDLE = [date(2025, 10, 20), date(2025, 10, 21), date(2025, 10, 22), date(2026, 2, 1)]
EDGES = [YEAR_BEFORE, YEAR_BEFORE + timedelta(days=1), END - timedelta(days=1), END, END + timedelta(days=1)]
DAYS = st.sampled_from([*MIDDLE, *MIDDLE, *EDGES, date(2024, 10, 20), date(2025, 1, 1)])
"""Few days, so that things fall on one day, on the next, and on either side of the year, as they seldom would among many."""
PRECISIONS = st.sampled_from(["day", "day", "minute", "month"])
AGENCIES = st.sampled_from(["csc", "police", "health"])


def found_by(measure: str, tables: Mapping[str, Sequence[Row]], *, people: Sequence[Row] = (), **values: int) -> list[Row]:
    """What a measure answers on these rows, in an area of eight wards."""
    return counting.found_by(measure, {**tables, "person": people}, wards=AREA, **values)


def born(years: Mapping[str, int], wards: Mapping[str, str | None] | None = None) -> list[Row]:
    return [
        {"person_id": name, "birth_month": date(year, 5, 1), "ward": (wards or {}).get(name), "resident_in_area": True}
        for name, year in years.items()
    ]


def some(**columns: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Row]]:
    return st.lists(st.fixed_dictionaries(columns), max_size=6)


FLAGS = some(
    person_id=NAMES,
    agency_id=AGENCIES,
    started_on=DAYS,
    ended_on=st.none() | DAYS,
    exploitation_type=st.sampled_from(["sexual", "criminal", "missing"]),
)


KNOWN_FOR_LONG = [
    {"person_id": name, "agency_id": "csc", "started_on": date(2024, 1, 1), "ended_on": None, "exploitation_type": "criminal"}
    for name in ("Ada", "Ben")
]
"""Without them, few of the children in other tables would be recognised at all."""


def holds_in_year(flag: Row) -> bool:
    return (
        flag["exploitation_type"] != "missing"
        and flag["started_on"] <= END
        and (flag["ended_on"] is None or flag["ended_on"] > YEAR_BEFORE)
    )


def recognised_on_last_day(flags: list[Row]) -> set[str]:
    return {
        flag["person_id"]
        for flag in flags
        if flag["exploitation_type"] != "missing"
        and flag["started_on"] <= END
        and (flag["ended_on"] is None or flag["ended_on"] >= max(END, flag["started_on"]))
    }


INCIDENTS = st.lists(
    st.fixed_dictionaries(
        {
            "started_at": st.datetimes(datetime(2025, 2, 1), datetime(2026, 4, 2)).map(lambda at: at.replace(second=0, microsecond=0)),
            "location_type": st.sampled_from(["home", "street", "park", "transport", "online", None]),
            "exploitation_type": st.sampled_from(["sexual", "missing", None]),
            "ward": st.sampled_from([*list(WARDS)[:3], "X9", None]),
            "easting": st.integers(499_000, 510_000),
        }
    ),
    max_size=4,
).map(
    lambda rows: [{**row, "incident_reference": f"I{place}", "agency_id": "police", "northing": 300_000} for place, row in enumerate(rows)]
)
ROLES = st.sampled_from(["victim", "suspect", "missing", "witness", "subject"])
PARTS = some(person_id=st.sampled_from([*CHILDREN, "Max", "Ned"]), incident_reference=st.sampled_from(["I0", "I1", "I2", "I3"]), role=ROLES)


def parts_in_plain_words(incidents: list[Row], parts: list[Row]) -> dict[tuple[str, str], tuple[Row, set[str]]]:
    """Everybody's part in each incident: the incident and all roles but those of who only saw it."""
    by_reference = {row["incident_reference"]: row for row in incidents}
    found: dict[tuple[str, str], tuple[Row, set[str]]] = {}
    for part in parts:
        if part["incident_reference"] in by_reference and part["role"] != "witness":
            key = (part["person_id"], part["incident_reference"])
            found.setdefault(key, (by_reference[part["incident_reference"]], set()))[1].add(part["role"])
    return found


def is_of_harm(incident: Row, roles: set[str]) -> bool:
    return "victim" in roles or incident["exploitation_type"] == "sexual"


@QUICK
@given(incidents=INCIDENTS, parts=PARTS)
def test_incidents_in_shared_places_are_counted_once_for_each_person_in_them(incidents: list[Row], parts: list[Row]) -> None:
    expected = Counter(
        (name, incident["location_type"])
        for (name, _), (incident, roles) in parts_in_plain_words(incidents, parts).items()
        if is_of_harm(incident, roles) and incident["location_type"] in {"street", "park", "transport"}
    )
    answer = found_by("incidents_in_shared_places", {"incident": incidents, "involvement": parts})
    assert Counter((row["person_id"], row["location_type"]) for row in answer) == expected


@QUICK
@given(
    incidents=INCIDENTS, parts=PARTS, homes=st.fixed_dictionaries({name: st.sampled_from([*list(WARDS)[:3], None]) for name in CHILDREN})
)
def test_distance_is_the_straight_line_from_the_middle_of_the_home_ward(
    incidents: list[Row], parts: list[Row], homes: dict[str, str | None]
) -> None:
    expected = []
    for (name, reference), (incident, roles) in parts_in_plain_words(incidents, parts).items():
        home = homes.get(name)
        if home and is_of_harm(incident, roles) and incident["location_type"] not in {"home", "online"}:
            kilometres = hypot(incident["easting"] - WARDS[home][0], incident["northing"] - WARDS[home][1]) / 1000
            where = incident["ward"]
            border = "home_ward" if where == home else "another_ward" if where in WARDS else "outside_area" if where else "not_recorded"
            expected.append((f"{name} {_id_of(incidents, reference)}", round(kilometres, 6), border))
    people = born(dict.fromkeys(CHILDREN, 2012), homes)
    answer = found_by("distance_from_home", {"incident": incidents, "involvement": parts}, people=people)
    assert sorted((row["event_id"], round(row["value"], 6), row["border_crossed"]) for row in answer) == sorted(expected)


def _id_of(incidents: list[Row], reference: str) -> str:
    return f"incident-{[row['incident_reference'] for row in incidents].index(reference):04}"


@QUICK
@given(
    incidents=INCIDENTS,
    parts=PARTS,
    homes=st.fixed_dictionaries({name: st.sampled_from(list(WARDS)[:3]) for name in (*CHILDREN, "Max", "Ned")}),
)
def test_three_maps_meet_in_the_wards_that_come_first_on_each(incidents: list[Row], parts: list[Row], homes: dict[str, str]) -> None:
    maps: dict[str, dict[str, set[str]]] = {name: defaultdict(set) for name in ("child", "adult", "incident")}
    told = parts_in_plain_words(incidents, parts)
    with_child = set()
    for (name, reference), (incident, roles) in told.items():
        if name in CHILDREN and is_of_harm(incident, roles) and YEAR_BEFORE < incident["started_at"].date() <= END:
            with_child.add(reference)
            maps["child"][homes[name]].add(name)
            if incident["ward"] in WARDS:
                maps["incident"][incident["ward"]].add(reference)
    for (name, reference), (_, roles) in told.items():
        if reference in with_child and name not in CHILDREN and "suspect" in roles:
            maps["adult"][homes[name]].add(name)
    first = [
        {ward for ward, found in each.items() if (1 + sum(len(other) > len(found) for other in each.values())) * 5 <= len(WARDS)}
        for each in maps.values()
    ]
    people = born({**dict.fromkeys(CHILDREN, 2012), "Max": 1990, "Ned": 1990}, homes)
    answer = found_by("wards_where_three_meet", {"incident": incidents, "involvement": parts}, people=people)
    assert {row["event_id"] for row in answer} == set.intersection(*first)


TIES = some(
    person_id=NAMES,
    other_identity_id=st.sampled_from([f"csc-{name}" for name in CHILDREN]),
    association_type=st.sampled_from(["friend", "missing_together"]),
    first_seen_on=DAYS,
)


MEETINGS = some(person_id=st.sampled_from([*CHILDREN, "Max"]), incident_reference=st.just("I0"), role=ROLES)


@QUICK
@given(flags=FLAGS, incidents=INCIDENTS, parts=MEETINGS, ties=TIES)
def test_recognised_children_are_tied_by_incidents_and_by_what_agencies_record(
    flags: list[Row], incidents: list[Row], parts: list[Row], ties: list[Row]
) -> None:
    flags = [*flags, *KNOWN_FOR_LONG]
    flags = [{**flag, "identity_id": f"csc-{flag['person_id']}"} for flag in flags]
    ties = [{**tie, "identity_id": f"csc-{tie['person_id']}"} for tie in ties]
    numbered = {f"csc-{row['person_id']}": row["person_id"] for row in (*flags, *ties)}
    recognised = {flag["person_id"] for flag in flags if holds_in_year(flag)}
    expected = set()
    told = [(key, each) for key, each in parts_in_plain_words(incidents, parts).items() if key[0] in CHILDREN]
    for ((one, here), (incident, one_roles)), ((other, there), (_, other_roles)) in combinations(told, 2):
        if here == there and YEAR_BEFORE < incident["started_at"].date() <= END and {one, other} <= recognised:
            both = one_roles & other_roles
            kind = "harmed_together" if "victim" in both else "missing_together" if "missing" in both else "other"
            expected |= {(one, kind), (other, kind)}
    for tie in ties:
        other = numbered.get(tie["other_identity_id"])
        if other not in {None, tie["person_id"]} and YEAR_BEFORE < tie["first_seen_on"] <= END and {other, tie["person_id"]} <= recognised:
            expected |= {(other, tie["association_type"]), (tie["person_id"], tie["association_type"])}
    tables = {"flag": flags, "incident": incidents, "involvement": parts, "association": ties}
    people = born({**dict.fromkeys(CHILDREN, 2012), "Max": 1990, "Ned": 1990})
    answer = found_by("recognised_children_with_a_tie", tables, people=people)
    assert {(row["person_id"], row["association_type"]) for row in answer} == expected


EXCLUSIONS = some(
    person_id=NAMES,
    started_on=DAYS,
    started_on_precision=PRECISIONS,
    category=st.sampled_from(["suspension", "permanent", "lunchtime"]),
)


@QUICK
@given(flags=FLAGS, exclusions=EXCLUSIONS, within_days=st.sampled_from([1, 2, 103, 365, 366]))
def test_an_exclusion_came_before_the_first_concern_and_not_too_long_before(
    flags: list[Row], exclusions: list[Row], within_days: int
) -> None:
    expected = set()
    for name in CHILDREN:
        begun = [flag["started_on"] for flag in flags if flag["person_id"] == name and flag["exploitation_type"] != "missing"]
        for sent in (each for each in exclusions if each["person_id"] == name and begun):
            days = (min(begun) - sent["started_on"]).days
            if sent["category"] != "lunchtime" and sent["started_on_precision"] != "month" and 0 < days <= within_days:
                expected.add((name, min(begun), sent["category"]))
    answer = found_by("children_recognised_after_exclusion", {"flag": flags, "exclusion": exclusions}, within_days=within_days)
    assert {(row["person_id"], row["happened_on"], row["exclusion_category"]) for row in answer} == expected


ROLLS = some(
    person_id=NAMES,
    entered_on=DAYS,
    left_on=st.none() | st.none() | DAYS,
    provision=st.sampled_from(["mainstream", "home", "missing_education", None]),
)
ABSENCES = some(
    person_id=NAMES,
    term_started_on=st.sampled_from([date(2025, 3, 31), date(2025, 9, 1), date(2026, 1, 5)]),
    reason=st.sampled_from(["I", "O", "B", "V", None]),
    possible_sessions=st.just(100),
    sessions=st.sampled_from([5, 10, 15, 20]),
)


def is_open(spell: Row) -> bool:
    return spell["entered_on"] <= END and (spell["left_on"] is None or spell["left_on"] > END)


@QUICK
@given(flags=FLAGS, rolls=ROLLS, absences=ABSENCES, percent=st.sampled_from([10, 15, 20, 25]))
def test_a_pupil_is_absent_by_the_terms_of_the_year_one_by_one(
    flags: list[Row], rolls: list[Row], absences: list[Row], percent: int
) -> None:
    flags = [*flags, *KNOWN_FOR_LONG]
    rolls = [*rolls, {"person_id": "Ada", "entered_on": date(2024, 9, 1), "left_on": None, "provision": None}]
    missed: Counter[tuple[str, date]] = Counter()
    for row in absences:
        missed[row["person_id"], row["term_started_on"]] += row["sessions"] if row["reason"] in {"I", "O", None} else 0
    absent = {name for (name, term), sessions in missed.items() if term > YEAR_BEFORE and sessions >= percent}
    pupils = {spell["person_id"] for spell in rolls if is_open(spell) and spell["provision"] in {"mainstream", None}}
    expected = recognised_on_last_day(flags) & pupils & absent
    tables = {"flag": flags, "school_spell": rolls, "absence": [{**row, "identity_id": row["person_id"]} for row in absences]}
    assert {row["person_id"] for row in found_by("recognised_pupils_absent", tables, percent=percent)} == expected


@QUICK
@given(flags=FLAGS, rolls=ROLLS)
def test_a_child_is_out_of_school_on_a_register_or_after_the_last_roll(flags: list[Row], rolls: list[Row]) -> None:
    expected = set()
    for name in recognised_on_last_day(flags):
        own = [spell for spell in rolls if spell["person_id"] == name and spell["entered_on"] <= END]
        registers = {spell["provision"] for spell in own if is_open(spell)} & {"home", "missing_education"}
        if registers:
            expected.add((name, max(registers)))
        elif own and not any(is_open(spell) for spell in own):
            expected.add((name, "not_recorded"))
    answer = found_by("recognised_children_out_of_school", {"flag": flags, "school_spell": rolls})
    assert {(row["person_id"], row["provision"]) for row in answer} == expected


MOMENTS = st.builds(datetime.combine, DAYS, st.sampled_from([time(0, 1), time(12), time(23, 59)]))
ATTENDANCES = some(
    person_id=NAMES,
    arrived_at=MOMENTS,
    arrived_at_precision=PRECISIONS,
    assault=st.sampled_from([True, True, False, None]),
)
POLICE = st.lists(
    st.fixed_dictionaries(
        {
            "person_id": NAMES,
            "role": ROLES,
            "started_at": MOMENTS,
            "started_at_precision": st.sampled_from(["minute", "minute", "day", "month"]),
        }
    ),
    max_size=5,
)


@QUICK
@given(attendances=ATTENDANCES, police=POLICE, within_days=st.sampled_from([0, 1, 2, 103]))
def test_an_assault_is_unknown_to_others_if_no_incident_may_have_been_then(
    attendances: list[Row], police: list[Row], within_days: int
) -> None:
    def tells_of(incident: Row, attendance: Row) -> bool:
        day, arrived = incident["started_at"].date(), attendance["arrived_at"].date()
        if incident["started_at_precision"] == "month":
            return abs((day.year - arrived.year) * 12 + day.month - arrived.month) <= 1
        return arrived - timedelta(days=1) <= day <= arrived + timedelta(days=within_days)

    expected = {
        f"ae_attendance-{place:04}"
        for place, row in enumerate(attendances)
        if row["assault"]
        and row["arrived_at_precision"] != "month"
        and not any(each["person_id"] == row["person_id"] and each["role"] != "witness" and tells_of(each, row) for each in police)
    }
    tables = {
        "ae_attendance": attendances,
        "incident": [
            {**{name: row[name] for name in ("started_at", "started_at_precision")}, "incident_reference": f"I{place}"}
            for place, row in enumerate(police)
        ],
        "involvement": [
            {"person_id": row["person_id"], "role": row["role"], "incident_reference": f"I{place}"} for place, row in enumerate(police)
        ],
    }
    answer = found_by("emergency_attendances_unknown_to_others", tables, within_days=within_days)
    assert {row["event_id"] for row in answer} == expected


PROGRAMMES = some(
    person_id=NAMES,
    programme=st.sampled_from(["mental_health", "substance_support", "mentoring"]),
    referred_on=st.none() | DAYS,
    referred_on_precision=PRECISIONS,
    started_on=st.none() | DAYS,
    started_on_precision=PRECISIONS,
    ended_on=st.none() | DAYS,
)


def first_concerns(flags: list[Row]) -> dict[str, date]:
    found: dict[str, date] = {}
    for flag in flags:
        if flag["exploitation_type"] != "missing":
            found[flag["person_id"]] = min(flag["started_on"], found.get(flag["person_id"], date.max))
    return found


@QUICK
@given(flags=FLAGS, programmes=PROGRAMMES)
def test_a_wait_for_therapy_runs_from_referral_to_beginning(flags: list[Row], programmes: list[Row]) -> None:
    flags = [*flags, *KNOWN_FOR_LONG]
    recognised = first_concerns(flags)
    expected = [
        (f"intervention-{place:04}", (row["started_on"] - row["referred_on"]).days)
        for place, row in enumerate(programmes)
        if row["programme"] == "mental_health"
        and row["referred_on"]
        and row["started_on"]
        and row["started_on"] >= max(row["referred_on"], recognised.get(row["person_id"], date.max))
        and "month" not in {row["referred_on_precision"], row["started_on_precision"]}
    ]
    answer = found_by("waits_for_therapy", {"flag": flags, "intervention": programmes})
    assert sorted((row["event_id"], row["value"]) for row in answer) == sorted(expected)


FACTORS = some(
    person_id=NAMES,
    factor=st.sampled_from(["1A", "2A", "2B"]),
    started_on=st.just(date(2025, 1, 1)),
    authorised_on=DAYS,
)


@QUICK
@given(flags=FLAGS, factors=FACTORS, programmes=PROGRAMMES)
def test_support_meets_a_need_that_an_assessment_of_the_year_names(flags: list[Row], factors: list[Row], programmes: list[Row]) -> None:
    flags = [*flags, *KNOWN_FOR_LONG]
    recognised = {name for name, day in first_concerns(flags).items() if day <= END}
    needs = [
        row for row in factors if row["factor"] != "2B" and YEAR_BEFORE < row["authorised_on"] <= END and row["person_id"] in recognised
    ]
    supported = {
        need["person_id"]
        for need in needs
        for row in programmes
        if row["person_id"] == need["person_id"]
        and row["programme"] == "substance_support"
        and row["started_on"]
        and row["started_on"] <= END
        and (row["ended_on"] is None or row["ended_on"] >= need["authorised_on"])
    }
    tables = {"flag": flags, "assessment_factor": factors, "intervention": programmes}
    assert {row["person_id"] for row in found_by("children_with_substance_need", tables)} == {row["person_id"] for row in needs}
    assert {row["person_id"] for row in found_by("children_with_substance_support", tables)} == supported


@QUICK
@given(flags=FLAGS)
def test_one_agency_alone_holds_a_concern_that_no_other_held_in_the_year(flags: list[Row]) -> None:
    holding: dict[str, set[str]] = defaultdict(set)
    for flag in filter(holds_in_year, flags):
        holding[flag["person_id"]].add(flag["agency_id"])
    expected = {(name, *agencies) for name, agencies in holding.items() if len(agencies) == 1}
    assert {(row["person_id"], row["agency_id"]) for row in found_by("children_flagged_by_one_agency", {"flag": flags})} == expected


@QUICK
@given(flags=FLAGS)
def test_an_agency_that_shares_knows_a_child_or_does_not(flags: list[Row]) -> None:
    knows = {
        (flag["person_id"], flag["agency_id"])
        for flag in flags
        if flag["started_on"] <= END and (flag["ended_on"] is None or flag["ended_on"] > YEAR_BEFORE)
    }
    children, agencies = {name for name, _ in knows}, {agency for _, agency in knows}
    may_know = {(name, agency) for name in children for agency in agencies if any((name, other) in knows for other in agencies - {agency})}
    told = found_by("agencies_that_may_know", {"flag": flags})
    assert Counter((row["person_id"], row["agency_id"]) for row in told) == Counter(may_know)
    silent = found_by("agencies_that_do_not_know", {"flag": flags})
    assert Counter((row["person_id"], row["agency_id"]) for row in silent) == Counter(may_know - knows)


@QUICK
@given(flags=FLAGS, homes=st.fixed_dictionaries({name: st.sampled_from([*list(WARDS)[:3], None]) for name in CHILDREN}))
def test_a_ward_without_a_concern_is_home_to_no_recognised_child(flags: list[Row], homes: dict[str, str | None]) -> None:
    people = born({"Ada": 2012, "Ben": 2012, "Cal": 2000}, homes)
    lived_in = {homes[flag["person_id"]] for flag in flags if holds_in_year(flag) and flag["person_id"] != "Cal"}
    answer = found_by("wards_without_a_concern", {"flag": flags}, people=people)
    assert {row["event_id"] for row in answer} == set(WARDS) - lived_in


REFERRALS = some(
    person_id=NAMES,
    received_on=st.none() | st.dates(date(2026, 1, 1), date(2026, 3, 31)),
    received_on_precision=st.sampled_from(["day", "month", None]),
    source=st.sampled_from(["police", "not_recorded", None]),
)


@QUICK
@given(referrals=REFERRALS, sexes=st.fixed_dictionaries({name: st.sampled_from(["female", "not_recorded", None]) for name in CHILDREN[:2]}))
def test_a_record_lacks_each_key_field_that_neither_it_nor_anybody_tells(referrals: list[Row], sexes: dict[str, str | None]) -> None:
    people = [{"person_id": name, "birth_month": date(2012, 5, 1), "sex": sex, "resident_in_area": False} for name, sex in sexes.items()]
    expected: Counter[tuple[str, str]] = Counter()
    for place, row in enumerate(referrals):
        if row["received_on"] is None:
            continue
        known = row["person_id"] in sexes
        lacks = {
            "day": row["received_on_precision"] != "day",
            "subject": row["source"] != "police",
            "birth": not known,
            "sex": sexes.get(row["person_id"]) != "female",
            "ethnicity": True,
            "home": not known,
        }
        expected.update((f"referral-{place:04}", field) for field, is_lacking in lacks.items() if is_lacking)
    answer = found_by("records_lacking_a_key_field", {"referral": referrals}, people=people)
    assert Counter((row["event_id"], row["key_field"]) for row in answer) == expected


@QUICK
@given(flags=FLAGS, rolls=ROLLS)
def test_records_could_be_joined_where_another_agency_holds_any(flags: list[Row], rolls: list[Row]) -> None:
    holders: dict[str, set[str]] = defaultdict(set)
    for row in flags:
        holders[row["person_id"]].add(row["agency_id"])
    for row in rolls:
        holders[row["person_id"]].add("education")
    expected = {f"flag-{place:04}" for place, row in enumerate(flags) if len(holders[row["person_id"]]) > 1}
    answer = found_by("records_of_children_held_by_several", {"flag": flags, "school_spell": rolls})
    assert {row["event_id"] for row in answer} == expected


@QUICK
@given(responses=some(given_on=DAYS, feeling=st.sampled_from(["safe", "unsafe", "mixed", "not_recorded", None])))
def test_a_place_named_unsafe_was_named_in_the_year(responses: list[Row]) -> None:
    named = [
        (f"participation_response-{place:04}", row["feeling"])
        for place, row in enumerate(responses)
        if YEAR_BEFORE < row["given_on"] <= END and row["feeling"] in {"safe", "unsafe", "mixed"}
    ]
    tables = {"participation_response": responses}
    assert {row["event_id"] for row in found_by("places_named", tables)} == {name for name, _ in named}
    assert {row["event_id"] for row in found_by("places_named_unsafe", tables)} == {name for name, feeling in named if feeling == "unsafe"}
