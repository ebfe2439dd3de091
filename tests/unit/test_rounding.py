"""Controlled rounding: what is chosen where the best is known, what is refused, and how a number is printed."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from sightline.disclosure import rounding
from sightline.disclosure.cubes import Cube, CubeProblems, Dimension, Group, cells
from sightline.disclosure.rounding import NotServed, RoundingImpossible, answer, band, free_atoms, round_cube
from sightline.disclosure.rounding_programs import program_of, solve
from sightline.disclosure.rounding_search import Search
from tests.support.cubes import KEY, OVERLAPPING, cube_of, plain, random_cube

PIECES = ("p", "q", "r")
ODD_CIRCLE = Dimension(
    "place",
    PIECES,
    tuple(Group(f"{one} and {other}", (one, other)) for one, other in combinations(PIECES, 2)),
    "geography",
    overlapping=True,
    hidden=PIECES,
)
"""Three areas of two pieces each. With 5 in every piece each area has exactly 10, which stays only if one piece of each goes up."""


def odd_circle() -> Cube:
    return Cube("circle", (ODD_CIRCLE,), np.array([5, 5, 5]), served=(("place",),))


def test_the_example_of_the_method_page() -> None:
    cube = cube_of((plain("ward", 3), plain("sex", 2)), np.array([3, 1, 4, 2, 0, 7]))
    best = ([[5, 0], [0, 5], [0, 5]], [[0, 5], [5, 0], [0, 5]], [[5, 0], [5, 0], [0, 10]])

    rounded = round_cube(cube, key=KEY)

    assert rounded.atoms.tolist() in best
    assert rounded.margins[cells(cube).index({})] == 15
    assert rounded.margins[cells(cube).index({"sex": "sex 1"})] == 10
    assert rounded.mean_error == pytest.approx(20 / 12)


def test_a_table_without_a_good_rounding_gets_the_next_best_and_says_so() -> None:
    rounded = round_cube(odd_circle(), base=10, key=KEY)

    assert (rounded.within, rounded.largest_error) == (19, 10)
    assert rounded.how == "linear program, rounded, search within 9"


def test_an_infeasible_table_is_refused_with_the_cell_that_errs_most() -> None:
    with pytest.raises(RoundingImpossible, match=r'circle has no rounding.*errs by at most 9; place "[pq] and [qr]" errs most'):
        round_cube(odd_circle(), base=10, key=KEY, largest=9)


def test_a_time_that_is_too_short_gives_no_answer_rather_than_another() -> None:
    cube = cube_of((plain("ward", 40), plain("age", 12), plain("sex", 3)), np.random.default_rng(1).integers(0, 30, 40 * 12 * 3))

    with pytest.raises(RoundingImpossible, match="in the 1e-09 seconds"):
        round_cube(cube, key=KEY, time_limit=1e-9)


def test_a_cube_that_contradicts_itself_is_not_rounded() -> None:
    with pytest.raises(CubeProblems):
        round_cube(cube_of((plain("ward", 2),), np.array([3, -1])), key=KEY)


@pytest.mark.parametrize(("base", "key"), [(1, KEY), (5, b"short")])
def test_a_base_of_one_and_a_short_key_are_refused(base: int, key: bytes) -> None:
    with pytest.raises(ValueError, match="base of at least 2 and a key of at least 16 bytes"):
        round_cube(odd_circle(), base=base, key=key)


def test_the_key_decides_and_an_atom_keeps_its_noise_when_others_join() -> None:
    ward = plain("ward", 60)
    counts = np.tile([2, 3], 30)
    by_key = {round_cube(cube_of((ward,), counts), key=bytes([each]) * 16).atoms.tobytes() for each in range(40)}
    more = cube_of((plain("ward", 62),), np.append(counts, [5, 10]))

    assert len(by_key) > 1
    assert round_cube(more, key=KEY).atoms[:60].tolist() == round_cube(cube_of((ward,), counts), key=KEY).atoms.tolist()


@pytest.mark.parametrize("seed", range(12))
def test_the_error_of_the_linear_program_is_the_least_there_is(seed: int) -> None:
    """Beside every choice of up and down there is, in tables with few free atoms."""
    rng = np.random.default_rng(seed)
    cube = cube_of((plain("ward", 3), plain("age", 3)), rng.integers(0, 8, 9))
    free = free_atoms(cube, 5)
    chosen = solve(program_of(free, np.zeros(len(free.atoms))), time_limit=None) > 0.5
    every = [np.array([place >> bit & 1 for bit in range(len(free.atoms))], dtype=bool) for place in range(1 << len(free.atoms))]
    allowed = [np.abs(errors).sum() for each in every if np.abs(errors := free.errors(each)).max() < 5]

    assert np.abs(free.errors(chosen)).sum() == min(allowed)


@pytest.mark.parametrize("seed", range(8))
def test_tables_too_large_for_programs_keep_the_same_bound(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounding, "LARGEST_PROGRAM", 0)
    cube = cube_of((plain("ward", 9), plain("age", 5), plain("sex", 2)), np.random.default_rng(seed).poisson(3, 90))

    rounded = rounding.round_cube(cube, key=KEY)

    assert rounded.how == "search within 4"
    assert rounded.largest_error <= 4


@pytest.mark.parametrize("seed", range(8))
def test_search_alone_keeps_its_own_account_of_errors_and_mends_them(seed: int) -> None:
    free = free_atoms(random_cube(seed), 5)
    search = Search(free, np.zeros(len(free.atoms), dtype=bool), 4, np.zeros(len(free.atoms)))
    search.descend()
    left = search.mend(np.random.default_rng(0), steps=2_000)
    errors = free.errors(np.array(search.up, dtype=bool))

    assert [each - search.offset for each in search.errors[:-1]] == errors.tolist()
    assert left == (np.abs(errors) > 4).sum()
    assert np.abs(errors).max() <= 9


def test_a_filter_may_name_groups_and_leaves_at_once_and_counts_each_atom_once() -> None:
    age = plain("age", 3, grouped=True)
    rounded = round_cube(cube_of((age,), np.array([12, 7, 9])), key=KEY)

    together = answer(rounded, {"age": ["age first", "age 0"]})
    united = answer(rounded, [{"age": ["age first"]}, {"age": ["age 0"]}])
    assert together.value == united.value == rounded.atoms[:2].sum()
    assert (together.within, united.within) == (4, 8)
    assert answer(rounded, {"age": []}).value == 0
    assert answer(rounded, {}).value == rounded.atoms.sum()


def test_a_filter_may_not_ask_for_what_is_not_served() -> None:
    rounded = round_cube(cube_of((OVERLAPPING,), np.array([1, 2, 3, 4])), key=KEY)

    for selection, said in (({"place": ["p1"]}, 'serves no place "p1"'), ({"sex": ["f"]}, "has no dimension sex")):
        with pytest.raises(NotServed, match=said):
            answer(rounded, selection)


def test_zero_and_small_share_a_band() -> None:
    assert [band(0), band(5), band(1_205), band(0, within=9), band(0, zeros="shown")] == ["0 to 4", "5", "1,205", "0 to 9", "0"]


def test_rounded_numbers_cannot_be_changed_afterwards() -> None:
    rounded = round_cube(replace(odd_circle(), atoms=np.array([1, 2, 3])), key=KEY)

    with pytest.raises(ValueError, match="read-only"):
        rounded.atoms[0] = 7
