"""What may not be shown for its own sake: small cells, dominated ones, groups told of as a whole, single homes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sightline.disclosure.cubes import Cube, CubeProblems, cells
from sightline.disclosure.primary import Behind, Rules, primary, singletons
from tests.support.withholding import overlapping_places, two_way


def marked_in(cube, mask):
    return {tuple(code for _, code in cells(cube).name(index)) for index in np.flatnonzero(mask).tolist()}


def test_cells_under_the_threshold_are_primary_and_zeros_where_they_share_a_band_with_small_counts():
    cube = two_way([[4, 0, 9], [20, 30, 40]])

    assert marked_in(cube, primary(cube, Rules())) == {("row 0", "column 0"), ("row 0", "column 1")}
    assert marked_in(replace(cube, zeros="shown"), primary(replace(cube, zeros="shown"), Rules())) == {("row 0", "column 0")}


def test_many_events_of_few_children_are_primary():
    cube = two_way([[40, 50], [60, 70]])
    few = replace(cube, contributors=np.array([[2, 30], [40, 50]]))

    assert marked_in(few, primary(few, Rules())) == {("row 0", "column 0")}


def test_children_of_several_atoms_are_not_added_up_to_more_than_there_may_be():
    cube = replace(two_way([[40, 50], [60, 70]]), contributors=np.array([[3, 3], [9, 9]]))

    assert ("row 0",) in marked_in(cube, primary(cube, Rules()))


def test_siblings_count_as_one_family():
    cube = two_way([[6, 50], [60, 70]])
    families = np.full(len(cells(cube)), 20)
    families[cells(cube).index({"row": "row 0", "column": "column 0"})] = 1
    behind = Behind(families=families)
    rules = Rules(unit="family")

    assert marked_in(cube, primary(cube, rules, behind)) == {("row 0", "column 0")}
    assert marked_in(cube, singletons(cube, rules, behind)) == {("row 0", "column 0")}


def test_a_cell_in_which_the_second_can_work_out_the_first_is_primary():
    cube = two_way([[100, 100], [100, 100]])
    size = len(cells(cube))
    largest, second = np.full(size, 10), np.full(size, 8)
    largest[0], second[0] = 80, 19
    behind = Behind(children=np.full(size, 50), largest=largest, second=second)

    assert marked_in(cube, primary(cube, Rules(dominance=0.1), behind)) == {("row 0", "column 0")}


def test_a_group_that_is_all_in_one_code_is_told_of_as_a_whole():
    cube = replace(two_way([[30, 0, 0], [20, 30, 40]]), zeros="shown")

    found = primary(cube, Rules(tells=("column",)))

    assert marked_in(cube, found) == {("row 0", "column 0"), ("row 0", "column 1"), ("row 0", "column 2")}


def test_all_that_is_said_of_a_single_home_is_primary():
    cube = two_way([[30, 10], [20, 30]])

    found = primary(cube, Rules(single_homes={"row": ("row 1",)}))

    assert marked_in(cube, found) == {("row 1", "column 0"), ("row 1", "column 1"), ("row 1",)}


def test_small_common_pieces_are_protected_though_nobody_is_shown_them():
    place = overlapping_places(6)
    cube = Cube("pieces", (place,), np.array([0, 30, 2, 30, 40, 50]), served=(("place",),))

    assert marked_in(cube, primary(cube, Rules())) == {("piece 2",)}


@pytest.mark.parametrize(
    ("rules", "what"),
    [
        (Rules(unit="family"), "nobody counted them"),
        (Rules(dominance=0.1), "nobody counted the two largest"),
        (Rules(tells=("harm",)), "no dimension harm"),
        (Rules(single_homes={"row": ("row 9",)}), 'no row "row 9"'),
    ],
)
def test_a_rule_that_cannot_be_checked_is_refused(rules, what):
    cube = two_way([[30, 10], [20, 30]])

    with pytest.raises(CubeProblems, match=what):
        primary(cube, rules)


def test_what_was_counted_for_other_cells_is_refused():
    with pytest.raises(CubeProblems, match="9 cells, and children of 3"):
        primary(two_way([[30, 10], [20, 30]]), Rules(), Behind(children=np.array([1, 2, 3])))
