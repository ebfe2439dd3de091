"""The auditor: what a reader can work out of a release, its forerunners and its neighbours, before it is let out.

Separate from whatever rounds and withholds: it shares the declared cube with them and nothing else, reads only what a release tells, and
trusts no certificate that it has not added up itself. What it could not settle counts as a failure, never as a pass.

Method page: docs/methods/auditing-releases.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sightline.disclosure.cubes import CellName, Cube, CubeProblems, KnownTotal, check, equations, margins
from sightline.disclosure.knowledge import Counts, Earlier, Told
from sightline.disclosure.narrowing import Narrowed, Sums
from sightline.disclosure.system import System, alone, pair, reading
from sightline.disclosure.world_search import Search
from sightline.disclosure.worlds import Worlds

WIDTH = 5
LISTED = 20
AROUND = 3
"""Of so many certificates the worlds that differ from them in one atom are taken too: of rounded atoms, where nobody is shown them all."""
MOST_VISIBLE = 0.1
"""Of the changes by one to four children, at most this share may be seen to have happened at all."""

By = Literal["subtraction", "linear program", "whole numbers", "not settled"]


@dataclass(frozen=True, slots=True)
class Failure:
    """A protected cell that a reader can place more closely than is allowed. ``low`` and ``high`` are for stewards: they tell a count.

    Args:
        block: "this", "earlier release" or "change".
        by: What is enough to work it out; "not settled" where the auditor ran out of time.
    """

    cell: CellName
    block: str
    low: int
    high: int
    by: By


@dataclass(frozen=True, slots=True)
class Interval:
    """What a reader can work out of a protected cell: nothing outside ``low`` to ``high`` is possible, ``least`` and ``most`` both are."""

    cell: CellName
    block: str
    low: int
    high: int
    least: int
    most: int


@dataclass(frozen=True, eq=False)
class Intervals(Iterable[Interval]):
    """The intervals of the protected cells of one system; named one by one only when asked for, as there may be many."""

    system: System
    cells: NDArray[np.intp]
    low: Counts
    high: Counts
    least: Counts
    most: Counts

    def __len__(self) -> int:
        return len(self.cells)

    def __iter__(self) -> Iterator[Interval]:
        columns = (each.tolist() for each in (self.cells, self.low, self.high, self.least, self.most))
        for cell, *ends in zip(*columns, strict=True):
            yield Interval(*self.system.named(cell), *ends)


@dataclass(frozen=True, slots=True)
class How:
    """How a release was audited, in numbers."""

    cells: int
    protected: int
    rounds: int
    certificates: int
    certificates_refused: int
    programs: int
    small_changes: int = 0
    visible_changes: int = 0


@dataclass(frozen=True, slots=True)
class Audit:
    """The outcome; of intervals and `How` one for this release, and one for each earlier release it was attacked together with."""

    failures: tuple[Failure, ...]
    intervals: tuple[Intervals, ...]
    how: tuple[How, ...]
    problems: tuple[str, ...] = field(default=())
    """What fails of the release as a whole, in words."""

    @property
    def is_safe(self) -> bool:
        """Whether the release may go out."""
        return not self.failures and not self.problems


def audit(
    cube: Cube,
    released: Told,
    *,
    width: int = WIDTH,
    earlier: Sequence[Earlier] = (),
    outside: Iterable[KnownTotal] = (),
    certificates: Iterable[Counts] = (),
    exactly: bool = False,
) -> Audit:
    """Attack a release with everything that readers have.

    Args:
        cube: True counts, with totals known outside.
        released: What the release tells (`told_by_rounding`, `told_by_withholding`).
        width: How far the interval of a protected cell must reach: its most less its least.
        earlier: Releases that readers already have, and what may have changed since.
        outside: Totals known elsewhere besides those that the cube names.
        certificates: Alternative tables of atoms that are said to look the same; each is checked, and counts only if it does.
        exactly: Solve for both ends of every protected cell, not only as far as needed to tell whether it is wide enough.

    Raises:
        CubeProblems: If the cube is wrong, or what is told contradicts itself, the truth or known totals.
    """
    check(cube)
    totals = (*cube.outside, *outside)
    same = [each.told for each in earlier if each.changes == "none"]
    changed = [each for each in earlier if each.changes != "none"]
    tables = [table for each in changed for table in each.told.cube.served]
    now = reading([replace(released, cube=cube), *same], totals, tables=tables, width=width)
    results = [_Attack(alone(now), exactly=exactly).run(_summed(each, cube, now.cube) for each in certificates)]
    results += [_Attack(pair(now, each, width), exactly=exactly).run(()) for each in changed]
    failures = dict.fromkeys(failure for result in results for failure in result.failures)
    return Audit(
        failures=tuple(failures),
        intervals=tuple(each for result in results for each in result.intervals),
        how=tuple(how for result in results for how in result.how),
        problems=tuple(problem for result in results for problem in result.problems),
    )


def problems_of_certificate(cube: Cube, released: Told, certificate: Counts, cell: int, *, width: int = WIDTH) -> list[str]:
    """Why an alternative table does not prove that a cell is protected; empty if it does. Adds everything up itself."""
    if certificate.shape != cube.atoms.shape or not np.issubdtype(certificate.dtype, np.integer):
        return ["It is not a complete table of whole numbers."]
    found = []
    values, truth = margins(cube, certificate), margins(cube, cube.atoms)
    if (certificate < 0).any():
        found.append("It holds a negative count.")
    if (equations(cube).matrix @ values).any():
        found.append("It does not add up.")
    if ((values < released.low) | (values > released.high)).any():
        found.append("It contradicts what the release tells.")
    if abs(int(values[cell] - truth[cell])) < width:
        found.append(f"It differs from the truth by less than {width}.")
    return found


def _summed(certificate: Counts, cube: Cube, wide: Cube) -> Counts:
    """A certificate without the dimensions that no table uses; one of another shape is left as it is, to be refused."""
    if certificate.shape != cube.atoms.shape:
        return certificate
    used = {dimension.name for dimension in wide.dimensions}
    gone = tuple(axis for axis, dimension in enumerate(cube.dimensions) if dimension.name not in used)
    return np.asarray(certificate.sum(axis=gone), dtype=np.int64) if gone else certificate


class _Attack:
    """One system, from what is told to what can be proved of it."""

    def __init__(self, system: System, *, exactly: bool) -> None:
        self.system, self.exactly = system, exactly
        self.narrowed = _narrowed(system)
        self.low, self.high = self.narrowed.low.copy(), self.narrowed.high.copy()
        self.targets = np.flatnonzero(system.needs)
        self.by: dict[int, By] = {int(each): "subtraction" for each in self.targets[self._is_short(self.targets)]}
        atoms_between = (self.low[system.atoms], self.high[system.atoms])
        self.worlds = Worlds(system.sums, between=(system.low, system.high), atoms_between=atoms_between, truth=system.truth)

    @cached_property
    def search(self) -> Search:
        """Made where something is left to be searched for."""
        return Search(self.worlds, self.worlds.program)

    def run(self, certificates: Iterable[Counts]) -> Audit:
        needs = self.system.needs.copy()
        needs[list(self.by)] = 0
        good, refused = self._take_what_is_at_hand(certificates, needs)
        self._spread(needs)
        for cell in self.worlds.pending(needs).tolist():
            if self.worlds.most[cell] - self.worlds.least[cell] < needs[cell]:
                self._settle(cell)
        if self.exactly:
            for cell in self.targets.tolist():
                self._solve_both_ends(cell, whole=True)
        small, visible = self._changes()
        how = How(
            cells=len(self.system.needs),
            protected=len(self.targets),
            rounds=self.narrowed.rounds,
            certificates=good,
            certificates_refused=refused,
            programs=self.worlds.solved,
            small_changes=small,
            visible_changes=visible,
        )
        problems = _too_many_visible(small, visible)
        return Audit(tuple(self._failures()), (self._intervals(),), (how,), problems)

    def _take_what_is_at_hand(self, offered: Iterable[Counts], needs: Counts) -> tuple[int, int]:
        """Worlds that need no search: what is shown and the truth, with all that differ from them in an atom or two, and certificates.

        How many certificates are good, and how many are not. They are read one by one, as there may be thousands.
        """
        for near in (self.system.shown, self.system.truth):
            if near is not None and len(self.worlds.pending(needs)):
                self.worlds.take_around(near, needs)
        good, refused = 0, 0
        for each in offered:
            is_good = each.size == self.system.truth.size and self.worlds.take(each.ravel().astype(np.int64))
            good, refused = good + is_good, refused + (not is_good)
            if is_good and good <= AROUND and len(self.worlds.pending(needs)):
                self.worlds.take_around(each.ravel().astype(np.int64), needs)
        return good, refused

    def _spread(self, needs: Counts) -> None:
        """Look for worlds block by block where the table has blocks, then in the whole of it."""
        worlds = self.worlds
        blocks = self.system.neighbourhoods[worlds.free]
        if len(worlds.pending(needs)) and len(np.unique(blocks)) > 1:
            program = worlds.program.in_blocks(blocks, worlds.truth[worlds.free])
            Search(worlds, program).spread(np.where(worlds.inside(blocks), needs, 0))
        if len(worlds.pending(needs)):
            self.search.spread(needs)

    def _is_short(self, cells: NDArray[np.intp]) -> NDArray[np.bool_]:
        return np.asarray(self.high[cells] - self.low[cells] < self.system.needs[cells], dtype=bool)

    def _settle(self, cell: int) -> None:
        """Work out one cell: in fractions first, in whole numbers only where those leave it open."""
        need = int(self.system.needs[cell])
        steps: tuple[tuple[bool, By], ...] = ((False, "linear program"), (True, "whole numbers"))
        for whole, by in steps:
            if whole:
                self.search.reach(cell, need)
            if self.worlds.most[cell] - self.worlds.least[cell] >= need:
                return
            self._solve_both_ends(cell, whole=whole)
            if self.high[cell] - self.low[cell] < need:
                self.by[cell] = by
                return
        if self.worlds.most[cell] - self.worlds.least[cell] < need:
            self.by[cell] = "not settled"

    def _solve_both_ends(self, cell: int, *, whole: bool) -> None:
        top, bottom = (self.search.end(cell, direction, exactly=whole).value for direction in (1, -1))
        self.high[cell], self.low[cell] = min(self.high[cell], top), max(self.low[cell], bottom)

    def _changes(self) -> tuple[int, int]:
        """How many small changes there are, and of how many a reader sees that something changed."""
        if "change" not in self.system.blocks:
            return 0, 0
        start = self.system.blocks.index("change") * self.system.size
        cells = self.targets[self.targets >= start]
        visible = 0
        for cell in cells.tolist():
            if self.worlds.least[cell] > 0 and self.low[cell] <= 0:
                self.low[cell] = max(self.low[cell], self.search.end(cell, -1, exactly=True).value)
            elif self.worlds.most[cell] < 0 and self.high[cell] >= 0:
                self.high[cell] = min(self.high[cell], self.search.end(cell, 1, exactly=True).value)
            visible += bool(self.low[cell] > 0 or self.high[cell] < 0)
        return len(cells), visible

    def _failures(self) -> Iterable[Failure]:
        for cell, by in sorted(self.by.items()):
            yield Failure(*self.system.named(cell), int(self.low[cell]), int(self.high[cell]), by)

    def _intervals(self) -> Intervals:
        ends = (self.low, self.high, self.worlds.least, self.worlds.most)
        return Intervals(self.system, self.targets, *(each[self.targets] for each in ends))


def _narrowed(system: System) -> Narrowed:
    """Intervals after narrowing.

    Raises:
        CubeProblems: If nothing can be put into a cell, or the truth is not among what is told. No message tells a count.
    """
    truth = system.sums @ system.truth
    wrong = np.flatnonzero((truth < system.low) | (truth > system.high))
    if len(wrong):
        raise CubeProblems(_listed(system, wrong, "is told to lie where it does not"))
    narrowed = Sums(system.equations).narrow(system.low, system.high)
    if len(narrowed.contradictions):
        raise CubeProblems(_listed(system, narrowed.contradictions, "cannot be what it is told to be: the sums contradict each other"))
    return narrowed


def _listed(system: System, cells: NDArray[np.intp], what: str) -> list[str]:
    listed = [f"{system.words(int(cell))} {what}." for cell in cells[:LISTED]]
    return [*listed, f"{len(cells) - LISTED} more: {what}."] if len(cells) > LISTED else listed


def _too_many_visible(small: int, visible: int) -> tuple[str, ...]:
    if visible <= MOST_VISIBLE * small:
        return ()
    return (f"Of changes by one to four since the earlier release, more than {MOST_VISIBLE:.0%} can be seen to have happened.",)
