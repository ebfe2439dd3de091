"""The auditor on tables small enough to do by hand; the worked examples of docs/methods/auditing-releases.md are here."""

from __future__ import annotations

import numpy as np
import pytest

from sightline.disclosure.audit import audit, problems_of_certificate
from sightline.disclosure.cubes import Cube, CubeProblems, Dimension, Group, KnownTotal, cells, margins
from sightline.disclosure.knowledge import UNBOUNDED, Earlier, Told, told_by_rounding, told_by_withholding
from tests.support.worlds import dimension

WARD_BY_AGE = (("ward", "age"), ("ward",), ("age",), ())


def harbour(counts=((3, 12), (14, 16)), **more) -> Cube:
    """Two wards by two ages."""
    ward, age = Dimension("ward", ("Quay", "Moor")), Dimension("age", ("under 13", "13 to 17"))
    return Cube("harbour", (ward, age), np.array(counts, dtype=np.int64), served=WARD_BY_AGE, **more)


def mask(cube: Cube, *names: dict[str, str]) -> np.ndarray:
    listed = cells(cube)
    found = np.zeros(len(listed), dtype=bool)
    found[[listed.index(name) for name in names]] = True
    return found


QUAY, MOOR = {"ward": "Quay"}, {"ward": "Moor"}
YOUNG, OLDER = {"age": "under 13"}, {"age": "13 to 17"}
FEW = QUAY | YOUNG
BLOCK = (QUAY | YOUNG, QUAY | OLDER, MOOR | YOUNG, MOOR | OLDER)


def test_a_lone_withheld_cell_is_worked_out_by_subtraction():
    cube = harbour()

    (failure,) = audit(cube, told_by_withholding(cube, mask(cube, FEW), mask(cube, FEW))).failures

    assert (dict(failure.cell), failure.low, failure.high, failure.by) == (FEW, 3, 3, "subtraction")


def test_four_withheld_cells_in_a_rectangle_protect_each_other():
    cube = harbour()

    result = audit(cube, told_by_withholding(cube, mask(cube, *BLOCK), mask(cube, FEW)), exactly=True)

    (interval,) = result.intervals[0]
    assert result.is_safe
    assert (interval.low, interval.high) == (interval.least, interval.most) == (0, 15)


def pieces(counts, *groups: str, hidden=()) -> Cube:
    """Pieces a, b, c … of areas that overlap, each group spelt as the pieces it is made of."""
    codes = tuple("abcdef"[: len(counts)])
    made = tuple(Group(group, tuple(group)) for group in groups)
    area = Dimension("area", codes, made, "geography", overlapping=True, hidden=tuple(hidden))
    return Cube("pieces", (area,), np.array(counts, dtype=np.int64), served=(("area",),), zeros="shown")


def test_a_linear_program_finds_what_no_single_subtraction_does():
    cube = pieces((5, 5, 5), "ab", "bc", "ac")
    alone = mask(cube, *({"area": code} for code in "abc"))

    failures = audit(cube, told_by_withholding(cube, alone, alone)).failures

    assert {(failure.low, failure.high, failure.by) for failure in failures} == {(5, 5, "linear program")}
    assert len(failures) == 3


def test_whole_numbers_find_what_fractions_leave_open():
    pairs = ("ab", "bc", "ac", "de", "ef", "df")
    cube = pieces((0, 0, 0, 0, 0, 0), *pairs, "abcdef")
    high = np.full(len(cells(cube)), UNBOUNDED)
    high[[cells(cube).index({"area": pair}) for pair in pairs]] = 1
    everything = mask(cube, {"area": "abcdef"})

    (failure,) = audit(cube, Told(cube, np.zeros_like(high), high, everything), width=3).failures

    assert (failure.low, failure.high, failure.by) == (0, 2, "whole numbers")


def test_the_sliver_between_two_areas_that_do_not_nest_is_a_target_though_nobody_shows_it():
    cube = _ward_and_beat()
    nothing = np.zeros(len(cells(cube)), dtype=bool)

    (failure,) = audit(cube, told_by_withholding(cube, nothing, nothing)).failures

    assert dict(failure.cell) == {"area": "sliver"}
    assert (failure.low, failure.high) == (2, 2)


def _ward_and_beat() -> Cube:
    """A ward and a beat that are alike but for a sliver, which only the ward has."""
    groups = (Group("ward", ("core", "sliver")), Group("beat", ("core",)))
    area = Dimension("area", ("core", "sliver"), groups, "geography", overlapping=True, hidden=("core", "sliver"))
    return Cube("ward and beat", (area,), np.array([40, 2]), served=(("area",),))


def test_a_total_known_elsewhere_opens_what_the_release_keeps_closed():
    cube = harbour()
    told = told_by_withholding(cube, mask(cube, FEW, QUAY | OLDER, QUAY, (())), mask(cube, FEW))
    returns = KnownTotal((("ward", "Quay"), ("age", "13 to 17")), 12, "Published statistics")
    total = KnownTotal((("ward", "Quay"),), 15, "Published statistics")

    assert audit(cube, told_by_withholding(cube, mask(cube, *BLOCK), mask(cube, FEW))).is_safe
    assert [failure.by for failure in audit(cube, told, outside=(returns, total)).failures] == ["subtraction"]


def test_the_finest_combinations_count_though_only_totals_are_served():
    cube = Cube("two totals", harbour().dimensions, np.array([[3, 0], [0, 12]]), served=(("ward",), ("age",)))
    nothing = np.zeros(len(cells(cube)), dtype=bool)
    shown = told_by_withholding(cube, nothing, mask(cube, QUAY))

    (interval,) = [each for each in audit(cube, shown, exactly=True).intervals[0] if dict(each.cell) == FEW]

    assert (interval.low, interval.high) == (0, 3)


def test_two_releases_of_the_same_counts_are_read_together():
    cube = harbour()
    first = told_by_withholding(cube, mask(cube, *BLOCK), mask(cube, FEW))
    second = told_by_withholding(cube, mask(cube, FEW, QUAY, YOUNG, ()), mask(cube, FEW))

    assert audit(cube, first).is_safe
    assert audit(cube, second).is_safe
    assert [dict(failure.cell) for failure in audit(cube, second, earlier=(Earlier(first, "none"),)).failures] == [FEW]


def test_a_small_change_between_two_exact_releases_fails_and_between_two_rounded_ones_does_not():
    old, new = harbour(((23, 12), (14, 16))), harbour(((25, 12), (14, 16)))
    nothing = np.zeros(9, dtype=bool)
    exact = Earlier(told_by_withholding(old, nothing, nothing), "added")
    shown = margins(old, np.array([[25, 10], [15, 15]]))
    vague = Earlier(told_by_rounding(old, shown), "added")

    read = audit(new, told_by_withholding(new, nothing, nothing), earlier=(exact,))
    kept = audit(new, told_by_rounding(new, shown), earlier=(vague,))

    assert {(failure.block, failure.low, failure.high) for failure in read.failures} == {("change", 2, 2)}
    assert (read.how[1].small_changes, read.how[1].visible_changes) == (4, 4)
    assert read.problems
    assert kept.is_safe
    assert (kept.how[1].small_changes, kept.how[1].visible_changes) == (4, 0)


def test_a_withdrawn_return_reveals_its_children_by_subtraction():
    old, new = harbour(((23, 12), (14, 16))), harbour(((20, 12), (14, 16)))
    nothing = np.zeros(9, dtype=bool)
    before = Earlier(told_by_withholding(old, nothing, nothing), "removed")

    failures = audit(new, told_by_withholding(new, nothing, nothing), earlier=(before,)).failures

    assert {(failure.block, failure.low) for failure in failures} == {("change", -3)}


def test_what_only_adds_narrows_a_withheld_cell_of_this_release_too():
    old, new = harbour(((14, 12), (14, 16))), harbour(((14, 12), (14, 22)))
    nothing, few = np.zeros(9, dtype=bool), mask(new, *BLOCK)
    before = told_by_withholding(old, nothing, nothing)
    now = told_by_withholding(new, few, few)

    assert audit(new, now).is_safe
    assert audit(new, now, earlier=(Earlier(before, "any"),)).is_safe
    told_more = audit(new, now, earlier=(Earlier(before, "added"),))
    assert {failure.block for failure in told_more.failures} >= {"this"}


# Certificates


def test_a_certificate_counts_only_if_it_adds_up_and_looks_the_same():
    cube = harbour()
    told = told_by_withholding(cube, mask(cube, *BLOCK), mask(cube, FEW))
    cell = cells(cube).index(FEW)
    good, near, other = np.array([[9, 6], [8, 22]]), np.array([[5, 10], [12, 18]]), np.array([[9, 6], [8, 23]])

    assert problems_of_certificate(cube, told, good, cell) == []
    assert problems_of_certificate(cube, told, near, cell) == ["It differs from the truth by less than 5."]
    assert problems_of_certificate(cube, told, other, cell) == ["It contradicts what the release tells."]
    assert problems_of_certificate(cube, told, good[:1], cell) == ["It is not a complete table of whole numbers."]
    assert "It holds a negative count." in problems_of_certificate(cube, told, np.array([[18, -3], [-1, 31]]), cell)


def test_certificates_spare_the_auditor_the_search_and_false_ones_do_not():
    cube = harbour()
    told = told_by_withholding(cube, mask(cube, *BLOCK), mask(cube, FEW))

    with_proof = audit(cube, told, certificates=[np.array([[9, 6], [8, 22]])]).how[0]
    with_lies = audit(cube, told, certificates=[np.array([[90, 6], [8, 22]]), np.array([1, 2, 3])]).how[0]

    assert (with_proof.certificates, with_proof.programs) == (1, 0)
    assert (with_lies.certificates, with_lies.certificates_refused) == (0, 2)
    assert with_lies.programs > 0


# What is refused


def test_what_is_told_must_hold_the_truth_and_the_message_tells_no_count():
    cube = harbour()
    told = told_by_withholding(cube, mask(cube, FEW), mask(cube, FEW))
    told.low[cells(cube).index(MOOR | YOUNG)] = 15
    told.high[cells(cube).index(MOOR | YOUNG)] = 15

    with pytest.raises(CubeProblems) as refused:
        audit(cube, told)

    assert refused.value.problems == ('ward "Moor", age "under 13" is told to lie where it does not.',)


def test_an_earlier_release_of_other_codes_is_refused_not_ignored():
    cube, other = harbour(), Cube("other", (dimension("ward", 3),), np.array([1, 2, 3]), served=(("ward",),))
    nothing = np.zeros(4, dtype=bool)

    with pytest.raises(CubeProblems, match='has no code "a" of ward'):
        audit(
            cube,
            told_by_withholding(cube, mask(cube), mask(cube)),
            earlier=(Earlier(told_by_withholding(other, nothing, nothing), "none"),),
        )


def test_the_same_release_is_audited_the_same_way_every_time():
    rng = np.random.default_rng(4)
    ward, age = dimension("ward", 8), dimension("age", 5)
    cube = Cube("again", (ward, age), rng.poisson(3, (8, 5)), served=(("ward", "age"), ("ward",)))
    few = margins(cube, cube.atoms) < 5
    told = told_by_withholding(cube, few, few)

    first, second = audit(cube, told), audit(cube, told)

    assert first.failures == second.failures
    assert first.how == second.how
    assert list(first.intervals[0]) == list(second.intervals[0])
