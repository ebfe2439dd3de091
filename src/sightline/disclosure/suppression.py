"""Audited suppression: which further cells to withhold, and for every primary a whole other table that the shown figures fit as well.

Method page: docs/methods/audited-suppression.md.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import reduce
from itertools import islice
from operator import or_

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sightline.disclosure.cubes import Cube, CubeProblems, cells, check, hidden, words
from sightline.disclosure.moving_together import moving_together
from sightline.disclosure.neighbourhoods import Neighbourhood, neighbourhoods
from sightline.disclosure.protection_programs import REWARD, Program
from sightline.disclosure.protection_system import Counts, Mask, Places, System, system_of

WIDTH = 5
LISTED = 20
MOST_RETRIES = 400
MOST_RETRIED = 100_000
"""So many programs, and so many cells in all of them together, may go into finding what need not be withheld after all."""

MOST_ONE_BY_ONE = 20_000
"""In a cube with more cells several targets are protected by one program, which takes a third of the time and withholds more."""
MOST_TRIED_TWICE = 1_500
"""A cube with at most so many cells is tried with and without rewarding others; what withholds fewer is taken. So is one of overlapping
hierarchies with at most `MOST_ONE_BY_ONE`: the primaries that rewards go to there are mostly pieces that nobody is shown."""
AT_ONCE = 3
APART = 7
AHEAD = 4
"""So many neighbourhoods are begun before the first of them is done."""


@dataclass(frozen=True, eq=False)
class Certificate:
    """Another table that fits everything shown, as its differences from the truth; ``proves`` names cells in the cube's flat order.

    Holds true counts together with the cube it is of: it is for the auditor, and is never released.
    """

    atoms: Places
    differences: Counts
    proves: Places

    def table(self, cube: Cube) -> NDArray[np.int64]:
        """The other table, atom by atom."""
        counts = cube.atoms.astype(np.int64).ravel()
        counts[self.atoms] += self.differences
        return counts.reshape(cube.atoms.shape)


@dataclass(frozen=True, eq=False)
class Suppressed:
    """Which cells are withheld, primaries among them, and what proves that each primary is protected.

    Args:
        mask: Withheld cells, in the flat order; hidden ones are not among them, as nobody is shown them.
        programs: How many programs it took.
    """

    mask: Mask
    primary: Mask
    certificates: tuple[Certificate, ...]
    width: int
    programs: int


def suppress(cube: Cube, primary: Mask, *, width: int = WIDTH, singletons: Mask | None = None) -> Suppressed:
    """Withhold cells besides the primaries until no primary can be told more closely than ``width``, and prove it.

    Args:
        cube: True counts.
        primary: Cells not to be shown for their own sake, in the flat order (`primary.primary`).
        width: How far a certificate's count must lie from the truth.
        singletons: Cells with a single contributor, who knows the count: certificates for any other cell leave them as they are.

    Raises:
        CubeProblems: If the cube is wrong, or a primary cannot be protected whatever is withheld; it is named.
    """
    check(cube)
    if primary.shape != (len(cells(cube)),):
        raise CubeProblems([f"{cube.id} has {len(cells(cube))} cells, and {primary.size} are marked or not."])
    system = system_of(cube, primary)
    tried_twice = MOST_ONE_BY_ONE if system.unseen.any() else MOST_TRIED_TWICE
    rewards = (REWARD, 0.0) if len(system.listed) <= tried_twice else (REWARD,)
    tried = [_Work(system, primary, singletons, width, reward) for reward in rewards]
    for each in tried:
        if left := each.protect_everything():
            raise CubeProblems(_cannot(cube, system, left, width))
    work = min(tried, key=lambda each: int(each.is_open.sum()))
    mask = work.is_open[: system.size] & ~hidden(cube)
    return Suppressed(mask, primary.copy(), tuple(_certificates(system, work.witnesses)), width, sum(each.programs for each in tried))


def _cannot(cube: Cube, system: System, left: Sequence[int], width: int) -> list[str]:
    what = f"cannot be protected: whatever else is withheld, no other table differs there by {width}"
    why = ", as totals are known outside" if cube.outside else ""
    listed = [f"{words(system.listed.name(cell))} {what}{why}." for cell in left[:LISTED]]
    return [*listed, f"{len(left) - LISTED} more: {what}{why}."] if len(left) > LISTED else listed


@dataclass(frozen=True, eq=False)
class _Witness:
    """Cells of the system that move, by how much, and what that proves."""

    cells: Places
    differences: Counts
    proves: Places
    alone: bool
    """It moves a singleton, and proves nothing of any other cell."""


@dataclass(frozen=True, eq=False)
class _Now:
    """What is withheld, and which primaries have no certificate yet, when a neighbourhood is begun."""

    is_open: Mask
    wanted: Mask


@dataclass(frozen=True, eq=False)
class _Found:
    """What came of a neighbourhood: cells withheld besides, witnesses, targets that could not be protected in it, and how many programs."""

    opened: Places
    witnesses: list[_Witness]
    left: list[int]
    programs: int


class _Work:
    """What is withheld and proved so far."""

    def __init__(self, system: System, primary: Mask, singletons: Mask | None, width: int, reward: float) -> None:
        self.system, self.width, self.reward = system, width, reward
        self.wanted = np.zeros(len(system.listed), dtype=bool)
        self.wanted[: system.size] = primary
        self.is_open = system.unseen | self.wanted
        self.single = np.zeros(len(system.listed), dtype=bool)
        if singletons is not None:
            self.single[: system.size] = singletons
        self.costs = 1 + 0.01 * np.log1p(system.values) / np.log1p(max(int(system.values.max()), 1))
        self.can_move = (system.least < 0) | (system.most > 0)
        self.columns = sparse.csc_array(system.matrix)
        self.witnesses: list[_Witness] = []
        self.programs = 0
        self.at_once = 1 if len(system.listed) <= MOST_ONE_BY_ONE else AT_ONCE

    def protect_everything(self) -> list[int]:
        """Protect all primaries; give back those that cannot be, whatever is withheld."""
        left = self.protect_all(neighbourhoods(self.system, np.flatnonzero(self.wanted), self.is_open))
        return self.take(self.protect(self.now(), np.arange(len(self.system.listed)), left)) if left else left

    def protect_all(self, parts: Iterable[Neighbourhood]) -> list[int]:
        """Protect neighbourhoods, some at the same time; give back targets that cannot be protected in theirs.

        Each begins with what all but the last few before it found, whether these are done or not: so the answer is the same however many
        processors there are. Of a coarser level none begins before all finer ones are done.
        """
        left: list[int] = []
        running: deque[Future[_Found]] = deque()
        rank = 0
        with ThreadPoolExecutor(min(AHEAD, os.cpu_count() or 1)) as pool:
            for each in parts:
                while running and each.rank > rank:
                    left += self.take(running.popleft().result())
                rank = each.rank
                running.append(pool.submit(self.protect_widening, self.now(), each))
                if len(running) == AHEAD:
                    left += self.take(running.popleft().result())
            for found in running:
                left += self.take(found.result())
        return left

    def now(self) -> _Now:
        return _Now(self.is_open.copy(), self.wanted.copy())

    def take(self, found: _Found) -> list[int]:
        """Take over what came of a neighbourhood; what it could not protect, if nothing else has since."""
        self.is_open[found.opened] = True
        self.programs += found.programs
        for witness in found.witnesses:
            proves = witness.proves[self.wanted[witness.proves]]
            self.wanted[proves] = False
            if len(proves):
                self.witnesses.append(replace(witness, proves=proves))
        return [target for target in found.left if self.wanted[target]]

    def protect_widening(self, now: _Now, here: Neighbourhood) -> _Found:
        """Protect the targets of a neighbourhood in it, or around it."""
        first = self.protect(now, here.cells, here.targets.tolist())
        if not first.left:
            return first
        now.is_open[first.opened] = True
        for witness in first.witnesses:
            now.wanted[witness.proves] = False
        second = self.protect(now, here.wider(), first.left)
        opened = np.union1d(first.opened, second.opened)
        return _Found(opened, [*first.witnesses, *second.witnesses], second.left, first.programs + second.programs)

    def protect(self, now: _Now, here: Places, targets: Sequence[int]) -> _Found:
        """Protect targets that have no certificate yet by moving cells that are here."""
        here = here[self.can_move[here]]
        asked = np.array([target for target in targets if now.wanted[target]], dtype=np.intp)
        if not len(asked):
            return _Found(np.zeros(0, dtype=np.intp), [], [], 0)
        inside = np.isin(asked, here)
        local = _Local(self, now, here, asked[inside])
        local.find_witnesses(local.targets)
        if len(here) == self.can_move.sum():
            # Where a cube is taken apart this takes longer than all the rest, and found one cell in a hundred at most.
            local.close_what_is_not_needed(min(MOST_RETRIES, MOST_RETRIED // len(here)))
        return _Found(local.opened(), local.kept(), [*asked[~inside].tolist(), *local.left()], local.program.solved)


class _Local:
    """One neighbourhood, in groups of cells that move together; these are numbered from nought.

    Primaries of other neighbourhoods that are here too are raised along where that costs little: they then need no table of their own.
    """

    def __init__(self, work: _Work, now: _Now, here: Places, asked: Places) -> None:
        system = work.system
        self.cells, self.width, self.at_once = here, work.width, work.at_once
        columns = work.columns[:, here]
        rows, row = np.unique(columns.indices, return_inverse=True)
        matrix = sparse.csr_array(sparse.csc_array((columns.data, row, columns.indptr), shape=(len(rows), len(here))))
        self.groups = groups = moving_together(matrix, system.least[here], system.most[here])
        single, closed = work.single[here], ~now.is_open[here]
        self.single = groups.any_of(single)
        self.closed, self.is_closed = groups.many(closed), closed
        self.values = groups.largest(system.values[here])
        self.asked = np.isin(here, asked)
        # A cell that moves only with somebody who knows their own figure has no table that leaves that figure as it is.
        alone = (groups.of >= 0) & (np.append(groups.many(single), 0)[groups.of] == single)
        self.provable = now.wanted[here] & alone & (self.asked | ~single)
        self.targets = np.unique(groups.of[self.asked & self.provable])
        self.program = Program(
            groups.matrix,
            least=groups.least,
            most=groups.most,
            is_open=self.closed == 0,
            costs=groups.added(np.where(closed, work.costs[here], 0.0)),
            targets=np.unique(groups.of[self.provable]),
            width=work.width,
            reward=work.reward,
        )
        self.program.hold(*np.flatnonzero(self.single).tolist())
        self.proof: dict[int, _Witness] = {}

    @property
    def is_open(self) -> Mask:
        return self.program.is_open

    def opened(self) -> Places:
        """Cells that are withheld now and were not."""
        return self.cells[self.is_closed & self.groups.member(self.is_open)]

    def left(self) -> list[int]:
        """Targets that have no witness."""
        proved = np.zeros(len(self.groups), dtype=bool)
        proved[list(self.proof)] = True
        found: list[int] = self.cells[self.asked & ~(self.provable & self.groups.member(proved))].tolist()
        return found

    def find_witnesses(self, targets: Places) -> list[int]:
        """A witness for every target that has none; those for which there is none are given back."""
        left = []
        order = sorted(targets.tolist(), key=lambda each: (-int(self.values[each]), each))
        if self.at_once > 1:
            # Those that follow each other are of one place and in each other's way.
            order = [each for first in range(APART) for each in order[first::APART]]
        for place, target in enumerate(order):
            if target in self.proof:
                continue
            differences = self._all_of(islice((each for each in order[place:] if self._is_alike(each)), self.at_once))
            if differences is None:
                differences = self._cheapest(target)
            if differences is None:
                left.append(target)
                continue
            moved = np.flatnonzero(differences)
            self.program.open(moved[~self.is_open[moved]])
            self._take(target, moved, differences[moved])
        return left

    def _is_alike(self, target: int) -> bool:
        """Whether a target may be raised with others."""
        return target not in self.proof and not self.single[target]

    def _all_of(self, targets: Iterable[int]) -> Counts | None:
        """The cheapest table in which several targets rise; None for fewer than two, or if there is none."""
        several = np.array(list(targets), dtype=np.intp) if self.at_once > 1 else np.zeros(0, dtype=np.intp)
        return self.program.raised_together(several) if len(several) > 1 else None

    def _cheapest(self, target: int) -> Counts | None:
        if self.single[target]:
            self.program.release(target)
        found = [self.program.witness(target, up=True)]
        if found[0] is None or self._opens(found[0]):
            found.append(self.program.witness(target, up=False))
        if self.single[target]:
            self.program.hold(target)
        usable = [each for each in found if each is not None]
        return min(usable, key=self._opens) if usable else None

    def _opens(self, differences: Counts) -> int:
        return int(self.closed[(differences != 0) & ~self.is_open].sum())

    def _take(self, target: int, moved: Places, differences: Counts) -> None:
        alone = bool(self.single[moved].any())
        far = moved[np.abs(differences) >= self.width]
        proved = [target] if alone else [each for each in far.tolist() if self.program.pending[each] or each == target]
        witness = _Witness(moved, differences, np.array(proved, dtype=np.intp), alone)
        self.proof.update(dict.fromkeys(proved, witness))
        self.program.settle(witness.proves)

    def close_what_is_not_needed(self, most_programs: int) -> None:
        """Show again each group without which all targets still have witnesses; those that fewest witnesses use are tried first."""
        used = np.zeros(len(self.groups), dtype=np.int64)
        for witness in self.proof.values():
            used[witness.cells] += 1
        most_programs += self.program.solved
        opened = np.flatnonzero(self.is_open & (self.closed > 0))
        closed = np.flatnonzero(~self.is_open)
        self.program.hold(*closed.tolist())
        for group in sorted(opened.tolist(), key=lambda each: (int(used[each]), -int(self.values[each]), each)):
            if self.program.solved > most_programs:
                break
            self._try_without(group)

    def _try_without(self, group: int) -> None:
        using = np.array([target for target, witness in self.proof.items() if group in witness.cells], dtype=np.intp)
        before = {target: self.proof.pop(target) for target in using.tolist()}
        self.program.need(using)
        self.program.hold(group)
        if self.find_witnesses(using):
            self.program.release(group)
            self.program.settle(using)
            self.proof.update(before)
        else:
            self.program.close(group)

    def kept(self) -> list[_Witness]:
        """The witnesses that prove something, over the cells of the system."""
        of: dict[int, tuple[_Witness, list[int]]] = {}
        for target, witness in self.proof.items():
            of.setdefault(id(witness), (witness, []))[1].append(target)
        return [self._of_cells(witness, proved) for witness, proved in of.values()]

    def _of_cells(self, witness: _Witness, proved: Sequence[int]) -> _Witness:
        moved, is_proved = np.zeros(len(self.groups), dtype=np.int64), np.zeros(len(self.groups), dtype=bool)
        moved[witness.cells], is_proved[list(proved)] = witness.differences, True
        differences = self.groups.spread(moved)
        cells = np.flatnonzero(differences)
        proves = self.cells[self.provable & self.groups.member(is_proved)]
        return _Witness(self.cells[cells], differences[cells], proves, witness.alone)


def _certificates(system: System, witnesses: Sequence[_Witness]) -> list[Certificate]:
    """Witnesses that move no cell in common are one table, which proves what each does."""
    atom = np.full(len(system.listed), -1, dtype=np.intp)
    shape = next(table for table in system.listed.tables if table.cells == system.finest).shape
    leaves = np.ix_(*(np.arange(len(dimension.leaves)) for dimension in system.cube.dimensions))
    of_atoms = system.finest.start + np.arange(system.finest.stop - system.finest.start).reshape(shape)[leaves].ravel()
    atom[of_atoms] = np.arange(len(of_atoms))
    together: list[list[_Witness]] = []
    used = [0] * len(system.listed)  # for each cell the tables that move it, as bits
    for witness in witnesses:
        if witness.alone or not len(witness.cells):
            continue
        moved = witness.cells.tolist()
        taken = reduce(or_, (used[cell] for cell in moved))
        chosen = (~taken & (taken + 1)).bit_length() - 1
        for cell in moved:
            used[cell] |= 1 << chosen
        together.extend([] for _ in range(chosen + 1 - len(together)))
        together[chosen].append(witness)
    together.extend([witness] for witness in witnesses if witness.alone)
    return [_merged(atom, each) for each in together]


def _merged(atom: Places, together: Sequence[_Witness]) -> Certificate:
    moved = np.concatenate([each.cells for each in together])
    differences = np.concatenate([each.differences for each in together])
    is_atom = atom[moved] >= 0
    proves = np.sort(np.concatenate([each.proves for each in together]))
    return Certificate(atom[moved[is_atom]], differences[is_atom], proves)
