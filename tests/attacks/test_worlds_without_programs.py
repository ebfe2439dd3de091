"""Attackers save programs by moving kinds of children, and follow thousands of insiders at once: both must be as right as the slow way."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import sparse

from sightline.disclosure.blackbox import on_insiders
from sightline.disclosure.blackbox.held import Held, Sum
from sightline.disclosure.blackbox.implied import implied_by
from sightline.disclosure.blackbox.moves import Open, shown_world, still_open
from sightline.disclosure.blackbox.on_insiders import Insiders
from sightline.disclosure.blackbox.on_sums import Worked
from sightline.disclosure.blackbox.puzzle import Group
from sightline.disclosure.knowledge import Counts
from sightline.disclosure.narrowing import Sums


def crossed(rng: np.random.Generator, *, withheld: bool = False) -> Held:
    """Two categories by two, with all margins; every number is a multiple of 5, and sums agree."""
    atoms = 5 * rng.integers(0, 3, size=(2, 2))
    name = {(row, column): ("count", "i", "2026-Q1", "cell", f"{row}{column}") for row in "abt" for column in "xyt"}
    table = np.zeros((3, 3), dtype=np.int64)
    table[:2, :2] = atoms
    table[2, :2], table[:2, 2], table[2, 2] = atoms.sum(axis=0), atoms.sum(axis=1), atoms.sum()
    numbers: dict[tuple[str, ...], int | None] = {
        name[row, column]: int(table[i, j]) for i, row in enumerate("abt") for j, column in enumerate("xyt")
    }
    if withheld:
        numbers[name["a", "x"]] = None
    sums = [Sum(name[row, "t"], (name[row, "x"], name[row, "y"])) for row in "abt"]
    sums += [Sum(name["t", column], (name["a", column], name["b", column])) for column in "xyt"]
    return Held("release 1", "additive-5/1", numbers=numbers, sums=tuple(sums))


def ranges(group: Group) -> Counts:
    """By how much each number can differ over every world there is: of two by two cells, each is set by four of them."""
    cells = [place for place in range(len(group.low)) if not np.any(group.matrix[:, [place]].toarray() > 0)]
    others = [place for place in range(len(group.low)) if place not in cells]
    dense = group.matrix.toarray()
    least, most = np.full(len(group.low), 1 << 20), np.full(len(group.low), -1)
    solve = np.linalg.pinv(dense[:, others])
    for values in product(*(range(int(group.low[cell]), int(min(group.high[cell], 30)) + 1) for cell in cells)):
        world = np.zeros(len(group.low), dtype=np.int64)
        world[cells] = values
        world[others] = np.rint(-solve @ (dense[:, cells] @ np.array(values)))
        if not (dense @ world).any() and (world >= group.low).all() and (world <= group.high).all():
            least, most = np.minimum(least, world), np.maximum(most, world)
    return most - least


@pytest.mark.parametrize("withheld", [False, True])
def test_no_number_is_called_hidden_that_some_world_does_not_show_to_be(withheld: bool) -> None:
    rng = np.random.default_rng(5)
    closed = 0
    for _ in range(4):
        held = crossed(rng, withheld=withheld)
        puzzle = Worked(held, implied_by(held.method)).puzzle
        (circle,) = puzzle.groups(circular=True)
        group = puzzle.group(circle)
        world = shown_world(group, puzzle.laid.shown[group.columns])
        assert not (group.matrix @ world).any(), "numbers rounded so that sums agree are a world"
        targets = np.arange(len(group.low))
        enough = np.minimum(5, group.high - group.low)
        left = still_open([Open(group, targets, enough, world)])[0]
        shown = np.setdiff1d(targets, left)
        closed += len(shown)
        assert (ranges(group)[shown] >= enough[shown]).all()
    assert closed > 20


def test_a_world_that_is_not_known_closes_nothing() -> None:
    held = crossed(np.random.default_rng(5))
    puzzle = Worked(held, implied_by(held.method)).puzzle
    group = puzzle.group(next(puzzle.groups()))
    targets = np.arange(len(group.low))

    assert still_open([Open(group, targets, np.full(len(targets), 5), None)])[0].tolist() == targets.tolist()


@pytest.mark.parametrize("most_terms", [20, 1_000_000])
def test_what_follows_for_many_insiders_at_once_is_what_follows_for_each(monkeypatch: pytest.MonkeyPatch, most_terms: int) -> None:
    monkeypatch.setattr(on_insiders, "MOST_TERMS", most_terms)
    rng = np.random.default_rng(8)
    for _ in range(25):
        rows = []
        for _ in range(4):
            whole, *parts = rng.choice(9, size=4, replace=False)
            row = np.zeros(9, dtype=np.int64)
            row[whole], row[parts] = 1, -1
            rows.append(row)
        matrix = sparse.csr_array(np.array(rows))
        low = rng.integers(0, 3, size=9)
        start = Sums(matrix).narrow(low, low + rng.integers(3, 12, size=9))
        if len(start.contradictions):
            continue
        cells, own = (each.reshape(-1) for each in np.meshgrid(np.arange(9), [1, 2]))
        inside = (start.low[cells] <= own) & (own <= start.high[cells])
        cells, own = cells[inside], own[inside]
        followed = {person: (start.low.copy(), start.high.copy()) for person in range(len(cells))}
        told = set()
        for news in Insiders(matrix, start.low, start.high).news(cells, own):
            for person, cell, least, most in zip(news.insider, news.cell, news.low, news.high, strict=True):
                followed[person][0][cell], followed[person][1][cell] = least, most
                told.add(person)
        for person, (cell, number) in enumerate(zip(cells, own, strict=True)):
            low_1, high_1 = start.low.copy(), start.high.copy()
            low_1[cell] = high_1[cell] = number
            alone = Sums(matrix).narrow(low_1, high_1)
            assert (person in told) == (not len(alone.contradictions))
            if person in told:
                assert (followed[person][0] == alone.low).all()
                assert (followed[person][1] == alone.high).all()
