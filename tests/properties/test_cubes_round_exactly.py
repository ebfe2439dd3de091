"""Whatever the counts: rounded cubes are additive, leave zeros, err within what they say, are the same twice, and filters tell no more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.disclosure.cubes import Cube, aggregation, cells, equations, hidden, margins
from sightline.disclosure.rounding import answer, round_cube
from tests.support.cubes import KEY, cubes, random_cube

SMALL = settings(max_examples=60, deadline=None, derandomize=True)
FOUR = settings(max_examples=15, deadline=None, derandomize=True)


def holds(cube: Cube, *, base: int, largest: int) -> None:
    rounded = round_cube(cube, base=base, key=KEY)

    errors = rounded.margins - margins(cube, cube.atoms)
    assert (rounded.margins == aggregation(cube) @ rounded.atoms.ravel()).all()
    assert not (equations(cube).matrix @ rounded.margins).any()
    assert not (rounded.atoms % base).any()
    assert (np.abs(rounded.atoms - cube.atoms) < base).all()
    assert (rounded.atoms[cube.atoms % base == 0] == cube.atoms[cube.atoms % base == 0]).all()
    assert (np.abs(errors[~hidden(cube)]) <= rounded.within).all()
    assert rounded.within <= largest
    assert rounded.largest_error == np.abs(errors[~hidden(cube)]).max()
    assert rounded.mean_error == pytest.approx(np.abs(errors[~hidden(cube)]).mean())


@SMALL
@given(cube=cubes(), base=st.sampled_from([5, 10]))
def test_a_rounded_cube_is_additive_and_errs_within_what_it_says(cube: Cube, base: int) -> None:
    holds(cube, base=base, largest=2 * base - 1)


@FOUR
@given(cube=cubes(most_dimensions=4))
def test_so_is_one_of_four_dimensions(cube: Cube) -> None:
    holds(cube, base=5, largest=9)


@pytest.mark.parametrize("seed", range(30))
def test_so_are_larger_tables_with_overlapping_places(seed: int) -> None:
    holds(random_cube(seed), base=5, largest=9)


@SMALL
@given(cube=cubes(most_dimensions=2))
def test_two_trees_always_round_to_the_multiples_beside_every_sum(cube: Cube) -> None:
    rounded = round_cube(cube, key=KEY)

    assert rounded.how in ("linear program", "nothing to round")
    assert rounded.largest_error <= 4


@SMALL
@given(cube=cubes())
def test_the_same_cube_and_key_give_the_same_bytes(cube: Cube) -> None:
    first, second = (round_cube(cube, key=KEY) for _ in range(2))

    assert first.atoms.tobytes() == second.atoms.tobytes()
    assert first.margins.tobytes() == second.margins.tobytes()


@SMALL
@given(cube=cubes(), data=st.data())
def test_a_filter_tells_the_sum_of_atoms_and_the_truth_lies_as_near_as_it_says(cube: Cube, data: st.DataObject) -> None:
    rounded = round_cube(cube, key=KEY)
    boxes = []
    for _ in range(data.draw(st.integers(1, 3))):
        parted = [dimension for dimension in cube.dimensions if data.draw(st.booleans())]
        boxes.append({each.name: data.draw(st.lists(st.sampled_from(each.codes), unique=True)) for each in parted})
    chosen = np.zeros(cube.atoms.shape, dtype=bool)
    for box in boxes:
        axes = []
        for dimension in cube.dimensions:
            codes = [dimension.codes.index(code) for code in box.get(dimension.name, dimension.leaves)]
            axes.append(dimension.membership.toarray()[codes].any(axis=0))
        chosen |= np.prod(np.meshgrid(*axes, indexing="ij"), axis=0).astype(bool)

    told = answer(rounded, boxes if len(boxes) > 1 else boxes[0])

    assert told.value == rounded.atoms[chosen].sum()
    assert abs(told.value - cube.atoms[chosen].sum()) <= told.within


@SMALL
@given(cube=cubes(), data=st.data())
def test_a_served_cell_asked_for_as_a_filter_is_the_cell(cube: Cube, data: st.DataObject) -> None:
    rounded = round_cube(cube, key=KEY)
    listed = cells(cube)
    place = data.draw(st.integers(0, len(listed) - 1))

    told = answer(rounded, {dimension: [code] for dimension, code in listed.name(place)})

    assert told.value == rounded.margins[place]
    assert told.within <= rounded.within
