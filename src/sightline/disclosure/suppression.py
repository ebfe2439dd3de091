"""Audited suppression: which further cells to withhold, and for every primary a whole other table that the shown figures fit as well.

Method page: docs/methods/audited-suppression.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import islice
from operator import or_

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sightline.disclosure.cubes import Cube, CubeProblems, cells, check, hidden, words
from sightline.disclosure.neighbourhoods import Neighbourhood, neighbourhoods
from sightline.disclosure.protection_programs import Program
from sightline.disclosure.protection_system import Counts, Mask, Places, System, system_of

WIDTH = 5
LISTED = 20
MOST_RETRIES = 400
MOST_RETRIED = 100_000
"""So many programs, and so many cells in all of them together, may go into finding what need not be withheld after all."""

MOST_ONE_BY_ONE = 20_000
"""In a cube with more cells several targets are protected by one program, which takes a third of the time and withholds more."""
AT_ONCE = 3
APART = 7


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
    work = _Work(system, primary, singletons, width)
    targets = np.flatnonzero(primary)
    left: list[int] = []
    for each in neighbourhoods(system, targets, work.is_open):
        left.extend(work.protect_widening(each))
    if left:
        left = work.protect(np.arange(len(system.listed)), left)
    if left:
        raise CubeProblems(_cannot(cube, system, left, width))
    mask = work.is_open[: system.size] & ~hidden(cube)
    return Suppressed(mask, primary.copy(), tuple(_certificates(system, work.witnesses)), width, work.programs)


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


class _Work:
    """What is withheld and proved so far."""

    def __init__(self, system: System, primary: Mask, singletons: Mask | None, width: int) -> None:
        self.system, self.width = system, width
        self.is_open = system.unseen.copy()
        self.is_open[: system.size] |= primary
        self.single = np.zeros(len(system.listed), dtype=bool)
        if singletons is not None:
            self.single[: system.size] = singletons
        self.costs = 1 + 0.01 * np.log1p(system.values) / np.log1p(max(int(system.values.max()), 1))
        self.can_move = (system.least < 0) | (system.most > 0)
        self.columns = sparse.csc_array(system.matrix)
        self.witnesses: list[_Witness] = []
        self.programs = 0
        self.at_once = 1 if len(system.listed) <= MOST_ONE_BY_ONE else AT_ONCE

    def protect_widening(self, here: Neighbourhood) -> list[int]:
        """Protect the targets of a neighbourhood in it, or around it; give back those that cannot be."""
        left = self.protect(here.cells, here.targets.tolist())
        return self.protect(here.wider(), left) if left else left

    def protect(self, here: Places, targets: Sequence[int]) -> list[int]:
        """Protect targets by moving cells that are here; give back those that cannot be."""
        here = here[self.can_move[here]]
        inside = np.isin(targets, here)
        elsewhere = [target for target, is_here in zip(targets, inside, strict=True) if not is_here]
        local = _Local(self, here, [target for target, is_here in zip(targets, inside, strict=True) if is_here])
        left = local.find_witnesses(local.targets)
        if len(here) == self.can_move.sum():
            # Where a cube is taken apart this takes longer than all the rest, and found one cell in a hundred at most.
            local.close_what_is_not_needed(min(MOST_RETRIES, MOST_RETRIED // len(here)))
        self.is_open[here] |= local.is_open
        self.witnesses.extend(local.kept())
        self.programs += local.program.solved
        return [*elsewhere, *(int(cell) for cell in here[left])]


class _Local:
    """One neighbourhood; its cells are numbered from nought."""

    def __init__(self, work: _Work, here: Places, targets: Sequence[int]) -> None:
        system = work.system
        self.cells, self.width, self.at_once = here, work.width, work.at_once
        self.targets = np.searchsorted(here, np.array(targets, dtype=np.intp))
        self.single = work.single[here]
        self.values = system.values[here]
        columns = work.columns[:, here]
        rows, row = np.unique(columns.indices, return_inverse=True)
        matrix = sparse.csr_array(sparse.csc_array((columns.data, row, columns.indptr), shape=(len(rows), len(here))))
        self.was_open = work.is_open[here]
        self.program = Program(
            matrix,
            least=system.least[here],
            most=system.most[here],
            is_open=self.was_open,
            costs=work.costs[here],
            targets=self.targets,
            width=work.width,
        )
        self.program.hold(*np.flatnonzero(self.single).tolist())
        self.proof: dict[int, _Witness] = {}

    @property
    def is_open(self) -> Mask:
        return self.program.is_open

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
        return int(((differences != 0) & ~self.is_open).sum())

    def _take(self, target: int, moved: Places, differences: Counts) -> None:
        alone = bool(self.single[moved].any())
        far = moved[np.abs(differences) >= self.width]
        proved = [target] if alone else [each for each in far.tolist() if self.program.pending[each] or each == target]
        witness = _Witness(moved, differences, np.array(proved, dtype=np.intp), alone)
        self.proof.update(dict.fromkeys(proved, witness))
        self.program.settle(witness.proves)

    def close_what_is_not_needed(self, most_programs: int) -> None:
        """Show again each cell without which all targets still have witnesses; those that fewest witnesses use are tried first."""
        used = np.zeros(len(self.cells), dtype=np.int64)
        for witness in self.proof.values():
            used[witness.cells] += 1
        most_programs += self.program.solved
        opened = np.flatnonzero(self.is_open & ~self.was_open)
        closed = np.flatnonzero(~self.is_open)
        self.program.hold(*closed.tolist())
        for cell in sorted(opened.tolist(), key=lambda each: (int(used[each]), -int(self.values[each]), each)):
            if self.program.solved > most_programs:
                break
            self._try_without(cell)

    def _try_without(self, cell: int) -> None:
        using = np.array([target for target, witness in self.proof.items() if cell in witness.cells], dtype=np.intp)
        before = {target: self.proof.pop(target) for target in using.tolist()}
        self.program.need(using)
        self.program.hold(cell)
        if self.find_witnesses(using):
            self.program.release(cell)
            self.program.settle(using)
            self.proof.update(before)
        else:
            self.program.close(cell)

    def kept(self) -> list[_Witness]:
        """The witnesses that prove something, over the cells of the system."""
        of: dict[int, tuple[_Witness, list[int]]] = {}
        for target, witness in self.proof.items():
            of.setdefault(id(witness), (witness, []))[1].append(target)
        return [
            _Witness(self.cells[witness.cells], witness.differences, self.cells[np.array(sorted(proved))], witness.alone)
            for witness, proved in of.values()
        ]


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
