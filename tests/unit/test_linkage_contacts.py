"""Phones and registration marks, each in one way of writing; and the model that weighs them."""

from __future__ import annotations

import pytest

from sightline.definitions.linkage import ADULTS, linkage_model
from sightline.linkage.contacts import phone_number, registration_mark, several
from sightline.linkage.pattern_words import NOUNS


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("07700 900123", "07700900123"),
        ("+44 7700 900123", "07700900123"),
        ("+44 (0)7700 900123", "07700900123"),
        ("00447700900123", "07700900123"),
        ("447700900123", "07700900123"),
        ("7700900123", "07700900123"),
        ("01632 96001", "0163296001"),
        ("(020) 7946 0018", "02079460018"),
        ("+353 20 912 3456", "+353209123456"),
        ("00353209123456", "+353209123456"),
        ("999", None),
        ("00000000000", None),
        ("07777777777", None),
        ("unknown", None),
        ("", None),
        (None, None),
    ],
)
def test_a_phone_number_is_written_in_one_way(written, number):
    assert phone_number(written) == number


@pytest.mark.parametrize(
    ("written", "mark"),
    [
        ("AB51 CDE", "AB51CDE"),
        ("ab51cde", "AB51CDE"),
        ("AB5I CDE", "AB51CDE"),
        ("ABO1CDE", "AB01CDE"),
        ("A123 BCD", "A123BCD"),
        ("ABC 123D", "ABC123D"),
        ("RIA 1234", "RIA1234"),
        ("1 AB", "1AB"),
        ("red van", None),
        ("unknown", None),
        ("?", None),
        (None, None),
    ],
)
def test_a_registration_mark_is_written_in_one_way(written, mark):
    assert registration_mark(written) == mark


def test_one_cell_may_hold_several():
    assert several("07700900123 | 07700900124; ") == ["07700900123 ", " 07700900124"]
    assert several(None) == []


def test_the_model_of_adults_is_cut_higher_and_says_all_that_the_rules_ask_for():
    children, adults = linkage_model(), linkage_model(ADULTS)

    assert adults.link_at > children.link_at
    assert adults.same_agency_at >= children.same_agency_at
    assert {comparison.id for comparison in adults.comparisons} <= set(NOUNS)
