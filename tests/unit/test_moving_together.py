"""Cells that can only move together are one, and programs of the groups know exactly what those of the cells do."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import linalg, sparse

from sightline.disclosure.moving_together import moving_together
from sightline.disclosure.primary import Rules, primary
from sightline.disclosure.protection_system import UNBOUNDED, system_of
from tests.support.withholding import random_cube

ANY = np.full(6, UNBOUNDED)


def equations(*rows: list[int]) -> sparse.csr_array:
    return sparse.csr_array(np.array(rows, dtype=np.int64))


def test_a_chain_of_sums_with_one_moving_part_each_is_one_group():
    matrix = equations([1, -1, -1, 0, 0, 0], [0, 0, 1, -1, 0, 0], [0, 0, 0, 1, -1, -1])
    least, most = np.array([-9, 0, -4, -7, -5, 0]), np.array([8, 0, 9, 3, 6, 0])

    groups = moving_together(matrix, least, most)

    assert groups.of.tolist() == [0, -1, 0, 0, 0, -1]
    assert (groups.least.tolist(), groups.most.tolist()) == ([-4], [3])
    assert groups.matrix.shape == (0, 1)


def test_two_parts_of_a_sum_that_stays_move_against_each_other():
    matrix = equations([1, -1, -1])

    groups = moving_together(matrix, np.array([0, -2, -7]), np.array([0, 9, 4]))

    assert groups.of.tolist() == [-1, 0, 0]
    assert (groups.least.tolist(), groups.most.tolist()) == ([-2], [7])
    assert groups.spread(np.array([3])).tolist() == [0, 3, -3]


def test_what_would_have_to_rise_as_it_falls_stays():
    matrix = equations([1, -1, 0], [1, 1, 0], [1, 1, -1])

    groups = moving_together(matrix, -ANY[:3], ANY[:3])

    assert len(groups) == 0
    assert groups.of.tolist() == [-1, -1, -1]


def test_equations_that_say_the_same_are_kept_once():
    matrix = equations([1, -1, -1, -1, 0, 0], [0, 1, 1, 1, -1, 0], [1, 0, 0, 0, 0, -1])

    groups = moving_together(matrix, -ANY, ANY)

    assert groups.of.tolist() == [0, 1, 2, 3, 4, 0]
    assert groups.matrix.shape == (2, 5)
    alike = moving_together(equations([1, -1, -1, -1, 0], [0, 1, 1, 1, -1], [1, 0, 0, 0, -1]), -ANY[:5], ANY[:5])
    assert alike.matrix.shape == (1, 4)


@pytest.mark.parametrize("seed", range(6))
def test_groups_can_move_in_every_way_that_cells_can_and_in_no_other(seed):
    cube = random_cube(seed)
    system = system_of(cube, primary(cube, Rules()))
    may_move = (np.random.default_rng(seed).random(len(system.listed)) < 0.5) & ((system.least < 0) | (system.most > 0))
    least, most = np.where(may_move, -UNBOUNDED, 0), np.where(may_move, UNBOUNDED, 0)

    groups = moving_together(system.matrix, least, most)
    ways = linalg.null_space(groups.matrix.toarray()) if groups.matrix.shape[0] else np.eye(len(groups))
    cells = np.array([groups.spread(way) for way in ways.T]).reshape(-1, len(least))

    assert np.abs(system.matrix @ cells.T).max(initial=0) < 1e-8
    moving = np.flatnonzero(may_move)
    freedom = len(moving) - np.linalg.matrix_rank(system.matrix[:, moving].toarray())
    assert len(cells) == freedom
    assert np.linalg.matrix_rank(cells) == freedom if freedom else not len(cells)
    assert (np.diff(groups.matrix.indptr) >= 2).all()
