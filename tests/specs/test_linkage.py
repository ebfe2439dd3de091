"""What linking people promises, one promise a test."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date

import pyarrow as pa
import pytest
from tests.support.people import RECORD_SCHEMA, invent, record, records, twin_of

from sightline.definitions.linkage import linkage_model
from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage import evaluate, link
from sightline.linkage.links import ALONE
from sightline.model.entities import LINK_SCHEMA, PAIR_SCHEMA, PERSON_SCHEMA

WARDS = pa.table({"postcode": ["QS4 2AB", "QS4 2AD", "QT1 1AA"], "ward": ["W01", "W01", "W02"]})
TRUSTED = ["csc", "education", "health", "police"]
NHS, OTHER_NHS, ANOTHER_NHS = "9000000033", "9000000025", "9000000041"
BACKGROUND = invent(200, seed=9)


def drawn(seed=1):
    rng = random.Random(seed)
    return lambda: f"p{rng.getrandbits(96):024x}"


def linked(table, *, previous=None, wards=WARDS, seed=1, progress=None):
    with DuckDBEngine(threads=2) as engine:
        return link(table, engine=engine, wards=wards, trusted=TRUSTED, previous=previous, new_person_id=drawn(seed), progress=progress)


def among_others(*rows):
    """The rows in a small town, so that how common a name is means something."""
    return pa.concat_tables([BACKGROUND.records, records(*rows)])


def person_of(result):
    return dict(zip(result.links.column("identity_id").to_pylist(), result.links.column("person_id").to_pylist(), strict=True))


def child(identity_id, agency_id, given="Ottoline", family="Hebblewhite", born=date(2012, 3, 7), **values):
    known = {"given_name": given, "family_name": family, "date_of_birth": born, "postcode": "QS4 2AB", "sex": "female"}
    return record(identity_id, agency_id, **(known | values))


VARIANTS = {
    "case and accents": {"given": "OTTOLÍNE", "family": "hebblewhite"},
    "a second given name": {"given": "Ottoline Grace"},
    "one slip in the given name": {"given": "Otoline"},
    "one slip in the family name": {"family": "Hebblewite"},
    "names in the other order": {"given": "Hebblewhite", "family": "Ottoline"},
    "one part of a double name": {"family": "Hebblewhite-Marsh"},
    "day and month changed places": {"born": date(2012, 7, 3)},
    "one digit of the date": {"born": date(2012, 3, 17)},
    "only the year known": {"born": date(2012, 1, 1)},
    "a time beside the date": {"date_of_birth_precision": "minute"},
    "the month alone": {"born": date(2012, 3, 1), "date_of_birth_precision": "month"},
    "moved house": {"postcode": "QT1 1AA"},
    "no postcode": {"postcode": None},
    "no sex": {"sex": "not_recorded"},
    "changed family name": {"family": "Winstanley"},
    "an alias": {"family": "Winstanley", "aliases": "Ottoline Hebblewhite", "postcode": "QT1 1AA"},
}


@pytest.fixture(scope="module")
def variants():
    """Each variant is another child of another family, so that none of them helps the next."""
    rows = []
    for number, (name, changes) in enumerate(VARIANTS.items()):
        # moving each child by some years and homes keeps them apart without touching what the variant changes
        years = number

        def moved(row, years=years):
            return row | {"date_of_birth": row["date_of_birth"].replace(year=2008 + years)}

        rows += [moved(child(f"csc {name}", "csc")), moved(child(f"police {name}", "police", **changes))]
    return person_of(linked(among_others(*rows)))


@pytest.mark.parametrize("name", VARIANTS)
def test_one_child_written_in_two_ways_is_one_person(variants, name):
    assert variants[f"csc {name}"] == variants[f"police {name}"]


def test_children_of_different_years_with_one_name_are_different_people(variants):
    assert len({variants[f"csc {name}"] for name in VARIANTS}) == len(VARIANTS)


@pytest.fixture(scope="module")
def apart():
    """Everything that must not be merged, in one town."""
    maria = child("csc twins 1", "csc", given="Maria")
    swapped = child("csc copied 1", "csc", given="Isla", family="Oakeshott", nhs_number=NHS)
    return linked(
        among_others(
            maria,
            twin_of(maria, "csc twins 2", "Joseph"),
            {**maria, "identity_id": "police twins 1", "agency_id": "police"},
            twin_of({**maria, "agency_id": "police"}, "police twins 2", "Joseph"),
            child("csc numbers", "csc", given="Freya", family="Winterbourne", nhs_number=NHS),
            child("health numbers", "health", given="Freya", family="Winterbourne", nhs_number=OTHER_NHS),
            swapped,
            child("health copied 2", "health", given="Rowan", family="Oakeshott", nhs_number=NHS, sex="male"),
            child("csc pet name", "csc", given="Wilhelmina", family="Fotheringay", nhs_number=ANOTHER_NHS),
            child("health pet name", "health", given="Bunty", family="Fotheringay", nhs_number=ANOTHER_NHS),
            child("csc junior", "csc", given="Barnaby", family="Thistlewood", born=date(2011, 6, 5), sex="male"),
            child("police senior", "police", given="Barnaby", family="Thistlewood", born=date(1981, 6, 5), sex="male"),
            child("police again 1", "police", given="Harriet", family="Quilliam", postcode="QT1 1AA"),
            child("police again 2", "police", given="Harriett", family="Quilliam", born=None, postcode=None),
            child("csc baby", "csc", given="Baby Girl", family="Larkham", born=date(2024, 1, 5)),
            child("health baby", "health", given="Twin 2", family="Larkham", born=date(2024, 1, 5)),
        )
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("csc twins 1", "csc twins 2"),
        ("csc twins 1", "police twins 2"),
        ("csc numbers", "health numbers"),
        ("csc copied 1", "health copied 2"),
        ("csc junior", "police senior"),
        ("police again 1", "police again 2"),
    ],
)
def test_two_people_who_look_alike_stay_two(apart, one, other):
    assert person_of(apart)[one] != person_of(apart)[other]


def test_a_number_outweighs_a_name_nobody_listed(apart):
    assert person_of(apart)["csc pet name"] == person_of(apart)["health pet name"]


@pytest.mark.parametrize("number", [1, 2])
def test_each_twin_is_still_linked_across_agencies(apart, number):
    assert person_of(apart)[f"csc twins {number}"] == person_of(apart)[f"police twins {number}"]


def test_the_summary_says_why_pairs_were_kept_apart(apart):
    assert apart.summary.forbidden["twin or sibling"] >= 2
    assert apart.summary.forbidden["different numbers"] >= 1


@pytest.fixture(scope="module")
def town():
    made = invent(1500, seed=4)
    return made, linked(made.records, wards=made.wards)


def test_an_invented_town_is_linked_as_its_truth_says(town):
    made, result = town
    found = evaluate(result.links, made.truth, people=made.people, twins=made.twins)

    assert found.overall.f1 >= 0.97
    assert found.overall.precision >= 0.99
    assert found.twins >= 10
    assert found.twins_merged <= found.twins * 0.05
    recalls = [score.recall for score in found.by_ethnicity.values()]
    assert max(recalls) - min(recalls) <= 0.06


def test_every_identity_has_one_link_that_says_what_put_it_there(town):
    made, result = town
    links = result.links.to_pylist()

    assert result.links.schema == LINK_SCHEMA
    assert [row["identity_id"] for row in links] == sorted({row["identity_id"] for row in made.rows})
    sizes = dict.fromkeys(result.people.column("person_id").to_pylist(), 0)
    for row in links:
        sizes[row["person_id"]] += 1
    for row in links:
        assert (row["method"] == ALONE) == (sizes[row["person_id"]] == 1)
        assert (row["match_probability"] is None) == (row["method"] == ALONE)
        assert row["match_probability"] is None or linkage_model().link_at <= row["match_probability"] <= 1
    assert {"NHS number and date of birth", "UPN and date of birth", "likeness"} <= set(result.summary.methods)


def test_the_pairs_weighed_are_kept_once_each_with_what_was_alike_and_without_a_name(town):
    _, result = town
    pairs = result.pairs
    assert pairs.schema == PAIR_SCHEMA
    both = list(zip(pairs["left"].to_pylist(), pairs["right"].to_pylist(), strict=True))
    assert both == sorted(set(both))
    assert all(left < right for left, right in both)
    linked_to = person_of(result)
    one_person = {pair for pair in both if linked_to[pair[0]] == linked_to[pair[1]]}
    people = Counter(linked_to.values())
    assert len(one_person) == sum(size * (size - 1) // 2 for size in people.values()), "every pair inside a person is there"
    patterns = pairs["pattern"].to_pylist()
    words = {f"{each.id}:{level.label}" for each in linkage_model().comparisons for level in each.levels}
    assert {part for pattern in patterns for part in pattern.split("|")} <= words
    assert all(pattern.count("|") == len(linkage_model().comparisons) - 1 for pattern in patterns)


def test_neither_row_order_nor_repeated_rows_change_a_byte(town):
    made, result = town
    rows = made.rows + made.rows[:500]
    random.Random(3).shuffle(rows)

    again = linked(pa.Table.from_pylist(rows, schema=RECORD_SCHEMA), wards=made.wards)

    assert again.links.equals(result.links)
    assert again.people.equals(result.people)


def test_linking_again_with_the_previous_links_draws_nothing_and_changes_nothing(town):
    made, result = town

    again = linked(made.records, wards=made.wards, previous=result.links, seed=99)

    assert again.links.equals(result.links)
    assert again.people.equals(result.people)
    assert (again.summary.changes.new, again.summary.changes.merged, again.summary.changes.split) == (0, 0, 0)


def test_a_new_quarter_keeps_everybodys_id():
    made = invent(400, seed=6)
    before = [row for row in made.rows if row["agency_id"] != "police"]
    first = linked(pa.Table.from_pylist(before, schema=RECORD_SCHEMA), wards=made.wards)

    then = linked(made.records, wards=made.wards, previous=first.links, seed=2)

    earlier, later = person_of(first), person_of(then)
    moved = [identity for identity, person in earlier.items() if later[identity] != person]
    assert len(moved) <= 0.005 * len(earlier)
    assert set(later.values()) > set(earlier.values()) - {earlier[identity] for identity in moved}


def test_a_person_takes_the_commonest_month_the_own_word_on_ethnicity_and_the_latest_home():
    rows = [
        child("csc", "csc", nhs_number=NHS, ethnicity="white", ethnicity_source="observed", valid_from=date(2025, 1, 1)),
        child(
            "csc", "csc", nhs_number=NHS, ethnicity="white", ethnicity_source="observed", postcode="QT1 1AA", valid_from=date(2025, 6, 1)
        ),
        child("health", "health", nhs_number=NHS, ethnicity="asian", ethnicity_source="self", valid_from=date(2024, 1, 1)),
        child("police", "police", nhs_number=NHS, born=date(2012, 4, 7), ethnicity="white", postcode=None, sex="male"),
        child("outside", "csc", given="Cosmo", family="Ravenhill", born=date(2015, 1, 1), postcode="QZ9 9ZZ"),
        child("nowhere", "csc", given="Juno", family="Merriweather", born=None, postcode="NFA", sex=None),
    ]

    result = linked(among_others(*rows))

    assert result.people.schema == PERSON_SCHEMA
    people = {row.pop("person_id"): row for row in result.people.to_pylist()}
    who = person_of(result)
    assert who["csc"] == who["health"] == who["police"]
    assert people[who["csc"]] == {
        "birth_month": date(2012, 3, 1),
        "sex": "female",
        "ethnicity": "asian",
        "ward": "W02",
        "resident_in_area": True,
    }
    assert (people[who["outside"]]["ward"], people[who["outside"]]["resident_in_area"]) == (None, False)
    assert people[who["nowhere"]] == {
        "birth_month": None,
        "sex": "not_recorded",
        "ethnicity": "not_recorded",
        "ward": None,
        "resident_in_area": None,
    }


def test_no_records_give_no_people():
    result = linked(RECORD_SCHEMA.empty_table())

    assert (result.links.num_rows, result.people.num_rows, result.summary.identities) == (0, 0, 0)
    assert (result.links.schema, result.people.schema) == (LINK_SCHEMA, PERSON_SCHEMA)


def test_records_that_say_nothing_link_nobody():
    result = linked(records(*(record(f"i{number}", "csc", valid_from=None) for number in range(5))))

    assert len(set(person_of(result).values())) == 5


def test_one_number_on_two_bare_records_of_a_tiny_partnership_is_not_enough_without_anything_else():
    result = linked(records(record("a", "csc", nhs_number=NHS), record("b", "health", nhs_number=NHS), child("c", "health")))

    assert len(set(person_of(result).values())) in (2, 3)


def test_two_records_of_one_child_link_in_a_partnership_of_two():
    result = linked(records(child("a", "csc"), child("b", "police", given="Otoline")))

    assert len(set(person_of(result).values())) == 1


def test_a_person_id_says_nothing_about_the_person():
    """The same records with other draws give other ids: nothing of the person is in them."""
    table = records(child("a", "csc", nhs_number=NHS), child("b", "police"))

    assert set(person_of(linked(table, seed=1)).values()).isdisjoint(person_of(linked(table, seed=2)).values())


def test_progress_is_told_step_by_step_to_the_end():
    told = []

    linked(records(child("a", "csc"), child("b", "police")), progress=lambda step, done, of: told.append((step, done, of)))

    assert [step for step, _, _ in told] == ["prepare", "block", "score", "resolve", "identify", "describe", "done"]
    assert [done for _, done, _ in told] == list(range(7))
    assert {of for _, _, of in told} == {6}


def test_nothing_personal_is_logged_or_printed(caplog, capfd):
    with caplog.at_level("DEBUG"):
        linked(records(child("a", "csc", nhs_number=NHS), child("b", "police", nhs_number=NHS)))

    written = caplog.text + "".join(capfd.readouterr())
    for value in ("Ottoline", "ottoline", "Hebblewhite", "hebblewhite", NHS, "20120307", "QS42AB"):
        assert value not in written


def test_an_ethnicity_that_somebody_else_observed_never_stands_for_the_persons_own():
    rows = [
        child("police", "police", nhs_number=NHS, ethnicity="white", ethnicity_source="observed"),
        child("csc", "csc", nhs_number=NHS, ethnicity=None),
    ]

    result = linked(among_others(*rows))

    people = {row["person_id"]: row["ethnicity"] for row in result.people.to_pylist()}
    assert people[person_of(result)["police"]] == "not_recorded"
