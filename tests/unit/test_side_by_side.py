"""Two records beside each other: what differs is said in words, and nothing of what it means."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from sightline.definitions.linkage import linkage_model
from sightline.linkage.pattern_words import in_words
from sightline.linkage.side_by_side import Part, marked, side_by_side

ONE, OTHER = "i1", "i2"
NHS, OTHER_NHS = "9000000033", "9000000025"


def lines(one, other, *earlier):
    rows = [{"identity_id": ONE, **one}, {"identity_id": OTHER, **other}, *earlier]
    names = {name for row in rows for name in row}
    table = pa.table({name: [row.get(name) for row in rows] for name in sorted(names)})
    return {line.name: line for line in side_by_side(table, ONE, OTHER)}


def text(parts):
    return "".join(part.text for part in parts)


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ("Hebblewhite", "HEBBLEWHITE", "the same"),
        ("O'Brien", "OBrien", "the same"),
        ("Hebblewhite", "Hebblewite", "one letter more or less"),
        ("Hebblewhite", "Hebblewhyte", "one letter differs"),
        ("Hebblewhite", "Hebblewhiet", "two letters swapped"),
        ("Hebblewhite-Jones", "Jones", "a part in common"),
        ("O", "Ottoline", "an initial that fits"),
        ("Ottoline", "Otto", "one is the beginning of the other"),
        ("Ottoline", "Tamsin", "different"),
        (None, "Tamsin", "recorded in one only"),
        (None, None, "recorded in neither"),
    ],
)
def test_how_two_names_compare(one, other, said):
    assert lines({"given_name": one}, {"given_name": other})["Given name"].difference == said


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (date(2012, 3, 7), date(2012, 3, 7), "the same"),
        (date(2012, 3, 7), date(2012, 7, 3), "day and month swapped"),
        (date(2012, 3, 7), date(2012, 3, 1), "one digit differs"),
        (date(2012, 3, 7), date(2012, 3, 19), "the same month"),
        (date(2012, 3, 7), date(2012, 11, 19), "the same year"),
        (date(2012, 3, 7), date(2009, 11, 19), "different"),
        (date(2012, 3, 7), None, "recorded in one only"),
    ],
)
def test_how_two_birth_dates_compare(one, other, said):
    assert lines({"date_of_birth": one}, {"date_of_birth": other})["Date of birth"].difference == said


def test_a_birth_date_is_shown_and_compared_as_far_as_it_is_known():
    whole = {"date_of_birth": date(2012, 3, 7), "date_of_birth_precision": "day"}
    month = {"date_of_birth": date(2012, 3, 1), "date_of_birth_precision": "month"}
    year = {"date_of_birth": date(2011, 1, 1), "date_of_birth_precision": "year"}

    assert text(lines(whole, month)["Date of birth"].right) == "March 2012"
    assert lines(whole, month)["Date of birth"].difference == "the same as far as given"
    assert text(lines(whole, year)["Date of birth"].right) == "2011"
    assert lines(whole, year)["Date of birth"].difference == "different"


@pytest.mark.parametrize(
    ("other", "said"),
    [("qs11aa", "the same"), ("QS1 1AB", "one character differs"), ("QS1 9ZZ", "the same district"), ("QS9 9ZZ", "different")],
)
def test_how_two_postcodes_compare(other, said):
    assert lines({"postcode": "QS1 1AA"}, {"postcode": other})["Postcode"].difference == said


def test_a_value_of_earlier_counts_and_is_shown():
    earlier = {"identity_id": OTHER, "family_name": "Hebblewhite"}

    line = lines({"family_name": "Hebblewhite"}, {"family_name": "Winterbourne"}, earlier)["Family name"]

    assert (line.difference, line.right_earlier) == ("the same at another time", ("Hebblewhite",))


def test_numbers_are_compared_and_not_shown():
    line = lines({"nhs_number": NHS}, {"nhs_number": OTHER_NHS})["NHS number"]

    assert (text(line.left), text(line.right), line.difference) == ("recorded", "recorded", "different")
    assert lines({"nhs_number": NHS}, {"nhs_number": NHS})["NHS number"].difference == "the same"
    assert NHS not in repr(lines({"nhs_number": NHS}, {"nhs_number": OTHER_NHS}))


def test_a_number_that_fails_its_own_check_says_nothing():
    line = lines({"nhs_number": "9000000034"}, {"nhs_number": NHS})["NHS number"]

    assert (text(line.left), line.difference) == ("not recorded", "recorded in one only")


def test_keyed_tokens_are_compared_and_not_shown():
    token, another = "t:" + "0a" * 16, "t:" + "0b" * 16

    line = lines({"given_name": token}, {"given_name": another})["Given name"]

    assert (text(line.left), line.difference) == ("a keyed token", "different")
    assert lines({"given_name": token}, {"given_name": token})["Given name"].difference == "the same"


def test_the_place_of_a_slip_is_marked():
    assert marked("Hebblewhite", "Hebblewhyte") == (
        (Part("Hebblewh"), Part("i", differs=True), Part("te")),
        (Part("Hebblewh"), Part("y", differs=True), Part("te")),
    )
    assert marked("Hebblewhite", "Winterbourne") == ((Part("Hebblewhite"),), (Part("Winterbourne"),))


def test_nothing_can_be_compared_where_one_has_no_record():
    assert side_by_side(pa.table({"identity_id": [ONE], "given_name": ["Ottoline"]}), ONE, OTHER) is None


def test_a_pattern_reads_as_a_sentence():
    said = in_words("given:same|family:one slip|middle:not given|born:day and month swapped|home:near|sex:different|upn:not given")

    assert said == (
        "same given name; family names differ by one slip; day and month of birth swapped; homes near each other; sexes differ;"
        " one or both lack: middle name, unique pupil number"
    )
    assert in_words("") == ""


def test_what_nobody_has_words_for_is_said_as_it_stands():
    assert in_words("given:rhymes|shoe:same") == "given name: rhymes; same shoe"


def test_every_likeness_of_the_shipped_model_has_words():
    """If this fails, give the new level its words in `sightline.linkage.pattern_words`."""
    levels = [
        (comparison.id, level.label) for comparison in linkage_model().comparisons for level in comparison.levels if not level.is_silent
    ]

    assert [(comparison, label) for comparison, label in levels if f": {label}" in in_words(f"{comparison}:{label}")] == []
