"""Readers of a rounded cube who know the method but not the key, who ask as often and of whatever they like."""

from __future__ import annotations

import os
from dataclasses import fields
from itertools import product

import numpy as np
import pytest
from tests.support.cubes import KEY, cube_of, plain, random_cube

from sightline.disclosure.cubes import Cube, aggregation, cells, hidden
from sightline.disclosure.rounding import RoundedCube, answer, band, round_cube

TABLES = int(os.environ.get("SIGHTLINE_RANDOM_TABLES", "50"))
OF_THE_RELEASE_NOTE = {"largest_error", "mean_error", "how"}


def keys(many: int) -> list[bytes]:
    return [each.to_bytes(2, "little") * 8 for each in range(many)]


def world_of(rounded: RoundedCube, atoms: np.ndarray) -> Cube:
    return Cube(rounded.id, rounded.dimensions, atoms, None, rounded.served, rounded.zeros)


@pytest.mark.parametrize("shown", [0, 5])
def test_no_count_within_a_base_of_what_is_shown_can_be_excluded(shown: int) -> None:
    """For each count that could be there is a key under which exactly this is shown; the reader does not know the key."""
    dimensions = (plain("ward", 2), plain("sex", 2))
    for truth in range(max(shown - 4, 0), shown + 5):
        counts = np.array([truth, 15, 0, 10])
        assert any(round_cube(cube_of(dimensions, counts), key=key).atoms[0, 0] == shown for key in keys(2_000)), truth


@pytest.mark.parametrize("seed", range(TABLES))
def test_every_cell_keeps_an_interval_of_at_least_five_counts(seed: int) -> None:
    """The reader uses everything that is served and every bound the method promises, and keeps all worlds that fit."""
    cube = random_cube(seed)
    rounded = round_cube(cube, key=KEY)
    sums = aggregation(cube)
    told = ~hidden(cube)
    fits = [rounded.atoms.ravel()]
    for atom, shown in enumerate(rounded.atoms.ravel()):
        for step in (*range(-4, 0), *range(1, 5)):
            if shown + step >= 0:
                other = rounded.atoms.ravel().copy()
                other[atom] += step
                fits.append(other)
    worlds = np.array(fits)
    margins = (sums @ worlds.T).T

    assert (np.abs(worlds - rounded.atoms.ravel()) < 5).all()
    assert (np.abs(margins - rounded.margins)[:, told] <= rounded.within).all()
    assert (np.ptp(margins[:, told], axis=0) >= 4).all()


@pytest.mark.parametrize("seed", range(max(6, TABLES // 10)))
def test_every_whole_number_table_that_fits_leaves_five_counts_for_every_cell(seed: int) -> None:
    """Tiny tables, by enumeration: not the worlds we thought of, but all there are."""
    cube = cube_of((plain("ward", 2), plain("sex", 2)), np.random.default_rng(seed).integers(0, 9, 4))
    rounded = round_cube(cube, key=KEY)
    ranges = [range(max(int(shown) - 4, 0), int(shown) + 5) for shown in rounded.atoms.ravel()]
    worlds = np.array(list(product(*ranges)))
    margins = (aggregation(cube) @ worlds.T).T
    possible = margins[(np.abs(margins - rounded.margins) <= rounded.within).all(axis=1)]

    assert (possible == (aggregation(cube) @ cube.atoms.ravel())).all(axis=1).any()
    assert (np.ptp(possible, axis=0) >= 4).all()


@pytest.mark.parametrize("seed", range(5))
def test_filters_tell_nothing_that_the_atoms_do_not(seed: int) -> None:
    """Two different truths, rounded to the same atoms, answer every question alike: what tells them apart is nowhere in an answer."""
    rounded = round_cube(random_cube(seed), key=KEY)
    other = round_cube(world_of(rounded, rounded.atoms), key=b"another key altogether")
    rng = np.random.default_rng(seed)

    for _ in range(200):
        boxes = [
            {each.name: rng.choice(served, int(rng.integers(1, len(served) + 1)), replace=False).tolist()}
            for each in rounded.dimensions
            if (served := [code for code in each.codes if code not in each.hidden])
        ]
        selection = boxes if rng.random() < 0.5 else {name: codes for box in boxes for name, codes in box.items()}
        assert answer(rounded, selection) == answer(other, selection)


@pytest.mark.parametrize("seed", range(5))
def test_many_answers_put_together_give_the_rounded_atoms_and_never_the_true_ones(seed: int) -> None:
    """The attack that takes every method apart which protects each query on its own: 300 random unions, solved for the atoms."""
    truth = np.random.default_rng(seed).integers(1, 5, 16)
    rounded = round_cube(cube_of((plain("ward", 16),), truth), key=KEY)
    codes = np.array(rounded.dimensions[0].codes)
    asked = np.random.default_rng(seed + 100).random((300, 16)) < 0.5
    told = np.array([answer(rounded, {"ward": codes[each].tolist()}).value for each in asked])
    solved = np.rint(np.linalg.lstsq(asked.astype(float), told, rcond=None)[0])

    assert solved.tolist() == rounded.atoms.tolist()
    assert (solved != truth).all()


def test_asking_again_does_not_average_anything_out() -> None:
    cube = random_cube(3)
    answers = {answer(round_cube(cube, key=KEY), {}).value for _ in range(20)}

    assert len(answers) == 1


def test_nothing_of_a_release_but_its_note_depends_on_the_truth_beyond_the_rounded_atoms() -> None:
    rounded = round_cube(random_cube(4), key=KEY)
    other = round_cube(world_of(rounded, rounded.atoms), key=KEY)

    for field in fields(RoundedCube):
        if field.name not in OF_THE_RELEASE_NOTE:
            one, two = getattr(rounded, field.name), getattr(other, field.name)
            assert one.tobytes() == two.tobytes() if isinstance(one, np.ndarray) else one == two, field.name


def test_no_child_and_a_few_children_look_the_same_in_print() -> None:
    """Among cells that print "0 to 4" are empty ones and such with children; none of them prints otherwise."""
    truth = np.array([0, 1, 2, 0, 1, 3, 0, 2, 1, 0, 4, 1])
    rounded = round_cube(cube_of((plain("ward", 12),), truth), key=KEY)
    printed = [band(int(value), zeros=rounded.zeros) for value in rounded.atoms]

    assert {int(count) for count, said in zip(truth, printed, strict=True) if said == "0 to 4"} >= {0, 1}
    assert "0" not in printed


def test_the_messages_of_a_refusal_hold_no_count() -> None:
    cube = cube_of((plain("ward", 2), plain("sex", 2)), np.array([4321, 1, 2, 3]))
    with pytest.raises(Exception, match="errs most") as caught:
        round_cube(cube, key=KEY, largest=0)

    assert "432" not in str(caught.value)
    assert cells(cube).name(0)[0][0] == "ward"
