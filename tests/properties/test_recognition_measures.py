"""Measures of recognition count what a plain reading of their words counts, on whatever rows."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from itertools import combinations, pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.model.periods import Quarter
from tests.support.counting import found_by

Row = dict[str, Any]

QUICK = settings(max_examples=20, deadline=None, derandomize=True)
NAMES = st.sampled_from(["Ada", "Ben", "Cal"])
AGENCIES = st.sampled_from(["csc", "health", "police"])
END = date(2026, 3, 31)
TWELVE_MONTHS_FROM = date(2025, 4, 1)
EXACT = {"day", "minute"}


def rows_of(*, size: int = 8, **columns: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Row]]:
    return st.lists(st.fixed_dictionaries({"person_id": NAMES, **columns}), max_size=size)


DAYS = st.dates(date(2025, 2, 1), date(2026, 4, 30))
EXACTNESS = st.sampled_from(["day", "day", "day", "month"])
FLAGS = rows_of(
    agency_id=AGENCIES,
    started_on=DAYS,
    started_on_precision=EXACTNESS,
    ended_on=st.none() | DAYS,
    exploitation_type=st.sampled_from(["sexual", "criminal", "gangs", "other", "missing"]),
)


def concerns_in(flags: list[Row]) -> list[Row]:
    """Flags are concerns unless they tell of missing alone."""
    return [flag for flag in flags if flag["exploitation_type"] != "missing"]


def held_in_twelve_months(flags: list[Row]) -> list[Row]:
    """Concerns held on at least one day of the twelve months to the end of March."""
    held = []
    for flag in concerns_in(flags):
        if flag["started_on"] <= END and (flag["ended_on"] is None or flag["ended_on"] >= TWELVE_MONTHS_FROM):
            held.append(flag)
    return held


def first_days(flags: list[Row]) -> dict[str, date]:
    """The day of each child's first concern."""
    days: dict[str, date] = {}
    for flag in concerns_in(flags):
        days[flag["person_id"]] = min(flag["started_on"], days.get(flag["person_id"], flag["started_on"]))
    return days


@QUICK
@given(flags=FLAGS)
def test_spells_of_concern_are_the_days_on_which_anybody_held_one(flags: list[Row]) -> None:
    horizon = date(2027, 1, 1)
    held: dict[str, set[date]] = defaultdict(set)
    for flag in concerns_in(flags):
        last = flag["ended_on"] or horizon
        held[flag["person_id"]] |= {flag["started_on"] + timedelta(days=day) for day in range((last - flag["started_on"]).days + 1)}
    expected = set()
    for name, days in held.items():
        in_order = sorted(days)
        gaps = [place for place, (one, other) in enumerate(pairwise(in_order), 1) if (other - one).days > 1]
        for start, end in zip([0, *gaps], [*gaps, len(in_order)], strict=True):
            if in_order[start:end]:
                last = in_order[end - 1]
                expected.add((name, in_order[start], None if last == horizon else last))

    answer = found_by("concern_spell", {"flag": flags})
    assert {(row["person_id"], row["started_on"], row["ended_on"]) for row in answer} == expected
    assert len(answer) == len(expected)


@QUICK
@given(flags=FLAGS)
def test_one_agency_was_first_if_no_other_began_that_day_and_the_day_is_known(flags: list[Row]) -> None:
    in_year = {(name, day) for name, day in first_days(flags).items() if TWELVE_MONTHS_FROM <= day <= END}
    expected = set()
    for name, first in in_year:
        that_day = [flag for flag in concerns_in(flags) if flag["person_id"] == name and flag["started_on"] == first]
        agencies = {flag["agency_id"] for flag in that_day}
        if len(agencies) == 1 and all(flag["started_on_precision"] in EXACT for flag in that_day):
            expected.add((name, first, agencies.pop()))

    answer = found_by("children_first_recognised_by_one_agency", {"flag": flags})
    assert {(row["person_id"], row["happened_on"], row["agency_id"]) for row in answer} == expected
    everybody = found_by("children_recognised_in_year", {"flag": flags})
    assert {(row["person_id"], row["happened_on"]) for row in everybody} == in_year


@QUICK
@given(flags=FLAGS)
def test_each_agency_has_one_first_day_for_each_child(flags: list[Row]) -> None:
    expected: dict[tuple[str, str], date] = {}
    for flag in concerns_in(flags):
        key = flag["person_id"], flag["agency_id"]
        expected[key] = min(flag["started_on"], expected.get(key, flag["started_on"]))

    answer = found_by("first_concern_of_agency", {"flag": flags})
    assert len(answer) == len(expected)
    assert {(row["person_id"], row["agency_id"]): row["started_on"] for row in answer} == expected


@QUICK
@given(flags=FLAGS)
def test_pairs_of_agencies_agree_on_children_whom_both_flagged(flags: list[Row]) -> None:
    flagged: dict[str, set[str]] = defaultdict(set)
    for flag in held_in_twelve_months(flags):
        flagged[flag["agency_id"]].add(flag["person_id"])
    both, either = set(), set()
    for one, other in combinations(sorted(flagged), 2):
        both |= {(name, f"{one}+{other}") for name in flagged[one] & flagged[other]}
        either |= {(name, f"{one}+{other}") for name in flagged[one] | flagged[other]}

    assert {(row["person_id"], row["agency_pair"]) for row in found_by("children_flagged_by_both", {"flag": flags})} == both
    assert {(row["person_id"], row["agency_pair"]) for row in found_by("children_flagged_by_either", {"flag": flags})} == either


@QUICK
@given(flags=FLAGS, forms=st.integers(1, 3))
def test_several_forms_are_counted_over_all_agencies(flags: list[Row], forms: int) -> None:
    named: dict[str, set[str]] = defaultdict(set)
    for flag in held_in_twelve_months(flags):
        if flag["exploitation_type"] != "other":
            named[flag["person_id"]].add(flag["exploitation_type"])
    expected = {(name, form) for name, found in named.items() if len(found) >= forms for form in found}

    answer = found_by("children_with_several_forms", {"flag": flags}, forms=forms)
    assert {(row["person_id"], row["exploitation_type"]) for row in answer} == expected


ATTENDANCES = rows_of(size=4, arrived_at=DAYS, assault=st.booleans())
HOUSING = rows_of(size=4, opened_on=DAYS, cuckooing=st.booleans())
SUSPENSIONS = rows_of(size=4, started_on=DAYS, category=st.sampled_from(["suspension", "permanent", "lunchtime"]))
BORN = {"Ada": date(2015, 9, 1), "Ben": date(2008, 1, 1), "Cal": None}


@QUICK
@given(attendances=ATTENDANCES, housing=HOUSING, suspensions=SUSPENSIONS, flags=FLAGS, signs=st.integers(1, 3))
def test_signs_are_counted_by_kind_while_a_child_is_ten_to_seventeen(
    attendances: list[Row], housing: list[Row], suspensions: list[Row], flags: list[Row], signs: int
) -> None:
    told = [(row["person_id"], "injury", row["arrived_at"]) for row in attendances if row["assault"]]
    told += [(row["person_id"], "home_taken_over", row["opened_on"]) for row in housing if row["cuckooing"]]
    told += [(row["person_id"], "sent_home", row["started_on"]) for row in suspensions if row["category"] != "lunchtime"]
    kinds: dict[str, set[str]] = defaultdict(set)
    for name, sign, day in told:
        born = BORN[name]
        of_age = born is None or born.replace(year=born.year + 10) <= day < born.replace(year=born.year + 18)
        if of_age and TWELVE_MONTHS_FROM <= day <= END:
            kinds[name].add(sign)
    recognised = {name for name, day in first_days(flags).items() if day <= END}
    expected = {(name, sign) for name, found in kinds.items() if len(found) >= signs for sign in found}

    tables = {
        "ae_attendance": [{**row, "arrived_at": f"{row['arrived_at']}T12:00"} for row in attendances],
        "housing_case": housing,
        "exclusion": suspensions,
        "flag": flags,
        "person": [{"person_id": name, "birth_month": born} for name, born in BORN.items()],
    }
    answer = found_by("children_with_signs", tables, signs=signs)
    assert {(row["person_id"], row["sign"]) for row in answer} == expected
    answer = found_by("children_with_signs_and_no_concern", tables, signs=signs)
    assert {(row["person_id"], row["sign"]) for row in answer} == {each for each in expected if each[0] not in recognised}


SCREENINGS = rows_of(size=4, completed_on=DAYS, completed_on_precision=EXACTNESS)
DATED_SUSPENSIONS = rows_of(size=5, started_on=DAYS, started_on_precision=EXACTNESS, category=st.just("suspension"))


@QUICK
@given(flags=FLAGS, suspensions=DATED_SUSPENSIONS, screenings=SCREENINGS, within_days=st.integers(1, 400))
def test_time_to_first_response_is_from_the_earliest_day_known_exactly(
    flags: list[Row], suspensions: list[Row], screenings: list[Row], within_days: int
) -> None:
    expected = set()
    for name, first in first_days(flags).items():
        concerns = [flag for flag in concerns_in(flags) if flag["person_id"] == name and flag["started_on"] == first]
        agencies = {flag["agency_id"] for flag in concerns if flag["started_on_precision"] in EXACT}
        if not agencies:
            continue
        answers = [row["completed_on"] for row in screenings if row["person_id"] == name and row["completed_on_precision"] in EXACT]
        if not answers or not TWELVE_MONTHS_FROM <= min(answers) <= END:
            continue
        noticed = [(first, agency, "concern") for agency in agencies if first < min(answers)]
        for row in suspensions:
            exact = row["person_id"] == name and row["started_on_precision"] in EXACT
            if exact and 0 <= (first - row["started_on"]).days <= within_days:
                noticed.append((row["started_on"], "education", "sent_home"))
        start, answered = min((day for day, _, _ in noticed), default=END), min(answers)
        if start <= answered:
            expected |= {(name, answered, agency, sign, (answered - start).days) for day, agency, sign in noticed if day == start}

    tables = {"flag": flags, "exclusion": suspensions, "screening": screenings}
    answer = found_by("time_to_first_response", tables, within_days=within_days)
    assert {(row["person_id"], row["happened_on"], row["agency_id"], row["sign"], row["value"]) for row in answer} == expected
    assert {row["response"] for row in answer} <= {"screening"}


LEVELS = ["none", "emerging", "moderate", "significant", "known_harm"]
REVIEWS = rows_of(
    reviewed_on=st.dates(date(2025, 11, 1), date(2026, 4, 15)),
    reviewed_on_precision=st.just("day"),
    plan_type=st.sampled_from(["MACE", "MACE", "MACE", "CP"]),
    level_out=st.sampled_from([*LEVELS, "not_assessed", None]),
)


@QUICK
@given(reviews=REVIEWS, within_days=st.integers(1, 120))
def test_levels_are_compared_at_the_last_review_of_a_quarter_with_the_day_before_it(reviews: list[Row], within_days: int) -> None:
    levels: dict[str, dict[date, int]] = defaultdict(dict)
    for row in reviews:
        if row["plan_type"] == "MACE" and row["level_out"] in LEVELS:
            days = levels[row["person_id"]]
            days[row["reviewed_on"]] = max(LEVELS.index(row["level_out"]), days.get(row["reviewed_on"], 0))
    compared, changed = set(), set()
    for quarter in (Quarter(2025, 4), Quarter(2026, 1)):
        for name, days in levels.items():
            pairs = [(one, other) for one, other in pairwise(sorted(days)) if quarter.start <= other <= quarter.end]
            if pairs and (pairs[-1][1] - pairs[-1][0]).days <= within_days:
                before, after = pairs[-1]
                compared.add((name, after))
                if days[before] != days[after]:
                    changed.add((name, after, "higher" if days[after] > days[before] else "lower"))

    asked = {"quarters": (Quarter(2025, 4), Quarter(2026, 1)), "within_days": within_days}
    answer = found_by("children_reviewed_again", {"plan_review": reviews}, **asked)
    assert {(row["person_id"], row["happened_on"]) for row in answer} == compared
    answer = found_by("children_whose_level_changed", {"plan_review": reviews}, **asked)
    assert {(row["person_id"], row["happened_on"], row["level_change"]) for row in answer} == changed


CUSTODY = rows_of(size=4, detained_at=DAYS, detained_at_precision=st.sampled_from(["minute", "minute", "month"]))


@QUICK
@given(flags=FLAGS, custody=CUSTODY, suspensions=SUSPENSIONS)
def test_a_child_was_met_first_as_a_suspect_if_nothing_else_came_before(
    flags: list[Row], custody: list[Row], suspensions: list[Row]
) -> None:
    criminal: dict[str, date] = {}
    for flag in flags:
        if flag["exploitation_type"] in {"criminal", "gangs"}:
            criminal[flag["person_id"]] = min(flag["started_on"], criminal.get(flag["person_id"], flag["started_on"]))
    in_year = {(name, day) for name, day in criminal.items() if TWELVE_MONTHS_FROM <= day <= END}
    expected = set()
    for name, recognised_on in in_year:
        told = [(row["detained_at"], "suspected", row["detained_at_precision"]) for row in custody if row["person_id"] == name]
        told += [
            (row["started_on"], "sent_home", "day") for row in suspensions if row["person_id"] == name and row["category"] != "lunchtime"
        ]
        told.append((first_days(flags)[name], "concern", "day"))
        first = min(day for day, _, _ in told)
        that_day = [(sign, precision) for day, sign, precision in told if day == first]
        suspected = any(sign == "suspected" and precision in EXACT for sign, precision in that_day)
        if suspected and "concern" not in {sign for sign, _ in that_day}:
            expected.add((name, recognised_on))

    rows = [{**row, "detained_at": f"{row['detained_at']}T12:00"} for row in custody]
    answer = found_by("children_met_first_as_suspect", {"flag": flags, "custody": rows, "exclusion": suspensions})
    assert {(row["person_id"], row["happened_on"]) for row in answer} == expected
    everybody = found_by("children_first_recognised_criminally", {"flag": flags})
    assert {(row["person_id"], row["happened_on"]) for row in everybody} == in_year


ADVERSITY = rows_of(ace_type=st.sampled_from(["neglect", "domestic_abuse", "parental_drugs", "not_recorded", None]), recorded_on=DAYS)


@QUICK
@given(flags=FLAGS, adversity=ADVERSITY, experiences=st.integers(1, 3), within_days=st.integers(1, 400))
def test_adversity_is_counted_by_kind_in_the_days_before_the_first_concern(
    flags: list[Row], adversity: list[Row], experiences: int, within_days: int
) -> None:
    expected = set()
    for name, first in first_days(flags).items():
        that_day = [flag for flag in concerns_in(flags) if flag["person_id"] == name and flag["started_on"] == first]
        if not TWELVE_MONTHS_FROM <= first <= END or not any(flag["started_on_precision"] in EXACT for flag in that_day):
            continue
        own = [row for row in adversity if row["person_id"] == name and 0 < (first - row["recorded_on"]).days <= within_days]
        kinds = {row["ace_type"] for row in own} - {"not_recorded", None}
        expected |= {(name, first, kind) for kind in kinds if len(kinds) >= experiences}

    tables = {"flag": flags, "ace": adversity}
    answer = found_by("children_with_earlier_adversity", tables, experiences=experiences, within_days=within_days)
    assert {(row["person_id"], row["happened_on"], row["ace_type"]) for row in answer} == expected


CROWD = st.sampled_from(["Ada", "Ben", "Cal", "Dee", "Eve"])
PARTS = st.lists(
    st.fixed_dictionaries(
        {
            "person_id": CROWD,
            "incident_reference": st.sampled_from(["I1", "I2", "I3", "I4"]),
            "role": st.sampled_from(["victim", "suspect", "associate", "witness", "reporter"]),
        }
    ),
    max_size=14,
)
HAPPENED = st.fixed_dictionaries(dict.fromkeys(("I1", "I2", "I3", "I4"), DAYS))


@QUICK
@given(flags=FLAGS, parts=PARTS, happened=HAPPENED, others=st.integers(1, 2))
def test_children_near_networks_are_tied_to_different_recognised_children(
    flags: list[Row], parts: list[Row], happened: dict[str, date], others: int
) -> None:
    recognised = {name for name, day in first_days(flags).items() if day <= END}
    near: dict[str, set[str]] = defaultdict(set)
    for reference, day in happened.items():
        together = {
            row["person_id"] for row in parts if row["incident_reference"] == reference and row["role"] not in {"witness", "reporter"}
        }
        if TWELVE_MONTHS_FROM <= day <= END:
            for name in together - recognised:
                near[name] |= (together - {name}) & recognised
    expected = {name for name, tied in near.items() if len(tied) >= others}

    incidents = [
        {"incident_reference": reference, "agency_id": "police", "started_at": f"{day}T12:00"} for reference, day in happened.items()
    ]
    answer = found_by("children_near_recognised_children", {"flag": flags, "involvement": parts, "incident": incidents}, others=others)
    assert {row["person_id"] for row in answer} == expected
