"""Declared cubes: names and places of cells, the sums between them, and every way in which a declaration is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sightline.disclosure.cubes import Cube, CubeProblems, Dimension, Group, KnownTotal, atoms_of, cells, check, equations, hidden, margins
from sightline.disclosure.dimensions import tree
from tests.support.cubes import OVERLAPPING, cube_of, plain

AGE = tree(
    "age",
    [("all ages", None), ("10 to 12", "all ages"), ("13 to 17", "all ages"), ("10", "10 to 12"), ("13", "13 to 17"), ("14", "13 to 17")],
)
SEX = plain("sex", 2)


def small() -> Cube:
    return cube_of((AGE, SEX), np.arange(6))


def refused(cube: Cube) -> str:
    with pytest.raises(CubeProblems) as caught:
        check(cube)
    return str(caught.value)


def test_a_tree_is_made_of_rows_of_a_code_and_the_group_it_is_part_of() -> None:
    assert AGE.leaves == ("10", "13", "14")
    assert AGE.groups == (Group("all ages", ("10 to 12", "13 to 17")), Group("10 to 12", ("10",)), Group("13 to 17", ("13", "14")))
    assert AGE.is_tree
    assert not OVERLAPPING.is_tree


def test_every_cell_has_a_name_and_a_place_and_each_leads_to_the_other() -> None:
    listed = cells(small())

    assert len(listed) == 6 * 2 + 6 + 2 + 1
    assert [listed.index(listed.name(place)) for place in range(len(listed))] == list(range(len(listed)))
    assert listed.name(len(listed) - 1) == ()
    assert listed.index({"sex": "sex 1", "age": "13"}) == listed.index((("age", "13"), ("sex", "sex 1")))


def test_a_cell_that_is_not_served_has_no_place() -> None:
    listed = cells(replace(small(), served=(("age",),)))

    with pytest.raises(KeyError, match="no table of sex is served"):
        listed.index({"sex": "sex 1"})
    with pytest.raises(KeyError, match='age has no code "99"'):
        listed.index({"age": "99"})
    with pytest.raises(IndexError):
        listed.name(len(listed))


def test_a_margin_is_the_sum_of_the_atoms_that_its_name_says() -> None:
    cube = small()
    found = dict(zip(map(cells(cube).name, range(len(cells(cube)))), margins(cube, cube.atoms).tolist(), strict=True))

    assert found[()] == 15
    assert found[("age", "13 to 17"), ("sex", "sex 0")] == 2 + 4
    assert found[(("sex", "sex 1"),)] == 1 + 3 + 5
    assert [int(cube.atoms.ravel()[atoms_of(cube, name)].sum()) for name in found] == list(found.values())


def test_the_equations_are_all_that_holds_between_cells_whatever_the_counts() -> None:
    for cube in (small(), cube_of((OVERLAPPING, SEX), np.arange(8))):
        found = equations(cube)
        assert not (found.matrix @ margins(cube, cube.atoms)).any()
        assert np.linalg.matrix_rank(found.matrix.toarray()) == len(cells(cube)) - cube.atoms.size
        assert (found.matrix[np.arange(len(found.wholes)), found.wholes] == 1).all()


def test_tables_that_skip_a_step_are_joined_by_the_nearest_that_are_served() -> None:
    cube = replace(small(), served=(("age", "sex"), ()))
    found = equations(cube)

    total = found.matrix[np.flatnonzero(found.wholes == len(cells(cube)) - 1)].toarray()
    assert [{cells(cube).name(place) for place in np.flatnonzero(row == -1)} for row in total] == [
        {(("age", "all ages"), ("sex", "sex 0")), (("age", "all ages"), ("sex", "sex 1"))}
    ]


def test_areas_that_do_not_nest_each_make_up_the_whole_and_their_pieces_are_hidden() -> None:
    cube = cube_of((OVERLAPPING,), np.array([1, 2, 3, 4]))
    codes = np.array(OVERLAPPING.codes)

    assert [set(codes[each]) for each in OVERLAPPING.partitions] == [{"north", "south"}, {"beat 1", "beat 2"}]
    assert [cells(cube).name(place)[0][1] for place in np.flatnonzero(hidden(cube))] == ["p1", "p2", "p3", "p4"]


def test_negative_counts_are_named_and_not_told() -> None:
    said = refused(cube_of((AGE, SEX), np.array([1, 2, -7, 4, 5, 6])))

    assert 'age "13", sex "sex 0" has a negative count.' in said
    assert "7" not in said.replace("13 to 17", "")


def test_a_thousand_negative_counts_do_not_make_a_thousand_lines() -> None:
    said = refused(cube_of((plain("age", 1_000),), np.full(1_000, -1)))

    assert "980 more: has a negative count." in said
    assert said.count("\n") < 25


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ((Group("a", ("x", "y")), Group("b", ("y", "z"))), '"y" in two places of its tree, "a" and "b"'),
        ((Group("a", ("x", "x")),), 'names its part "x" 2 times'),
        ((Group("a", ("x", "q")),), '"a" with a part "q" that is neither'),
        ((Group("a", ()),), '"a" without parts'),
        ((Group("a", ("b",)), Group("b", ("a",))), "part of itself: "),
        ((Group("x", ("y",)),), 'names "x" 2 times'),
    ],
)
def test_a_dimension_that_contradicts_itself_is_named_with_the_code(groups: tuple[Group, ...], said: str) -> None:
    assert said in refused(Cube("c", (Dimension("ward", ("x", "y", "z"), groups),), np.ones(3, dtype=np.int64), served=(("ward",),)))


def test_hierarchies_that_overlap_may_not_count_a_leaf_twice_in_one_group() -> None:
    ward = Dimension("ward", ("x", "y"), (Group("a", ("x", "y")), Group("b", ("a", "x"))), overlapping=True)

    assert 'ward counts "x" twice in its group "b".' in refused(Cube("c", (ward,), np.ones(2, dtype=np.int64), served=(("ward",),)))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("a", "top")], 'puts "a" in a group "top" that it does not have'),
        ([("top", None), ("other", None), ("a", "top"), ("a", "other"), ("b", "other")], '"a" in two places'),
        ([("a", "b"), ("b", "a"), ("c", None)], "part of itself"),
    ],
)
def test_a_tree_with_missing_parents_or_a_child_in_two_places_is_refused(rows: list[tuple[str, str | None]], said: str) -> None:
    with pytest.raises(CubeProblems, match=said):
        tree("ward", rows)


def test_more_than_three_breakdowns_one_geography_and_one_period_are_refused() -> None:
    four = tuple(plain(name, 1) for name in "abcd")
    two_places = tuple(Dimension(name, ("x",), kind="geography") for name in ("ward", "beat"))

    assert "4 dimensions of the kind breakdown (a, b, c, d); the rule is at most 3" in refused(cube_of(four, np.ones(1)))
    assert "2 dimensions of the kind geography (ward, beat); the rule is at most 1" in refused(cube_of(two_places, np.ones(1)))


def test_known_totals_that_cannot_all_be_true_are_named_with_their_source() -> None:
    cube = small()
    total = int(cube.atoms.sum())
    wrong = replace(cube, outside=(KnownTotal((), total + 1, "DfE"),))
    against = replace(cube, outside=(KnownTotal((), total, "DfE"), KnownTotal((("age", "all ages"),), total + 5, "police.uk", within=4)))
    parts = replace(
        cube,
        outside=(
            KnownTotal((), total - 6, "DfE", 6),
            KnownTotal((("sex", "sex 0"),), 8, "a", 2),
            KnownTotal((("sex", "sex 1"),), 12, "b", 3),
        ),
    )
    unknown = replace(cube, outside=(KnownTotal((("ward", "Quay"),), 3, "DfE"),))

    assert "DfE gives the total a number that this cube does not count" in refused(wrong)
    assert 'DfE and police.uk contradict each other in age "all ages".' in refused(against)
    assert refused(unknown).count("DfE gives ward") == 1
    check(replace(cube, outside=(KnownTotal((), total + 2, "DfE", within=2),)))
    check(replace(parts, outside=parts.outside[:2]))


def test_known_parts_may_not_add_up_to_more_than_a_known_whole() -> None:
    cube = cube_of((SEX,), np.array([4, 4]))
    outside = (KnownTotal((), 6, "DfE", 2), KnownTotal((("sex", "sex 0"),), 6, "a", 2), KnownTotal((("sex", "sex 1"),), 6, "b", 2))

    check(replace(cube, outside=outside))
    closer = tuple(replace(each, value=9, within=5 if each.cell == () else 0) for each in outside)
    assert "DfE gives the total less than known totals of its parts add up to." in refused(replace(cube, outside=closer))


def test_counts_of_the_wrong_shape_or_kind_and_contributors_that_cannot_be_are_refused() -> None:
    cube = small()

    assert "its dimensions need whole numbers of shape (3, 2)" in refused(replace(cube, atoms=cube.atoms.ravel()))
    assert "float64" in refused(replace(cube, atoms=cube.atoms / 2))  # type: ignore[arg-type]
    assert "has more contributors than it counts" in refused(replace(cube, contributors=cube.atoms + 1))
    assert "counts something to which nobody contributed" in refused(replace(cube, contributors=cube.atoms * 0))


def test_tables_that_cannot_be_served_are_named() -> None:
    cube = small()

    assert "serves ward by age, but has no dimension ward" in refused(replace(cube, served=(("ward", "age"),)))
    assert "serves sex by age twice" in refused(replace(cube, served=(("age", "sex"), ("sex", "age"))))
    assert "serves no table" in refused(replace(cube, served=()))
    assert "has no dimension" in refused(Cube("nothing", (), np.array(3)))
