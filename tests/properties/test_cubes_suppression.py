"""Suppression leaves every primary with a whole other table, and withholds hardly more than the least that would do."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

from sightline.disclosure.audit import audit
from sightline.disclosure.cubes import Cube, CubeProblems, KnownTotal, cells, margins
from sightline.disclosure.knowledge import told_by_withholding
from sightline.disclosure.neighbourhoods import neighbourhoods
from sightline.disclosure.primary import Rules, primary, singletons
from sightline.disclosure.protection_system import system_of
from sightline.disclosure.suppression import suppress
from tests.support.withholding import fewest_withheld, overlapping_places, plain, problems_of, random_cube, two_way, wards_in_areas

SEEDS = range(int(os.environ.get("SIGHTLINE_RANDOM_TABLES", "50")))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_primary_of_a_random_table_has_a_certificate_that_adds_up(seed):
    cube = random_cube(seed)

    found = suppress(cube, primary(cube, Rules()))

    assert problems_of(cube, found) == []


@pytest.mark.parametrize("seed", range(0, 50, 5))
def test_the_auditor_who_is_given_no_certificate_agrees(seed):
    cube = random_cube(seed)
    found = suppress(cube, primary(cube, Rules()))

    told = told_by_withholding(cube, found.mask, found.primary, least=int(cube.zeros == "shown"), small=5)

    assert audit(cube, told).failures == ()


def test_tiny_tables_withhold_hardly_more_than_the_fewest_cells_that_can_be():
    withheld, fewest = [], []
    for seed in range(10):
        cube = two_way(np.random.default_rng(seed).integers(0, 5, (2, 3)).tolist())
        marked = primary(cube, Rules(threshold=2))
        if marked.any():
            withheld.append(int(suppress(cube, marked, width=2).mask.sum()))
            fewest.append(fewest_withheld(cube, marked, 2, 5))

    assert all(found >= least for found, least in zip(withheld, fewest, strict=True))
    assert sum(withheld) <= 1.02 * sum(fewest)


def test_one_small_cell_of_a_square_takes_three_others_with_it():
    cube = two_way([[3, 12, 20], [15, 40, 30], [9, 14, 11]])

    found = suppress(cube, primary(cube, Rules()))

    assert found.mask.sum() == 4
    assert [len(each.proves) for each in found.certificates] == [1]


def test_nothing_is_withheld_where_nothing_is_primary():
    cube = two_way([[30, 12], [15, 40]])

    found = suppress(cube, primary(cube, Rules()))

    assert not found.mask.any()
    assert found.certificates == ()


def test_one_certificate_proves_many_primaries():
    cube = two_way([[1, 2, 60], [3, 1, 70], [80, 90, 95]])

    found = suppress(cube, primary(cube, Rules()))

    assert found.primary.sum() == 4
    assert len(found.certificates) < 4


def test_the_same_table_is_always_withheld_the_same():
    cube = random_cube(3)
    marked = primary(cube, Rules())

    once, again = suppress(cube, marked), suppress(cube, marked)

    assert (once.mask == again.mask).all()
    assert [each.table(cube).tobytes() for each in once.certificates] == [each.table(cube).tobytes() for each in again.certificates]


def test_what_is_withheld_does_not_depend_on_how_many_processors_there_are(monkeypatch):
    monkeypatch.setattr("sightline.disclosure.neighbourhoods.MOST_AT_ONCE", 10)
    monkeypatch.setattr("sightline.disclosure.neighbourhoods.MOST_TOGETHER", 10)
    dimensions = (wards_in_areas(6, 4), plain("harm", 7))
    atoms = np.random.default_rng(9).poisson(3, (24, 7))
    cube = Cube("parts", dimensions, atoms, served=(("place", "harm"), ("place",), ("harm",), ()), zeros="shown")
    marked = primary(cube, Rules())
    found = []
    for processors in (1, 2, 8):
        monkeypatch.setattr("os.cpu_count", lambda processors=processors: processors)
        found.append(suppress(cube, marked))

    assert len({each.mask.tobytes() for each in found}) == 1
    assert len({tuple(one.proves.tobytes() for one in each.certificates) for each in found}) == 1


def test_a_large_table_that_is_taken_apart_is_proved_as_a_whole(monkeypatch):
    monkeypatch.setattr("sightline.disclosure.neighbourhoods.MOST_AT_ONCE", 10)
    monkeypatch.setattr("sightline.disclosure.neighbourhoods.MOST_TOGETHER", 10)
    rng = np.random.default_rng(5)
    for place in (wards_in_areas(3, 3), overlapping_places(24), plain("place", 30)):
        dimensions = (place, plain("harm", 7))
        atoms = rng.poisson(rng.gamma(1.5, 4, (len(place.leaves), 7)))
        cube = Cube("parts", dimensions, atoms, served=(("place", "harm"), ("place",), ("harm",), ()), zeros="shown")
        marked = primary(cube, Rules())

        parts = list(neighbourhoods(system_of(cube, marked), np.flatnonzero(marked), marked))
        found = suppress(cube, marked)

        assert len(parts) > 3
        assert sorted(np.concatenate([part.targets for part in parts]).tolist()) == np.flatnonzero(marked).tolist()
        assert all(np.isin(part.targets, part.cells).all() for part in parts)
        assert problems_of(cube, found) == []


def test_where_zeros_are_shown_they_stay_shown_and_no_certificate_makes_one():
    cube = replace(two_way([[3, 0, 20, 8], [0, 9, 30, 7], [9, 14, 11, 0]]), zeros="shown")

    found = suppress(cube, primary(cube, Rules()))

    assert not found.mask[margins(cube, cube.atoms) == 0].any()
    assert problems_of(cube, found) == []


def test_a_single_contributor_who_knows_the_figure_learns_nothing_of_the_others():
    cube = two_way([[1, 3, 40, 50], [30, 40, 50, 60], [20, 25, 30, 35]])
    rules = Rules()
    known = singletons(cube, rules)

    found = suppress(cube, primary(cube, rules), singletons=known)

    assert known.sum() == 1
    assert problems_of(cube, found, singletons=known) == []
    told = told_by_withholding(cube, found.mask & ~known, found.primary & ~known, small=5)
    assert audit(cube, told).failures == ()


def test_a_table_that_cannot_be_protected_is_refused_with_the_cell_and_without_its_count():
    cube = two_way([[3, 12], [15, 40]])
    exact = (("row", "row 0"), ("column", "column 0"))
    told = replace(cube, outside=(KnownTotal(exact, 3, "another publication"),))

    with pytest.raises(CubeProblems) as refused:
        suppress(told, primary(told, Rules()))

    assert 'row "row 0", column "column 0" cannot be protected' in str(refused.value)
    assert "3" not in str(refused.value).replace("SL-DIS", "")


def test_known_totals_hold_in_every_certificate():
    cube = two_way([[3, 12, 20], [15, 40, 30], [9, 14, 11]])
    told = replace(cube, outside=(KnownTotal((("row", "row 1"), ("column", "column 0")), 15, "another publication"),))

    found = suppress(told, primary(told, Rules()))

    place = cells(told).index({"row": "row 1", "column": "column 0"})
    assert problems_of(told, found) == []
    assert all(margins(told, each.table(told))[place] == 15 for each in found.certificates)
