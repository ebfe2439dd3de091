"""Each attack on a release must find the leak of its own kind, nothing in a clean release, and never tell the number."""

from __future__ import annotations

import doctest
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support.attacked import CHARTS, LEAKS, clean, coloured_ward, overlapping, point_at_the_truth, told_elsewhere, withdrawn_return

from sightline.disclosure.blackbox import Held, Outcome, attack
from sightline.disclosure.blackbox.held import Text
from sightline.disclosure.blackbox.on_pictures import chart_geometry
from sightline.publish.svg import Drawing

ALWAYS_LEFT = {"timing", "headers and errors", "outside totals", "release pairs", "slivers", "bounds", "linked tables"}
"""What cannot be tried on the clean release, which has nothing of the kind."""


def outcomes(held: Held, **more: Any) -> dict[str, Outcome]:
    return {each.id: each for each in attack(held, rng=np.random.default_rng(1), tries=2_000, **more)}


def test_nothing_is_found_in_a_clean_release_and_everything_was_tried_that_could_be() -> None:
    tried = outcomes(clean())

    assert [each for each in tried.values() if each.findings] == []
    assert {id for id, each in tried.items() if not each.tried} == ALWAYS_LEFT
    assert all(each.not_tried for each in tried.values() if not each.tried), "what was not tried says why"


@pytest.mark.parametrize("id", LEAKS)
def test_each_attack_finds_the_leak_of_its_own_kind_and_tells_no_number(id: str) -> None:
    found = outcomes(LEAKS[id]())[id]

    assert found.findings, f"{id} tried {found.tried} times and found nothing"
    for each in found.findings:
        assert not re.search(r"\d", re.sub(r"20\d\d-Q\d|answer \d+", "", f"{each.where} {each.what}")), each


@pytest.mark.parametrize("held", [point_at_the_truth(), coloured_ward()], ids=["a point at the true height", "a coloured withheld ward"])
def test_points_and_colours_are_read_as_bars_are(held: Held) -> None:
    assert outcomes(held)["chart geometry"].findings


@pytest.mark.parametrize("kind", CHARTS)
def test_every_kind_of_drawing_is_held_against_its_words(kind: str) -> None:
    as_its_words_say, from_other_numbers = (chart_geometry(held()) for held in CHARTS[kind])

    assert (as_its_words_say.findings, as_its_words_say.not_tried) == ((), "")
    assert as_its_words_say.tried
    assert from_other_numbers.findings


def test_a_drawing_of_a_kind_that_nobody_reads_is_said_to_be_unread() -> None:
    drawing = Drawing(name="new-kind", width=100, title="t", description="d")
    drawing.add("polygon", points="1,1 2,2 3,1")

    told = chart_geometry(replace(clean(), drawings=(Text("a page", drawing.to_bytes(50).decode()),)))

    assert (told.tried, told.not_tried) == (0, "1 drawings could not be read")


def test_a_withdrawn_return_shows_its_children_where_figures_are_not_rounded() -> None:
    now, before = withdrawn_return()
    found = outcomes(now, earlier=[before])["release pairs"]

    assert any("all together" in each.where for each in found.findings)
    assert not outcomes(replace(clean(), generation="G2"), earlier=[replace(clean(), generation="G1")])["release pairs"].findings


def test_two_releases_of_the_same_records_must_not_withhold_differently() -> None:
    held = LEAKS["averaging"]()
    name = next(name for name, number in held.numbers.items() if number is None and name[1] == "planted")
    shown_before = replace(held, generation="G1", title="release 1", numbers={**held.numbers, name: 10})

    assert outcomes(replace(held, generation="G1"), earlier=[shown_before])["release pairs"].findings
    assert not outcomes(replace(held, generation="G2"), earlier=[shown_before])["release pairs"].findings


@pytest.mark.parametrize(
    ("whole", "parts"),
    [
        (30, {"a": 25, "b": 15, "c": 0}),
        (10, {"a": 5, "b": 5, "c": 5}),
        (5, {"a": 5, "b": 5, "c": 5, "d": 5}),
        (0, {"a": 0, "b": 0}),
        (40, {"a": None, "b": 15, "c": 30}),
    ],
)
@pytest.mark.parametrize("rows", ["several", ""])
def test_parts_that_overlap_are_not_taken_to_add_up(whole: int, parts: dict[str, int | None], rows: str) -> None:
    tried = outcomes(overlapping(whole, rows, **parts))

    assert [each for each in tried.values() if each.findings] == []


@pytest.mark.parametrize(
    ("whole", "parts", "why"),
    [
        (0, {"a": 5, "b": 0}, "a part of none or a few is no more than those few"),
        (25, {"a": 5, "b": 5, "c": 0}, "whoever is counted is in one row at least, so that these must be nearly ten each"),
        (20, {"a": None, "b": 5, "c": 5}, "as any other withheld one"),
    ],
)
def test_a_leak_in_parts_that_overlap_is_found_all_the_same(whole: int, parts: dict[str, int | None], why: str) -> None:
    found = outcomes(overlapping(whole, **parts))["subtraction"]

    assert bool(found.findings) == (None not in parts.values()), why


def test_where_each_child_is_in_one_row_parts_that_disagree_tell() -> None:
    assert outcomes(overlapping(10, "one", **dict.fromkeys("abcdefghijk", 5)))["subtraction"].findings
    assert not outcomes(overlapping(10, "several", **dict.fromkeys("abcdefghijk", 5)))["subtraction"].findings


def test_a_total_that_others_publish_is_used() -> None:
    held, known = told_elsewhere()

    assert not outcomes(held)["outside totals"].tried
    assert outcomes(held, known=known)["outside totals"].findings


@pytest.mark.parametrize(
    ("said", "is_a_leak"),
    [
        ("of one agency alone Referrals | ", False),
        (" | Two children | 24% | ", False),
        (" | Two children were seen | ", True),
        ("Here 13 children were seen.", True),
    ],
)
def test_rows_of_a_table_and_ends_of_words_are_no_counts_in_sentences(said: str, is_a_leak: bool) -> None:
    held = replace(clean(), texts=(Text("a page", f"About 40 children were seen. {said}"),), units=frozenset({"children", "referrals"}))

    assert bool(outcomes(held)["narrative"].findings) == is_a_leak


@pytest.mark.parametrize(
    ("said", "is_a_leak"),
    [
        (" | SL-APP-034: Choose rows that this table has. | ", False),
        (" | 10 to 15 | 16 to 17 | ", False),
        (" | 10 to 15, of which 3 | ", True),
    ],
)
def test_what_pages_that_answer_say_too_is_no_answer_to_a_wrong_question(said: str, is_a_leak: bool) -> None:
    held = replace(
        clean(), answered=1, texts=(Text("/indicators/one", "Age | 10 to 15 | 16 to 17 | 3"),), errors=(Text("/indicators/one?by=x", said),)
    )

    assert bool(outcomes(held)["headers and errors"].findings) == is_a_leak


def test_a_method_of_which_nothing_is_known_is_refused() -> None:
    with pytest.raises(KeyError):
        outcomes(replace(clean(), method="something new/1"))


def test_the_example_in_the_method_page_is_what_happens() -> None:
    page = Path(__file__).parents[2] / "docs" / "methods" / "attacking-releases.md"

    assert doctest.testfile(str(page), module_relative=False).failed == 0
