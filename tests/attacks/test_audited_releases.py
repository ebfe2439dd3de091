"""Random tables, released in careless and in careful ways: the auditor misses nothing that any attack here can tell.

50 tables each time; more by SIGHTLINE_RANDOM_TABLES (500 for the nightly run).
"""

from __future__ import annotations

import os

import numpy as np
import pytest
from tests.support.cube_attacks import (
    Percentage,
    averaging,
    insiders,
    percentages,
    presence,
    release_pairs,
    subtraction,
    unions_and_complements,
    whole_groups,
    without_truth,
)
from tests.support.worlds import dimension, every_world, random_cube, reach

from sightline.disclosure.audit import WIDTH, audit
from sightline.disclosure.cubes import Cube, CubeProblems, atoms_of, cells, margins
from sightline.disclosure.knowledge import Told, told_by_rounding, told_by_withholding
from sightline.disclosure.primary import Rules, primary
from sightline.disclosure.rounding import round_cube
from sightline.disclosure.suppression import suppress

TABLES = range(int(os.environ.get("SIGHTLINE_RANDOM_TABLES", "50")))
KEY = b"a key that only tests use"
TINY = (("ward", "age"), ("ward",), ("age",), ())


def only_small_ones_withheld(cube: Cube) -> Told:
    """The careless release: counts under 5 are left out, everything else stands as it is."""
    truth = margins(cube, cube.atoms)
    small = (truth < 5) & (truth > 0)
    return told_by_withholding(cube, small, small, least=1)


def rounded(cube: Cube) -> Told:
    made = round_cube(cube, key=KEY)
    return told_by_rounding(cube, made.margins, error=made.within)


@pytest.mark.parametrize("seed", TABLES)
def test_what_subtraction_tells_is_true_and_the_auditor_has_it_too(seed):
    cube = random_cube(seed)
    told, truth, listed = only_small_ones_withheld(cube), margins(cube, cube.atoms), cells(cube)

    claims = {claim.cell: claim for claim in subtraction(told)}
    found = {failure.cell: failure for failure in audit(cube, told).failures}

    for cell, claim in claims.items():
        assert claim.low <= int(cube.atoms.ravel()[atoms_of(cube, cell)].sum()) <= claim.high
    pinned = {listed.name(place) for place in np.flatnonzero(told.protected).tolist()} & set(claims)
    assert pinned <= set(found)
    for failure in found.values():
        assert failure.low <= int(cube.atoms.ravel()[atoms_of(cube, failure.cell)].sum()) <= failure.high
        assert failure.by != "not settled"
    assert truth.sum() > 0


@pytest.mark.parametrize("seed", TABLES)
def test_nothing_small_can_be_told_from_a_rounded_cube(seed):
    cube = random_cube(seed)
    told = rounded(cube)

    result = audit(cube, told)

    assert result.failures == ()
    assert result.is_safe
    assert presence(without_truth(told), small=WIDTH) == []


@pytest.mark.parametrize("seed", TABLES)
def test_suppressed_tables_pass_an_auditor_who_sees_no_certificate_and_one_who_checks_them(seed):
    cube = random_cube(seed)
    marked = primary(cube, Rules())
    try:
        found = suppress(cube, marked, width=WIDTH)
    except CubeProblems:
        return  # nothing comes of a table in which a primary cannot be protected
    told = told_by_withholding(cube, found.mask, marked, least=int(cube.zeros == "shown"), small=Rules().threshold)

    unaided = audit(cube, told)
    aided = audit(cube, told, certificates=[certificate.table(cube) for certificate in found.certificates])

    assert unaided.failures == ()
    assert aided.is_safe
    assert aided.how[0].certificates_refused == 0


@pytest.mark.parametrize("seed", range(max(len(TABLES) // 10, 5)))
def test_of_every_whole_number_table_that_fits_a_suppressed_one_some_lie_five_apart_in_each_primary(seed):
    """All tables of two by two with up to twenty in a cell are written down, and those struck out that do not look the same."""
    counts = np.random.default_rng([7, seed]).choice([0, 1, 2, 3, 4, 6, 8, 9, 12], (2, 2))
    cube = Cube("tiny", (dimension("ward", 2, total=False), dimension("age", 2, total=False)), counts, served=TINY, zeros="shown")
    marked = primary(cube, Rules())
    try:
        found = suppress(cube, marked, width=WIDTH)
    except CubeProblems:
        return  # nothing comes of a table in which a primary cannot be protected

    told = told_by_withholding(cube, found.mask, marked, least=1, small=Rules().threshold)
    least, most = reach(told, every_world(told, 20))

    assert ((most - least)[marked] >= WIDTH).all()


def test_careless_releases_are_caught():
    caught = [seed for seed in range(14) if subtraction(only_small_ones_withheld(random_cube(seed)))]

    assert len(caught) > 7


# Attacks on answers


def noisy(cube: Cube, rng: np.random.Generator):
    """A server that adds fresh noise to every answer: each is protected, all of them together are not."""

    def ask(sets):
        return sets.astype(np.int64) @ cube.atoms.ravel() + rng.integers(-4, 5, len(sets))

    return ask


def frozen(cube: Cube):
    """A server that adds up one rounded cube."""
    atoms = round_cube(cube, key=KEY).atoms.ravel()

    def ask(sets):
        return sets.astype(np.int64) @ atoms

    return ask


def targets_of(cube: Cube) -> list:
    few = np.argwhere((cube.atoms > 0) & (cube.atoms < 5))[:16]
    return [tuple((each.name, each.leaves[code]) for each, code in zip(cube.dimensions, place, strict=True)) for place in few.tolist()]


def test_fresh_noise_is_averaged_away_by_unions_and_complements_and_a_frozen_cube_is_not():
    cube, rng = random_cube(3), np.random.default_rng(1)
    targets = targets_of(cube)

    from_noise = unions_and_complements(noisy(cube, np.random.default_rng(2)), cube, targets, rng)
    from_frozen = unions_and_complements(frozen(cube), cube, targets, rng)

    right = [claim for claim in from_noise if claim.low <= int(cube.atoms.ravel()[atoms_of(cube, claim.cell)].sum()) <= claim.high]
    assert len(targets) == 16
    assert len(right) >= 0.8 * len(targets)
    assert not any(claim.sure for claim in from_noise)
    assert from_frozen == []


def test_the_same_question_asked_often_is_averaged_only_where_answers_differ():
    cube, rng = random_cube(1), np.random.default_rng(1)
    told, truth = rounded(cube), margins(cube, cube.atoms)
    fresh = truth + rng.integers(-4, 5, (400, len(truth)))

    claims = averaging(fresh, told)

    right = [claim for claim in claims if claim.low <= truth[cells(cube).index(claim.cell)] <= claim.high]
    assert len(right) > 0.9 * len(truth)
    assert averaging(np.tile(round_cube(cube, key=KEY).margins, (400, 1)), told) == []


def test_percentages_of_true_counts_give_counts_back_and_those_of_rounded_counts_do_not():
    cube = random_cube(2)
    made, truth, told, listed = round_cube(cube, key=KEY), margins(cube, cube.atoms), rounded(cube), cells(cube)
    whole = listed.index(dict.fromkeys(cube.served[0], "all"))
    parts = np.flatnonzero(truth < truth[whole]).tolist()

    def shown(values):
        return [Percentage(part, whole, round(100 * values[part] / values[whole], 2), 2) for part in parts]

    from_truth = percentages(told, shown(truth), made.margins)
    from_rounded = percentages(told, shown(made.margins), made.margins)

    assert len(from_truth) > len(parts) / 3
    assert all(claim.low <= truth[listed.index(claim.cell)] <= claim.high for claim in from_truth)
    assert from_rounded == []


# Attacks that need a story


def test_a_group_all_of_whom_are_alike_is_found():
    cube = random_cube(4)
    atoms = np.zeros_like(cube.atoms)
    atoms[0, 0, 0] = 12
    atoms[1:] = 7
    cube = Cube("alike", cube.dimensions, atoms, served=(("ward", "age"), ("ward",)))
    nothing_withheld = np.zeros(len(cells(cube)), dtype=bool)

    claims = whole_groups(told_by_withholding(cube, nothing_withheld, nothing_withheld))

    assert (("ward", "a"), ("age", "a")) in {claim.cell for claim in claims}
    assert not any(claim.cell[0] == ("ward", "b") for claim in claims)


def test_an_insider_who_knows_one_of_two_withheld_parts_has_the_other():
    cube = random_cube(0)
    atoms = np.full_like(cube.atoms, 20)
    atoms[:2] = (3, 8)
    cube = Cube("insider", cube.dimensions, atoms, served=(("ward",),))
    truth = margins(cube, atoms)
    withheld = np.zeros(len(truth), dtype=bool)
    withheld[:2] = True
    told = told_by_withholding(cube, withheld, withheld)

    assert audit(cube, told).is_safe
    claims = insiders(told, np.where(np.arange(len(truth)) == 0, 1, truth), truth)

    assert [(claim.cell, claim.low, claim.high) for claim in claims] == [((("ward", "b"),), 8, 8)]


def test_a_change_is_read_off_two_exact_releases_and_not_off_two_rounded_ones():
    old = random_cube(1)
    atoms = old.atoms.copy()
    atoms[0, 0] += 2
    new = Cube("later", old.dimensions, atoms, served=old.served)
    nothing = np.zeros(len(cells(old)), dtype=bool)

    exact = release_pairs(told_by_withholding(new, nothing, nothing), told_by_withholding(old, nothing, nothing), "added")
    vague = release_pairs(rounded(new), rounded(old), "added")

    assert (("ward", "a"), ("age", "a")) in {claim.cell for claim in exact}
    assert {claim.low for claim in exact} == {2}
    assert vague == []
